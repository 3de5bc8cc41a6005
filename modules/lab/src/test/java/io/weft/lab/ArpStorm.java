// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.frame.Frame;
import io.weft.port.PortException;
import io.weft.testkit.FrameBuilder;

/** ARP requests, each from another address and for another one. */
final class ArpStorm extends PodStorm {
    /** In an Ethernet frame with ARP (RFC 826): the sender's and the target's protocol address. */
    private static final int SENDER = 28;

    private static final int TARGET = 38;

    private final int base;

    /**
     * From a pod.
     *
     * @param base the first address; there are 2^20 from it, of which each is a sender and a target in turn
     */
    ArpStorm(final String namespace, final long mac, final int base) throws PortException {
        super(
                namespace,
                FrameBuilder.frame()
                        .to(0xFFFF_FFFF_FFFFL)
                        .from(mac)
                        .arp(1, mac, "0.0.0.0", 0, "0.0.0.0")
                        .build());
        this.base = base;
    }

    @Override
    void vary(final Frame frame, final int number) {
        putAddress(frame, SENDER, number);
        putAddress(frame, TARGET, ~number);
    }

    private void putAddress(final Frame frame, final int at, final int index) {
        frame.buffer.putInt(frame.offset + at, Integer.reverseBytes(base + (index & 0xF_FFFF)));
    }
}
