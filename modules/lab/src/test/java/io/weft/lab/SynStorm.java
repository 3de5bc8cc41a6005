// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.frame.Frame;
import io.weft.port.PortException;
import io.weft.testkit.FrameBuilder;

/** SYNs, each from another address and port. Their checksums are wrong: nobody answers, all of them stay half open. */
final class SynStorm extends PodStorm {
    private static final int SYN = 0x02;
    /** In an Ethernet frame with IPv4 (RFC 791) without options: the source address, and TCP's source port behind the header. */
    private static final int SOURCE = 26;

    private static final int SOURCE_PORT = 34;
    /** 10.160.0.0: addresses that nobody has. */
    private static final int STRANGERS = 10 << 24 | 160 << 16;

    private final int step;

    /**
     * From a pod to another one of its network.
     *
     * @param step 1; 0 makes all of them the same, to compare with
     */
    SynStorm(final String namespace, final String mac, final String toMac, final String toAddress, final int step)
            throws PortException {
        super(
                namespace,
                FrameBuilder.frame()
                        .to(toMac)
                        .from(mac)
                        .ipv4("10.160.0.0", toAddress)
                        .tcp(1, 80, 1, 0, SYN, 1024, new byte[0])
                        .build());
        this.step = step;
    }

    @Override
    void vary(final Frame frame, final int number) {
        final int which = number * step;
        frame.buffer.putInt(frame.offset + SOURCE, Integer.reverseBytes(STRANGERS + (which & 0xF_FFFF)));
        frame.buffer.putShort(frame.offset + SOURCE_PORT, Short.reverseBytes((short) (1 + (which >>> 20))));
    }
}
