// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Frame;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import io.weft.wire.Udp;
import java.util.Random;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Prepared UDP frames, one behind the other, that a port hands out round and round. */
final class Templates {
    /** Octets of a frame: 64 on the wire with the FCS, which no software sees, are 60 here; we copy a full line. */
    static final int LENGTH = 64;

    private static final long LOCAL_PREFIX = 0x02_00_0000_0000L;

    private final UnsafeBuffer octets;
    private final int count;
    private int next;

    /**
     * Frames from MAC {@code source + i} to {@code destination + j}, each source once, each destination once, in random
     * order.
     *
     * @param count frames, and MACs on either side
     */
    Templates(final int source, final int destination, final int count) {
        this(count);
        final int[] order = shuffled(count);
        for (int i = 0; i < count; i++) {
            final int from = source + i;
            final int to = destination + order[i];
            put(i * LENGTH, mac(from), mac(to), 0x0A00_0000 + from, 0x0A00_0000 + to, from);
        }
    }

    /**
     * Frames from host {@code source} to a router, one for each destination address.
     *
     * @param router MAC of the router
     * @param destinations IPv4 addresses, in the order in which they are used
     */
    static Templates routed(final int source, final long router, final int[] destinations) {
        final Templates templates = new Templates(destinations.length);
        for (int i = 0; i < destinations.length; i++) {
            templates.put(i * LENGTH, mac(source), router, 0x0A00_0000 + source, destinations[i], source + i);
        }
        return templates;
    }

    private Templates(final int count) {
        this.octets = new UnsafeBuffer(BufferUtil.allocateDirectAligned(count * LENGTH, 64));
        this.count = count;
    }

    /** The MAC address of host {@code number}. */
    static long mac(final int number) {
        return LOCAL_PREFIX | number;
    }

    /** Fills an empty frame with the next one. */
    void next(final Frame frame) {
        frame.buffer.putBytes(frame.offset, octets, next * LENGTH, LENGTH);
        frame.length = LENGTH;
        next = next + 1 == count ? 0 : next + 1;
    }

    private void put(
            final int index,
            final long sourceMac,
            final long destinationMac,
            final int source,
            final int destination,
            final int flow) {
        Ethernet.put(octets, index, destinationMac, sourceMac, Ethernet.TYPE_IPV4);
        final int ip = index + Ethernet.HEADER_LENGTH;
        final int udp = ip + Ipv4.MIN_HEADER_LENGTH;
        Ipv4.put(octets, ip, LENGTH - Ethernet.HEADER_LENGTH, 64, Ipv4.PROTOCOL_UDP, source, destination);
        Udp.put(octets, udp, 40_000 + (flow & 0xFFF), 9, index + LENGTH - udp);
    }

    private static int[] shuffled(final int count) {
        final Random random = new Random(1);
        final int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            final int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return order;
    }
}
