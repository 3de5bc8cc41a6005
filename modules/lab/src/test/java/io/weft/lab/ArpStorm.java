// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.PortCounter;
import io.weft.port.PacketConfig;
import io.weft.port.PacketPort;
import io.weft.port.PortException;
import io.weft.testkit.FrameBuilder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Sends ARP requests from a pod, each from another address and for another one, as many per second as asked for. */
final class ArpStorm implements AutoCloseable {
    private static final int BATCH = 64;
    /** In an Ethernet frame with ARP (RFC 826): the sender's and the target's protocol address. */
    private static final int SENDER = 28;

    private static final int TARGET = 38;
    private static final int PORT = 0;

    private final Counters counters = Counters.inMemory(1);
    private final FramePool pool = new FramePool(2 * BATCH, counters);
    private final FrameVector vector = new FrameVector();
    private final PacketPort port;
    private final byte[] request;
    private final int base;
    private int number;

    /**
     * Opens the pod's interface.
     *
     * @param base the first address; there are 2^20 from it, of which each is a sender and a target in turn
     */
    ArpStorm(final String namespace, final long mac, final int base) throws PortException {
        this.port = PacketPort.open(PORT, new PacketConfig("storm", namespace, "eth0", false), pool);
        this.base = base;
        this.request = FrameBuilder.frame()
                .to(0xFFFF_FFFF_FFFFL)
                .from(mac)
                .arp(1, mac, "0.0.0.0", 0, "0.0.0.0")
                .build();
    }

    /** Sends for so long; requests that the pod's interface took per second. */
    long send(final int perSecond, final long millis) {
        final long start = System.nanoTime();
        final long end = start + TimeUnit.MILLISECONDS.toNanos(millis);
        final long before = sent();
        long planned = 0;
        long now = start;
        while (now < end) {
            while (planned * TimeUnit.SECONDS.toNanos(1) / perSecond <= now - start) {
                batch();
                planned += BATCH;
            }
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100));
            now = System.nanoTime();
        }
        return (sent() - before) * TimeUnit.SECONDS.toNanos(1) / (now - start);
    }

    private long sent() {
        return counters.getPort(PORT, PortCounter.TX_FRAMES);
    }

    private void batch() {
        for (int i = 0; i < BATCH; i++) {
            final Frame frame = pool.create(PORT);
            if (frame == null) {
                throw new AssertionError("a frame was not given back");
            }
            frame.length = request.length;
            frame.buffer.putBytes(frame.offset, request);
            number++;
            putAddress(frame, SENDER, number);
            putAddress(frame, TARGET, ~number);
            vector.add(frame);
        }
        port.transmit(vector);
    }

    private void putAddress(final Frame frame, final int at, final int index) {
        frame.buffer.putInt(frame.offset + at, Integer.reverseBytes(base + (index & 0xF_FFFF)));
    }

    @Override
    public void close() {
        port.close();
    }
}
