// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

/** A journal that can't be opened, written or read; the message says in one line which and why. */
public final class JournalException extends RuntimeException {
    /** With a reason. */
    public JournalException(final String message) {
        super(message);
    }

    /** With what it came from. */
    public JournalException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
