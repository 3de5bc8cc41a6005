// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

final class FrameWordsTest {
    private static final String FRAME = "0200000000010200000000020800";

    @Test
    void shouldReadDigitsHoweverTheyAreSetApart() throws CommandException {
        final byte[] octets = read(FRAME);
        assertThat(octets).hasSize(14).startsWith(2, 0, 0, 0, 0, 1).endsWith(8, 0);
        assertThat(read("02:00:00:00:00:01:02:00:00:00:00:02:08:00")).isEqualTo(octets);
        assertThat(read("02 00 00 00 00 01\n\t02 00 00 00 00 02", "0800")).isEqualTo(octets);
        assertThat(read("0", "200000000010200000000020800")).isEqualTo(octets);
        assertThat(read(FRAME + "aBcDeF")).hasSize(17).endsWith(0xAB, 0xCD, 0xEF);
    }

    @Test
    void shouldTakeTheShortestAndTheLongest() throws CommandException {
        assertThat(read("00".repeat(14))).hasSize(14);
        assertThat(read("00".repeat(65_535))).hasSize(65_535);
        refuses("a frame has 14 to 65535 octets, not 13", "00".repeat(13));
        refuses("a frame has 14 to 65535 octets, not 65536", "00".repeat(65_536));
    }

    @Test
    void shouldRefuseWhatIsNotHexadecimal() {
        refuses("the frame in hexadecimal is missing");
        refuses("an odd number of hexadecimal digits: 29", FRAME + "0");
        refuses("not a hexadecimal digit: 'x'", "0x" + FRAME);
        refuses("not a hexadecimal digit: '\uff11'", "\uff11" + FRAME);
        refuses("a frame has 14 to 65535 octets, not 0", "");
    }

    private static byte[] read(final String... words) throws CommandException {
        return FrameWords.read(new Words(List.of(words)));
    }

    private static void refuses(final String message, final String... words) {
        assertThatExceptionOfType(CommandException.class)
                .isThrownBy(() -> read(words))
                .withMessage(message);
    }
}
