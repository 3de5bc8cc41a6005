// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.SlowChecksum;
import java.util.Arrays;

/** What tests ask of frames, octet by octet and without the code that is tested. */
final class Octets {
    private Octets() {}

    static byte[] of(final Frame frame) {
        final byte[] octets = new byte[frame.length];
        frame.buffer.getBytes(frame.offset, octets);
        return octets;
    }

    /** A parsed frame with these octets. */
    static Frame received(final FramePool pool, final int port, final byte[] octets) {
        final Frame frame = pool.receive(port);
        if (frame == null) {
            throw new AssertionError("the pool is empty");
        }
        frame.length = octets.length;
        frame.buffer.putBytes(frame.offset, octets);
        pool.received(frame);
        assertThat(FrameParser.parse(frame)).isNull();
        return frame;
    }

    static int u8(final byte[] octets, final int index) {
        return octets[index] & 0xFF;
    }

    static int u16(final byte[] octets, final int index) {
        return u8(octets, index) << 8 | u8(octets, index + 1);
    }

    static int i32(final byte[] octets, final int index) {
        return u16(octets, index) << 16 | u16(octets, index + 2);
    }

    static void put16(final byte[] octets, final int index, final int value) {
        octets[index] = (byte) (value >>> 8);
        octets[index + 1] = (byte) value;
    }

    static boolean hasRightIpv4Checksum(final byte[] packet) {
        return SlowChecksum.sum(packet, 0, (packet[0] & 0xF) * 4) == 0xFFFF;
    }

    /** Of an ICMP or ICMPv6 packet without options and extension headers, from its IP header to its end. */
    static boolean hasRightIcmpChecksum(final byte[] packet) {
        if (packet[0] >>> 4 == 4) {
            return SlowChecksum.sum(packet, 20, packet.length) == 0xFFFF;
        }
        final byte[] addresses = Arrays.copyOfRange(packet, 8, 40);
        final int pseudoHeader = SlowChecksum.pseudoHeader(addresses, 58, packet.length - 40);
        return SlowChecksum.add(pseudoHeader, SlowChecksum.sum(packet, 40, packet.length)) == 0xFFFF;
    }

    /** Every field that the parser fills is as the parser would fill it, and no offload is left over. */
    static void assertFieldsAreTheParsers(final Frame frame) {
        final int etherType = frame.etherType;
        final boolean tagged = frame.tagged;
        final int l3Offset = frame.l3Offset;
        final int l4Offset = frame.l4Offset;
        final int protocol = frame.protocol;
        final int flowHash = frame.flowHash;
        assertThat(FrameParser.parse(frame)).isNull();
        assertThat(frame.etherType).isEqualTo(etherType);
        assertThat(frame.tagged).isEqualTo(tagged);
        assertThat(frame.l3Offset).isEqualTo(l3Offset);
        assertThat(frame.l4Offset).isEqualTo(l4Offset);
        assertThat(frame.protocol).isEqualTo(protocol);
        assertThat(frame.flowHash).isEqualTo(flowHash);
        assertThat(frame.isSuperFrame()).isFalse();
        assertThat(frame.gsoSize).isZero();
        assertThat(frame.checksumState).isNotEqualTo(Frame.CHECKSUM_PARTIAL);
    }

    static void assertConserved(final FramePool pool) {
        final Counters counters = pool.counters();
        assertThat(counters.get(WorkerCounter.RECEIVED))
                .isEqualTo(counters.get(WorkerCounter.TRANSMITTED)
                        + counters.get(WorkerCounter.CONSUMED)
                        + counters.get(WorkerCounter.DROPPED)
                        + pool.inUse());
    }
}
