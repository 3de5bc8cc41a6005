// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Tcp;
import io.weft.wire.Udp;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.ToLongFunction;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Recorded flows as Ethernet frames, in the order of their times: as many frames each way as were recorded, spread evenly over
 * the flow's duration and, where both ends sent, mixed evenly. A direction's IP octets are spread evenly over its frames, and are exactly
 * those recorded, but for frames that would be shorter than their headers or longer than an IP packet can be. TCP frames have the flags
 * of a connection's life and sequence numbers that fit; payloads are zeros.
 */
public final class FrameReplay {
    private static final int MAX_PACKET = 65_535;
    private static final int TTL = 64;
    private static final int WINDOW = 65_535;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[Ethernet.HEADER_LENGTH + MAX_PACKET]);
    private final ToLongFunction<IpAddress> macs;
    private long frames;
    private long octets;

    /** Takes the frames. */
    public interface FrameSink {
        /**
         * The next one, which is in {@code buffer} from 0 on during the call only.
         *
         * @param due nanoseconds since the beginning of the replay
         * @param reply true if the answering end sends it
         */
        void frame(RecordedFlow flow, boolean reply, long due, UnsafeBuffer buffer, int length)
                throws InterruptedException;
    }

    /** A flow of which some frames were made. */
    private static final class Cursor {
        private final RecordedFlow flow;
        private final long[] made = new long[2];
        private final int[] sequence = new int[2];
        private long due;

        Cursor(final RecordedFlow flow) {
            this.flow = flow;
            due = flow.start();
        }

        long total() {
            return flow.frames() + flow.replyFrames();
        }

        long done() {
            return made[0] + made[1];
        }

        /** The direction that is further behind its share; the originator's where both are even. */
        boolean nextIsReply() {
            return (double) made[0] * flow.replyFrames() > (double) made[1] * flow.frames() || made[0] == flow.frames();
        }
    }

    /** With the addresses of hosts that {@code macs} has, 48 bits. */
    public FrameReplay(final ToLongFunction<IpAddress> macs) {
        this.macs = macs;
    }

    /** A locally administered MAC made of the address's last octets, for hosts that have none. */
    public static long madeUpMac(final IpAddress address) {
        return 0x0200_0000_0000L | (address.low() & 0xFF_FFFF_FFFFL);
    }

    /** Makes all frames of all flows; a {@code speed} of 2 is twice as fast. */
    public void run(final List<RecordedFlow> flows, final double speed, final FrameSink sink)
            throws InterruptedException {
        final PriorityQueue<Cursor> waiting = new PriorityQueue<>(Comparator.comparingLong(cursor -> cursor.due));
        for (final RecordedFlow flow : flows) {
            if (flow.frames() + flow.replyFrames() > 0) {
                waiting.add(new Cursor(flow));
            }
        }
        for (Cursor cursor = waiting.poll(); cursor != null; cursor = waiting.poll()) {
            final boolean reply = cursor.nextIsReply();
            final int length = make(cursor, reply);
            frames++;
            octets += length - Ethernet.HEADER_LENGTH;
            sink.frame(cursor.flow, reply, (long) (cursor.due / speed), buffer, length);
            cursor.made[reply ? 1 : 0]++;
            if (cursor.done() < cursor.total()) {
                cursor.due = cursor.flow.start()
                        + (long) ((double) cursor.flow.duration() * cursor.done() / (cursor.total() - 1));
                waiting.add(cursor);
            }
        }
    }

    /** Frames made. */
    public long frames() {
        return frames;
    }

    /** Octets of IP packets made. */
    public long octets() {
        return octets;
    }

    /** Octets of the n-th of a direction's IP packets: their sum is what was recorded. */
    static long packetLength(final RecordedFlow flow, final boolean reply, final long n) {
        final long count = flow.frames(reply);
        final long all = flow.octets(reply);
        return all / count + (n < all % count ? 1 : 0);
    }

    private int make(final Cursor cursor, final boolean reply) {
        final RecordedFlow flow = cursor.flow;
        final int headers = flow.ipHeaderLength() + transportHeaderLength(flow);
        final int packet = Math.clamp(packetLength(flow, reply, cursor.made[reply ? 1 : 0]), headers, MAX_PACKET);
        final int payload = packet - flow.ipHeaderLength();
        buffer.setMemory(0, Ethernet.HEADER_LENGTH + packet, (byte) 0);
        final IpAddress from = flow.from(reply);
        final IpAddress to = flow.to(reply);
        final int ip = Ethernet.HEADER_LENGTH;
        final int type = from.isIpv4() ? Ethernet.TYPE_IPV4 : Ethernet.TYPE_IPV6;
        Ethernet.put(buffer, 0, macs.applyAsLong(to), macs.applyAsLong(from), type);
        if (from.isIpv4()) {
            Ipv4.put(buffer, ip, packet, TTL, flow.protocol(), from.ipv4(), to.ipv4());
        } else {
            Ipv6.put(buffer, ip, payload, flow.protocol(), TTL, from, to);
        }
        transport(cursor, reply, ip + flow.ipHeaderLength(), payload);
        return ip + packet;
    }

    private static int transportHeaderLength(final RecordedFlow flow) {
        if (flow.isTcp()) {
            return Tcp.MIN_HEADER_LENGTH;
        }
        return flow.isUdp() || flow.isIcmp() ? Udp.HEADER_LENGTH : 0;
    }

    private void transport(final Cursor cursor, final boolean reply, final int at, final int length) {
        final RecordedFlow flow = cursor.flow;
        final int source = reply ? flow.destinationPort() : flow.sourcePort();
        final int destination = reply ? flow.sourcePort() : flow.destinationPort();
        if (flow.isTcp()) {
            tcp(cursor, reply, at, length);
            Tcp.checksum(buffer, at, checksum(flow, at, length));
        } else if (flow.isUdp()) {
            Udp.put(buffer, at, source, destination, length);
            final int checksum = checksum(flow, at, length);
            Udp.checksum(buffer, at, checksum == 0 ? 0xFFFF : checksum);
        } else if (flow.isIcmp()) {
            final int sequence = (int) cursor.made[reply ? 1 : 0] + 1;
            Icmp.put(
                    buffer,
                    at,
                    reply ? echoReply(flow.destinationPort() >>> 8) : flow.destinationPort() >>> 8,
                    flow.destinationPort() & 0xFF,
                    (flow.sourcePort() << 16) | (sequence & 0xFFFF));
            Icmp.checksum(buffer, at, checksum(flow, at, length));
        }
    }

    /** The type that answers a query; others answer nothing. */
    private static int echoReply(final int type) {
        return switch (type) {
            case Icmp.ECHO_REQUEST -> Icmp.ECHO_REPLY;
            case Icmp.ECHO_REQUEST_V6 -> Icmp.ECHO_REPLY_V6;
            default -> type;
        };
    }

    private void tcp(final Cursor cursor, final boolean reply, final int at, final int length) {
        final RecordedFlow flow = cursor.flow;
        final int mine = reply ? 1 : 0;
        final boolean first = cursor.made[mine] == 0;
        final boolean last = cursor.made[mine] == flow.frames(reply) - 1;
        final int begins = first ? Tcp.SYN : 0;
        final int ends = last && !first ? Tcp.FIN : 0;
        final int answers = first && !reply ? 0 : Tcp.ACK;
        Tcp.put(
                buffer,
                at,
                reply ? flow.destinationPort() : flow.sourcePort(),
                reply ? flow.sourcePort() : flow.destinationPort(),
                cursor.sequence[mine],
                answers == 0 ? 0 : cursor.sequence[1 - mine],
                begins | ends | answers,
                WINDOW);
        // SYN and FIN take a number each (RFC 9293 section 3.4).
        cursor.sequence[mine] += length - Tcp.MIN_HEADER_LENGTH + ((begins | ends) == 0 ? 0 : 1);
    }

    private int checksum(final RecordedFlow flow, final int at, final int length) {
        final int ip = Ethernet.HEADER_LENGTH;
        final long pseudo;
        if (flow.protocol() == Ipv4.PROTOCOL_ICMP) {
            pseudo = 0;
        } else if (flow.source().isIpv4()) {
            pseudo = Checksum.pseudoHeaderIpv4(buffer, ip, flow.protocol(), length);
        } else {
            pseudo = Checksum.pseudoHeaderIpv6(buffer, ip, flow.protocol(), length);
        }
        return Checksum.finish(pseudo + Checksum.sum(buffer, at, length));
    }
}
