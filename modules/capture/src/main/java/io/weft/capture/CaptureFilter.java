// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A filter in the language of pcap-filter(7), compiled by libpcap, to be run by a {@link FilterProgram}. */
final class CaptureFilter {
    /** An expression longer than this is refused unread. */
    static final int MAX_LENGTH = 4096;

    private CaptureFilter() {}

    /**
     * Compiles {@code expression}; an empty one matches everything and needs no libpcap.
     *
     * @return null if it matches everything
     * @throws IllegalArgumentException with one clear line: what is wrong with the expression, or that libpcap is missing
     */
    static @Nullable FilterProgram compile(final String expression) {
        if (expression.isBlank()) {
            return null;
        }
        if (expression.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("capture filter longer than " + MAX_LENGTH + " characters");
        }
        try {
            final List<FilterInstruction> instructions = LibPcap.compile(expression);
            return FilterProgram.load(instructions);
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("capture filter \"" + expression + "\": " + oneLine(e.getMessage()), e);
        } catch (final LinkageError e) {
            throw new IllegalArgumentException(
                    "a capture filter needs libpcap: install it (apt-get install libpcap0.8), or capture without a filter",
                    e);
        }
    }

    private static String oneLine(final @Nullable String message) {
        return message == null || message.isBlank()
                ? "not understood by libpcap"
                : message.strip().replace('\n', ' ');
    }
}
