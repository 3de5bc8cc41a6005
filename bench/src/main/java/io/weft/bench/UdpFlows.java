// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Frame;
import io.weft.wire.Bytes;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import io.weft.wire.Udp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The frames of the generator: UDP over IPv4 in {@value #FLOWS} flows, which differ by their source port and take turns.
 * Checksums are complete and right, so that nobody on the way has a reason to lose one. The payload begins with a stamp,
 *
 * <pre>
 *  0: number of the trial (4 octets)   4: number of the frame in it, from 0 (4)   8: System.nanoTime when it was made (8)
 * </pre>
 *
 * in network order, and is 0 from there on.
 */
final class UdpFlows {
    /** Flows. */
    static final int FLOWS = 16;
    /** Where the payload begins. */
    static final int PAYLOAD = Ethernet.HEADER_LENGTH + Ipv4.MIN_HEADER_LENGTH + Udp.HEADER_LENGTH;
    /** Octets of the stamp. */
    static final int STAMP_LENGTH = 16;
    /** Shortest frame, in octets without its check sequence. */
    static final int MIN_LENGTH = PAYLOAD + STAMP_LENGTH;

    static final int SEQUENCE = 4;
    static final int TIME = 8;

    /** Where a socket takes them that nobody reads, see {@link UdpTraffic}. */
    static final int DESTINATION_PORT = 5204;

    private static final int SOURCE_PORT = 40_000;
    private static final int TTL = 64;
    private static final int IP = Ethernet.HEADER_LENGTH;
    private static final int UDP = IP + Ipv4.MIN_HEADER_LENGTH;

    private final UnsafeBuffer[] headers = new UnsafeBuffer[FLOWS];
    /** Unfolded, of all that a UDP checksum covers but the stamp. */
    private final long[] sums = new long[FLOWS];

    private final int length;
    private final int trial;

    /**
     * From whom and to whom.
     *
     * @param nextHop MAC of the receiver or of the router on the way
     * @param source IPv4 address
     * @param destination IPv4 address
     */
    record Addresses(long nextHop, long sender, int source, int destination) {}

    /**
     * Frames of one trial.
     *
     * @param length octets of each, without the frame check sequence; at least {@link #MIN_LENGTH}
     */
    UdpFlows(final Addresses addresses, final int length, final int trial) {
        if (length < MIN_LENGTH) {
            throw new IllegalArgumentException("frame of " + length + " octets");
        }
        this.length = length;
        this.trial = trial;
        for (int flow = 0; flow < FLOWS; flow++) {
            final UnsafeBuffer header = new UnsafeBuffer(new byte[PAYLOAD]);
            final int udpLength = length - UDP;
            Ethernet.put(header, 0, addresses.nextHop, addresses.sender, Ethernet.TYPE_IPV4);
            Ipv4.put(header, IP, length - IP, TTL, Ipv4.PROTOCOL_UDP, addresses.source, addresses.destination);
            Udp.put(header, UDP, SOURCE_PORT + flow, DESTINATION_PORT, udpLength);
            headers[flow] = header;
            sums[flow] = Checksum.pseudoHeaderIpv4(header, IP, Ipv4.PROTOCOL_UDP, udpLength)
                    + Checksum.sum(header, UDP, Udp.HEADER_LENGTH);
        }
    }

    /** Writes a frame. Nobody else ever wrote to the frame's memory: behind the stamp it is 0. */
    void write(final Frame frame, final int sequence, final long nanos) {
        final UnsafeBuffer buffer = frame.buffer;
        final int flow = flow(sequence);
        final int stamp = frame.offset + PAYLOAD;
        frame.length = length;
        buffer.putBytes(frame.offset, headers[flow], 0, PAYLOAD);
        Bytes.putI32(buffer, stamp, trial);
        Bytes.putI32(buffer, stamp + SEQUENCE, sequence);
        Bytes.putI64(buffer, stamp + TIME, nanos);
        final int checksum = Checksum.finish(sums[flow] + Checksum.sum(buffer, stamp, STAMP_LENGTH));
        Udp.checksum(buffer, frame.offset + UDP, checksum == 0 ? 0xFFFF : checksum);
    }

    /** The flow that a frame belongs to. */
    static int flow(final int sequence) {
        return sequence % FLOWS;
    }

    /** True if it is of any trial, by its headers; it has a stamp then. */
    static boolean isOurs(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int start = frame.offset;
        return frame.length >= MIN_LENGTH
                && Ethernet.type(buffer, start) == Ethernet.TYPE_IPV4
                && Ipv4.headerLength(buffer, start + IP) == Ipv4.MIN_HEADER_LENGTH
                && Ipv4.protocol(buffer, start + IP) == Ipv4.PROTOCOL_UDP
                && Udp.destinationPort(buffer, start + UDP) == DESTINATION_PORT;
    }

    /** First octet behind the IP packet, where Ethernet's padding may stand; within the frame. */
    static int end(final Frame frame) {
        final int packet = Ipv4.totalLength(frame.buffer, frame.offset + IP);
        // A super-frame's total length may say nothing.
        return frame.isSuperFrame() || packet < MIN_LENGTH - IP
                ? frame.end()
                : Math.min(frame.end(), frame.offset + IP + packet);
    }
}
