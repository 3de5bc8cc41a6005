// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.PortCounter;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Udp;
import org.jspecify.annotations.Nullable;

/**
 * The underlay as whole frames over another port: Ethernet, IP and UDP are written and judged here instead of by the
 * kernel. For tests, fuzzing and replay of captures.
 *
 * <p>Sent packets have DF set and a UDP checksum. Received ones must be whole, for this address and UDP port, with right
 * checksums; a UDP checksum of 0 means none (RFC 7348 section 5, RFC 6935 for IPv6). Not handled: ARP and ND. MAC
 * addresses are made of the IP addresses and not looked at; tags and IPv6 extension headers are not expected.
 */
public final class WireUnderlay implements UnderlayPort {
    private static final int TTL = 64;
    private static final int PROTOCOL_FRAGMENT = 44;
    private static final int FIRST_SOURCE_PORT = 49_152;
    /** A hash's upper 14 bits cover the 16,384 source ports. */
    private static final int SOURCE_PORT_SHIFT = 18;

    private static final long LOCALLY_ADMINISTERED = 0x0200_0000_0000L;

    private final FramePool pool;
    private final Port wire;
    private final WireConfig config;
    private final IpAddress local;
    private final int ipHeaderLength;
    private final @Nullable IpAddress[] remotes;
    private final int[] remotePorts;
    private final SegmentList segments = new SegmentList();
    private final Segmenter.Sink segmentCopier = this::copySegment;
    private final FrameVector outgoing = new FrameVector();
    private @Nullable PathMtuListener pathMtuListener;

    /** Over {@code wire}, whose index, name and state it takes. */
    public WireUnderlay(final Port wire, final WireConfig config, final FramePool pool) {
        this.wire = wire;
        this.config = config;
        this.pool = pool;
        this.local = config.address();
        this.ipHeaderLength = local.isIpv4() ? Ipv4.MIN_HEADER_LENGTH : Ipv6.HEADER_LENGTH;
        this.remotes = new IpAddress[config.maxRemotes()];
        this.remotePorts = new int[config.maxRemotes()];
    }

    @Override
    public int index() {
        return wire.index();
    }

    @Override
    public String name() {
        return wire.name();
    }

    @Override
    public int fileDescriptor() {
        return wire.fileDescriptor();
    }

    @Override
    public PortState state() {
        return wire.state();
    }

    @Override
    public String reason() {
        return wire.reason();
    }

    @Override
    public void close() {
        wire.close();
    }

    @Override
    public void setRemote(final int vtep, final IpAddress address, final int udpPort) {
        remotes[vtep] = address;
        remotePorts[vtep] = udpPort;
    }

    @Override
    public void removeRemote(final int vtep) {
        remotes[vtep] = null;
    }

    @Override
    public void pathMtuListener(final @Nullable PathMtuListener listener) {
        pathMtuListener = listener;
    }

    @Override
    public boolean receive(final FrameVector vector, final int budget) {
        int kept = vector.size();
        final boolean more = wire.receive(vector, budget);
        for (int i = kept; i < vector.size(); i++) {
            final Frame frame = vector.get(i);
            final DropReason reason = decapsulate(frame);
            if (reason == null) {
                vector.set(kept++, frame);
            } else {
                pool.drop(frame, reason);
            }
        }
        vector.truncate(kept);
        return more;
    }

    /** Takes the outer headers off; null, or why the frame must be dropped. */
    private @Nullable DropReason decapsulate(final Frame frame) {
        if (!Ethernet.isValid(frame.buffer, frame.offset, frame.length)) {
            return DropReason.OUTER_MALFORMED;
        }
        final int ip = frame.offset + Ethernet.HEADER_LENGTH;
        return switch (Ethernet.type(frame.buffer, frame.offset)) {
            case Ethernet.TYPE_IPV4 -> decapsulateIpv4(frame, ip);
            case Ethernet.TYPE_IPV6 -> decapsulateIpv6(frame, ip);
            default -> DropReason.NOT_FOR_US;
        };
    }

    private @Nullable DropReason decapsulateIpv4(final Frame frame, final int ip) {
        if (!Ipv4.isValid(frame.buffer, ip, frame.end() - ip)) {
            return DropReason.OUTER_MALFORMED;
        }
        if (!Ipv4.isChecksumValid(frame.buffer, ip)) {
            return DropReason.OUTER_CHECKSUM;
        }
        if (!local.isIpv4() || Ipv4.destination(frame.buffer, ip) != local.ipv4()) {
            return DropReason.NOT_FOR_US;
        }
        if (Ipv4.isFragment(frame.buffer, ip)) {
            return DropReason.OUTER_FRAGMENT;
        }
        final int headerLength = Ipv4.headerLength(frame.buffer, ip);
        final int length = Ipv4.totalLength(frame.buffer, ip) - headerLength;
        frame.remoteHigh = 0;
        frame.remoteLow = IpAddress.mappedLow(Ipv4.source(frame.buffer, ip));
        return decapsulateUdp(frame, ip, Ipv4.protocol(frame.buffer, ip), ip + headerLength, length);
    }

    private @Nullable DropReason decapsulateIpv6(final Frame frame, final int ip) {
        if (!Ipv6.isValid(frame.buffer, ip, frame.end() - ip)) {
            return DropReason.OUTER_MALFORMED;
        }
        if (local.isIpv4()
                || Ipv6.destinationHigh(frame.buffer, ip) != local.high()
                || Ipv6.destinationLow(frame.buffer, ip) != local.low()) {
            return DropReason.NOT_FOR_US;
        }
        final int protocol = Ipv6.nextHeader(frame.buffer, ip);
        if (protocol == PROTOCOL_FRAGMENT) {
            return DropReason.OUTER_FRAGMENT;
        }
        frame.remoteHigh = Ipv6.sourceHigh(frame.buffer, ip);
        frame.remoteLow = Ipv6.sourceLow(frame.buffer, ip);
        final int length = Ipv6.payloadLength(frame.buffer, ip);
        return decapsulateUdp(frame, ip, protocol, ip + Ipv6.HEADER_LENGTH, length);
    }

    private @Nullable DropReason decapsulateUdp(
            final Frame frame, final int ip, final int protocol, final int udp, final int length) {
        if (protocol != Ipv4.PROTOCOL_UDP) {
            return DropReason.NOT_FOR_US;
        }
        if (!Udp.isValid(frame.buffer, udp, length)) {
            return DropReason.OUTER_MALFORMED;
        }
        if (Udp.destinationPort(frame.buffer, udp) != config.udpPort()) {
            return DropReason.NOT_FOR_US;
        }
        final int udpLength = Udp.length(frame.buffer, udp);
        if (frame.checksumState == Frame.CHECKSUM_COMPLETE
                && Udp.checksum(frame.buffer, udp) != 0
                && Checksum.finish(checksumSum(frame, ip, udp, udpLength)) != 0) {
            return DropReason.OUTER_CHECKSUM;
        }
        frame.pop(udp + Udp.HEADER_LENGTH - frame.offset);
        frame.length = udpLength - Udp.HEADER_LENGTH;
        // What was said of the outer checksum says nothing of the inner one.
        frame.checksumState = Frame.CHECKSUM_COMPLETE;
        frame.checksumStart = Frame.NONE;
        if (frame.gsoSize >= frame.length) {
            frame.gsoType = Frame.GSO_NONE;
            frame.gsoSize = 0;
        }
        return null;
    }

    @Override
    public void transmit(final FrameVector vector) {
        for (int i = 0; i < vector.size(); i++) {
            final Frame frame = vector.get(i);
            if (frame.vtep < 0 || frame.vtep >= remotes.length || remotes[frame.vtep] == null) {
                drop(frame, DropReason.UNDERLAY_UNREACHABLE);
            } else if (frame.isSuperFrame()) {
                transmitSegments(frame);
            } else {
                Segmenter.completeChecksum(frame);
                encapsulate(frame);
            }
        }
        vector.clear();
        wire.transmit(outgoing);
    }

    /** Makes an ordinary frame of each segment; the super-frame has then done its work. */
    private void transmitSegments(final Frame frame) {
        if (!Segmenter.isSegmentable(frame)) {
            drop(frame, DropReason.BAD_OFFLOAD);
            return;
        }
        Segmenter.forEach(frame, segments, segmentCopier);
        // It has left, as its segments: to its flow that is not what was meant for the node.
        frame.flow = Frame.NONE;
        pool.consumed(frame);
    }

    /** An empty pool has counted the segment that could not be; the others go on. */
    private int copySegment(final Frame frame, final SegmentList list, final int i) {
        final Frame segment = pool.createPart(frame);
        if (segment == null) {
            return 0;
        }
        final int headerLength = list.headerLength;
        segment.vtep = frame.vtep;
        segment.flowHash = frame.flowHash;
        segment.length = headerLength + list.payloadLength[i];
        segment.buffer.putBytes(segment.offset, list.headers, i * SegmentList.MAX_HEADER_LENGTH, headerLength);
        segment.buffer.putBytes(
                segment.offset + headerLength, frame.buffer, list.payloadOffset[i], list.payloadLength[i]);
        encapsulate(segment);
        return 0;
    }

    private void encapsulate(final Frame frame) {
        final IpAddress remote = remotes[frame.vtep];
        if (remote == null || remote.isIpv4() != local.isIpv4()) {
            drop(frame, DropReason.UNDERLAY_UNREACHABLE);
            return;
        }
        if (ipHeaderLength + Udp.HEADER_LENGTH + frame.length > config.mtu()) {
            if (pathMtuListener != null) {
                pathMtuListener.onPathMtu(frame.vtep, config.mtu());
            }
            drop(frame, DropReason.MTU_EXCEEDED);
            return;
        }
        frame.push(Udp.HEADER_LENGTH);
        final int udp = frame.offset;
        final int udpLength = frame.length;
        final int sourcePort = FIRST_SOURCE_PORT + (frame.flowHash >>> SOURCE_PORT_SHIFT);
        Udp.put(frame.buffer, udp, sourcePort, remotePorts[frame.vtep], udpLength);
        frame.push(ipHeaderLength);
        putIp(frame, remote, udpLength);
        final int checksum = Checksum.finish(checksumSum(frame, frame.offset, udp, udpLength));
        Udp.checksum(frame.buffer, udp, checksum == 0 ? 0xFFFF : checksum);
        frame.push(Ethernet.HEADER_LENGTH);
        final int type = local.isIpv4() ? Ethernet.TYPE_IPV4 : Ethernet.TYPE_IPV6;
        Ethernet.put(frame.buffer, frame.offset, macOf(remote), macOf(local), type);
        if (outgoing.isFull()) {
            wire.transmit(outgoing);
        }
        outgoing.add(frame);
    }

    private void putIp(final Frame frame, final IpAddress remote, final int udpLength) {
        if (local.isIpv4()) {
            Ipv4.put(
                    frame.buffer,
                    frame.offset,
                    ipHeaderLength + udpLength,
                    TTL,
                    Ipv4.PROTOCOL_UDP,
                    local.ipv4(),
                    remote.ipv4());
        } else {
            Ipv6.put(frame.buffer, frame.offset, udpLength, Ipv4.PROTOCOL_UDP, TTL, local, remote);
        }
    }

    private long checksumSum(final Frame frame, final int ip, final int udp, final int udpLength) {
        final long pseudo = local.isIpv4()
                ? Checksum.pseudoHeaderIpv4(frame.buffer, ip, Ipv4.PROTOCOL_UDP, udpLength)
                : Checksum.pseudoHeaderIpv6(frame.buffer, ip, Ipv4.PROTOCOL_UDP, udpLength);
        return pseudo + Checksum.sum(frame.buffer, udp, udpLength);
    }

    private void drop(final Frame frame, final DropReason reason) {
        pool.counters().addPort(index(), PortCounter.TX_DROPPED, 1);
        pool.drop(frame, reason);
    }

    private static long macOf(final IpAddress address) {
        return LOCALLY_ADMINISTERED | (address.low() & 0xFFFF_FFFFL);
    }
}
