// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

/** A file that users write says something that can't be done. The message is one line: {@code FILE:LINE: reason}. */
public final class ConfigException extends Exception {
    /** {@code line} counts from 1; 0 where the file as a whole is meant. */
    public ConfigException(final String file, final int line, final String reason) {
        super(oneLine(file + (line > 0 ? ":" + line : "") + ": " + reason));
    }

    /** Text of other people's making may hold anything: line breaks and control characters become blanks. */
    static String oneLine(final String text) {
        return text.replaceAll("[\\p{Cntrl}\\s\\u0085\\u2028\\u2029]+", " ").strip();
    }
}
