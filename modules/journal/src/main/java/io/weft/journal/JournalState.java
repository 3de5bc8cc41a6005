// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

/** What a journal does with events. */
public enum JournalState {
    /** Leaves them in their rings until its first file is made. */
    STARTING("starting"),
    /** Writes them. */
    WRITING("writing"),
    /** The disk has no room: events are counted as lost, and it tries again once a second. */
    FULL("full"),
    /** It can't be written for another reason: the same, in a new session when it goes on. */
    FAILED("failed"),
    /** Nothing, it is closed. */
    CLOSED("closed");

    private final String label;

    JournalState(final String label) {
        this.label = label;
    }

    /** As it is shown. */
    public String label() {
        return label;
    }
}
