// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

/** Something can't be set up or measured. The message is one line for the user: what, and why. */
final class BenchException extends Exception {
    private static final long serialVersionUID = 1;
    private static final int MAX_LENGTH = 600;

    BenchException(final String message) {
        super(oneLine(message));
    }

    BenchException(final String message, final Throwable cause) {
        super(oneLine(message), cause);
    }

    /** What commands say may have several lines. */
    private static String oneLine(final String text) {
        final String line = text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH);
    }

    /** The message, for those who want no null. */
    String line() {
        final String message = getMessage();
        return message == null ? "failed" : message;
    }
}
