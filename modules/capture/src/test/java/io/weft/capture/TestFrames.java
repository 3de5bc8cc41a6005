// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.wire.Bytes;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Tcp;
import io.weft.wire.Udp;
import io.weft.wire.Vxlan;
import java.util.Objects;

/** Frames as ports and stages leave them, and a node to name their ports. */
final class TestFrames {
    static final int PORT_A = 0;
    static final int PORT_B = 1;
    static final int UNDERLAY = 2;
    static final int VNI = 100;
    static final IpAddress LOCAL = IpAddress.parse("198.19.0.1");
    static final IpAddress REMOTE = IpAddress.parse("198.19.0.2");
    static final CaptureContext CONTEXT = context(LOCAL, REMOTE);

    private static final long MAC_A = 0x02_0000_0000_0aL;
    private static final long MAC_B = 0x02_0000_0000_0bL;

    final Counters counters = Counters.inMemory(4);
    final DropRing drops = new DropRing(8);
    final FramePool pool = new FramePool(16, counters);

    /** A tap whose only VTEP is {@link #REMOTE}. */
    CaptureTap tap() {
        return new CaptureTap(counters, vtep -> vtep == 0 ? REMOTE : null, drops);
    }

    static CaptureContext context(final IpAddress local, final IpAddress remote) {
        return new CaptureContext() {
            @Override
            public String nodeName() {
                return "n1";
            }

            @Override
            public String portName(final int port) {
                return switch (port) {
                    case PORT_A -> "a";
                    case PORT_B -> "b";
                    case UNDERLAY -> "underlay";
                    default -> "port " + port;
                };
            }

            @Override
            public String networkName(final int network) {
                return "blue";
            }

            @Override
            public int vni(final int network) {
                return VNI;
            }

            @Override
            public IpAddress vtepAddress(final int vtep) {
                return remote;
            }

            @Override
            public IpAddress underlayAddress() {
                return local;
            }
        };
    }

    /** UDP from 10.100.0.1 with complete checksums. */
    Frame udp(final int payload) {
        final Frame frame = udpPartial(payload);
        Bytes.putU16(
                frame.buffer,
                frame.checksumStart + frame.checksumOffset,
                Checksum.finish(Checksum.sum(frame.buffer, frame.checksumStart, frame.end() - frame.checksumStart)));
        frame.checksumState = Frame.CHECKSUM_COMPLETE;
        return frame;
    }

    /** The same with a partial checksum. */
    Frame udpPartial(final int payload) {
        final Frame frame = ipv4(Ipv4.PROTOCOL_UDP, Udp.HEADER_LENGTH + payload);
        Udp.put(frame.buffer, frame.checksumStart, 4000, 5000, Udp.HEADER_LENGTH + payload);
        fill(frame, frame.checksumStart + Udp.HEADER_LENGTH);
        return partial(frame, Ipv4.PROTOCOL_UDP, Udp.CHECKSUM_OFFSET);
    }

    /** A TCP super-frame over IPv4. */
    Frame tcpSuperFrame(final int payload, final int segmentSize) {
        final Frame frame = ipv4(Ipv4.PROTOCOL_TCP, Tcp.MIN_HEADER_LENGTH + payload);
        Tcp.put(frame.buffer, frame.checksumStart, 40_000, 5201, 1000, 2000, Tcp.ACK | Tcp.PSH, 512);
        fill(frame, frame.checksumStart + Tcp.MIN_HEADER_LENGTH);
        frame.gsoType = Frame.GSO_TCPV4;
        frame.gsoSize = segmentSize;
        return partial(frame, Ipv4.PROTOCOL_TCP, Tcp.CHECKSUM_OFFSET);
    }

    /** A TCP super-frame over IPv6. */
    Frame tcp6SuperFrame(final int payload, final int segmentSize) {
        final Frame frame = Objects.requireNonNull(pool.receive(PORT_A));
        final int length = Tcp.MIN_HEADER_LENGTH + payload;
        final int ip = ethernet(frame, Ethernet.TYPE_IPV6);
        Ipv6.put(
                frame.buffer,
                ip,
                length,
                Ipv4.PROTOCOL_TCP,
                64,
                IpAddress.parse("fd00:100::1"),
                IpAddress.parse("fd00:100::2"));
        frame.length = Ethernet.HEADER_LENGTH + Ipv6.HEADER_LENGTH + length;
        frame.checksumStart = ip + Ipv6.HEADER_LENGTH;
        Tcp.put(frame.buffer, frame.checksumStart, 40_000, 5201, 1000, 2000, Tcp.ACK, 512);
        fill(frame, frame.checksumStart + Tcp.MIN_HEADER_LENGTH);
        frame.gsoType = Frame.GSO_TCPV6;
        frame.gsoSize = segmentSize;
        final long sum = Checksum.pseudoHeaderIpv6(frame.buffer, ip, Ipv4.PROTOCOL_TCP, length);
        return partial(frame, Tcp.CHECKSUM_OFFSET, sum);
    }

    /** {@code frame} as the encapsulation leaves it: a VXLAN header in front, a VTEP to go to. */
    static Frame encapsulated(final Frame frame) {
        frame.push(Vxlan.HEADER_LENGTH);
        Vxlan.put(frame.buffer, frame.offset, VNI);
        frame.vtep = 0;
        frame.network = 0;
        return frame;
    }

    /** A train of {@code count} equal VXLAN packets as UDP_GRO hands it over, from {@code remote}. */
    Frame train(final int count, final int payload, final IpAddress remote) {
        final Frame one = encapsulated(udp(payload));
        final Frame train = Objects.requireNonNull(pool.receive(UNDERLAY));
        for (int i = 0; i < count; i++) {
            train.buffer.putBytes(train.offset + i * one.length, one.buffer, one.offset, one.length);
        }
        train.length = count * one.length;
        train.gsoType = count > 1 ? Frame.GSO_UDP : Frame.GSO_NONE;
        train.gsoSize = one.length;
        train.remoteHigh = remote.high();
        train.remoteLow = remote.low();
        train.network = Frame.NONE;
        pool.consumed(one);
        return train;
    }

    private Frame ipv4(final int protocol, final int length) {
        final Frame frame = Objects.requireNonNull(pool.receive(PORT_A));
        final int ip = ethernet(frame, Ethernet.TYPE_IPV4);
        Ipv4.put(frame.buffer, ip, Ipv4.MIN_HEADER_LENGTH + length, 64, protocol, 0x0A64_0001, 0x0A64_0002);
        frame.length = Ethernet.HEADER_LENGTH + Ipv4.MIN_HEADER_LENGTH + length;
        frame.checksumStart = ip + Ipv4.MIN_HEADER_LENGTH;
        return frame;
    }

    private static int ethernet(final Frame frame, final int type) {
        Ethernet.put(frame.buffer, frame.offset, MAC_B, MAC_A, type);
        frame.network = 0;
        return frame.offset + Ethernet.HEADER_LENGTH;
    }

    private static void fill(final Frame frame, final int from) {
        for (int i = from; i < frame.end(); i++) {
            frame.buffer.putByte(i, (byte) i);
        }
    }

    private static Frame partial(final Frame frame, final int protocol, final int field) {
        final int ip = frame.offset + Ethernet.HEADER_LENGTH;
        return partial(
                frame, field, Checksum.pseudoHeaderIpv4(frame.buffer, ip, protocol, frame.end() - frame.checksumStart));
    }

    private static Frame partial(final Frame frame, final int field, final long pseudoHeader) {
        frame.checksumState = Frame.CHECKSUM_PARTIAL;
        frame.checksumOffset = field;
        Bytes.putU16(frame.buffer, frame.checksumStart + field, Checksum.fold(pseudoHeader));
        FrameParser.parse(frame);
        return frame;
    }
}
