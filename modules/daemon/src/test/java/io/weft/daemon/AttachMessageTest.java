// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.port.InterfaceRoute;
import io.weft.port.TapConfig;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AttachMessageTest {
    private static final AttachSettings SETTINGS = new AttachSettings(
            new TapConfig(
                    "a",
                    null,
                    "eth0",
                    0x0200_0000_000AL,
                    1450,
                    61_833,
                    List.of(IpPrefix.parse("10.1.0.1/24"), IpPrefix.parse("fd00::1/64")),
                    List.of(
                            new InterfaceRoute(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.1.0.254")),
                            new InterfaceRoute(IpPrefix.parse("10.9.0.0/16"), null)),
                    true),
            2);

    @Test
    void shouldCarrySettingsBothWays() throws Exception {
        final AttachMessage message = AttachMessage.parse(SETTINGS.message().encode());
        assertThat(AttachSettings.of("a", message)).isEqualTo(SETTINGS);
    }

    @Test
    void shouldRefuseOrReadWhateverItIsGiven() {
        final byte[] whole = SETTINGS.message().encode();
        for (int length = 0; length < whole.length; length++) {
            read(Arrays.copyOf(whole, length));
        }
        final Random random = new Random(42);
        for (int i = 0; i < 10_000; i++) {
            final byte[] changed = whole.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            read(changed);
        }
    }

    /** Any other exception fails the test. */
    private static void read(final byte[] octets) {
        try {
            AttachSettings.of("a", AttachMessage.parse(octets));
        } catch (final IOException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @Test
    void shouldSayWhatIsWrongWithAMessage() {
        assertWrong("hello", "a message that is not lines of text");
        assertWrong("hello\u0007\n", "a message that is not lines of text");
        assertWrong("hello\nport\n", "a line that is no key and value");
        assertWrong("x\n".repeat(257), "a message of more than 256 lines");
        assertThatThrownBy(() -> AttachMessage.parse(new byte[] {(byte) 0xFF, '\n'}))
                .hasMessage("a message that is not UTF-8");
        assertThatThrownBy(() -> new AttachMessage("hello").get("port"))
                .hasMessage("message hello has 0 values of port");
    }

    private static void assertWrong(final String text, final String reason) {
        assertThatThrownBy(() -> AttachMessage.parse(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IOException.class)
                .hasMessage(reason);
    }
}
