// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

/** A lab can't be brought up, used or taken down. The message is one line for the user: what, and why. */
final class LabException extends Exception {
    /** Exit codes of the command line: 1 the command or the machine lacks something, 2 it was tried and failed. */
    static final int WRONG = 1;

    static final int FAILED = 2;

    private final int exitCode;

    LabException(final String message) {
        this(message, FAILED);
    }

    LabException(final String message, final int exitCode) {
        super(oneLine(message));
        this.exitCode = exitCode;
    }

    LabException(final String message, final Throwable cause) {
        super(oneLine(message), cause);
        this.exitCode = FAILED;
    }

    /** What commands say may have several lines. */
    private static String oneLine(final String text) {
        return text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    }

    int exitCode() {
        return exitCode;
    }
}
