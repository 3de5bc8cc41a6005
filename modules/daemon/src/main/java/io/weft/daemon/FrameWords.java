// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.wire.Ethernet;
import java.util.HexFormat;

/** A frame as it is typed: hexadecimal digits, in words, with colons or line ends as one likes. */
final class FrameWords {
    /** What a super-frame may have. */
    static final int MAX_LENGTH = 65_535;

    private FrameWords() {}

    /** Reads all words. */
    static byte[] read(final Words words) throws CommandException {
        final StringBuilder digits = new StringBuilder();
        do {
            append(digits, words.next("the frame in hexadecimal"));
        } while (!words.isEmpty());
        if (digits.length() % 2 != 0) {
            throw new CommandException("an odd number of hexadecimal digits: " + digits.length());
        }
        final int length = digits.length() / 2;
        if (length < Ethernet.HEADER_LENGTH || length > MAX_LENGTH) {
            throw new CommandException(
                    "a frame has " + Ethernet.HEADER_LENGTH + " to " + MAX_LENGTH + " octets, not " + length);
        }
        return HexFormat.of().parseHex(digits);
    }

    private static void append(final StringBuilder digits, final String word) throws CommandException {
        for (int i = 0; i < word.length(); i++) {
            final char c = word.charAt(i);
            if (HexFormat.isHexDigit(c)) {
                digits.append(c);
            } else if (c != ':' && !Character.isWhitespace(c)) {
                throw new CommandException("not a hexadecimal digit: '" + c + "'");
            }
        }
    }
}
