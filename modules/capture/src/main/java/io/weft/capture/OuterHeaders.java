// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Udp;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Ethernet, IP and UDP headers of a VXLAN packet, which the kernel writes behind our back. Made up are: MAC addresses, IPv4
 * identification, TTL, and the source port of received packets. Addresses are kept as numbers: nothing is allocated.
 */
final class OuterHeaders {
    /** Octets over IPv6, the longest. */
    static final int MAX_LENGTH = Ethernet.HEADER_LENGTH + Ipv6.HEADER_LENGTH + Udp.HEADER_LENGTH;
    /** Longest UDP payload. */
    static final int MAX_DATAGRAM = 65_535 - Ipv4.MIN_HEADER_LENGTH - Udp.HEADER_LENGTH;

    private static final int IPV4_LENGTH = Ethernet.HEADER_LENGTH + Ipv4.MIN_HEADER_LENGTH + Udp.HEADER_LENGTH;
    private static final int TTL = 64;
    private static final long MAPPED_ZERO = IpAddress.mappedLow(0);

    private final CaptureContext context;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;

    OuterHeaders(final CaptureContext context) {
        this.context = context;
    }

    /** Sets the addresses of a packet that came from this VTEP. */
    void from(final long remoteHigh, final long remoteLow) {
        sourceHigh = remoteHigh;
        sourceLow = remoteLow;
        final @Nullable IpAddress own = context.underlayAddress();
        final boolean known = own != null && own.isIpv4() == isIpv4(remoteHigh, remoteLow);
        destinationHigh = own != null && known ? own.high() : 0;
        destinationLow = own != null && known ? own.low() : unspecifiedLow();
    }

    /** Sets the addresses of a packet to a VTEP; null if there is none. */
    void to(final @Nullable IpAddress remote) {
        final @Nullable IpAddress own = context.underlayAddress();
        final boolean ipv4 = remote == null ? own == null || own.isIpv4() : remote.isIpv4();
        destinationHigh = remote == null ? 0 : remote.high();
        destinationLow = remote == null ? (ipv4 ? MAPPED_ZERO : 0) : remote.low();
        final boolean known = own != null && own.isIpv4() == ipv4;
        sourceHigh = own != null && known ? own.high() : 0;
        sourceLow = own != null && known ? own.low() : (ipv4 ? MAPPED_ZERO : 0);
    }

    private long unspecifiedLow() {
        return isIpv4() ? MAPPED_ZERO : 0;
    }

    private boolean isIpv4() {
        return isIpv4(sourceHigh, sourceLow);
    }

    private static boolean isIpv4(final long high, final long low) {
        return high == 0 && (low >>> 32) == 0xFFFF;
    }

    /** Octets of the headers. */
    int length() {
        return isIpv4() ? IPV4_LENGTH : MAX_LENGTH;
    }

    /** True if the IP header of the last {@link #put} is IPv4's. */
    boolean areIpv4() {
        return isIpv4();
    }

    /**
     * Writes the headers of a packet whose UDP payload has {@code datagram} octets. The UDP checksum is left 0.
     *
     * @param flowHash of the inner flow, which chooses the source port
     */
    void put(final UnsafeBuffer buffer, final int offset, final int datagram, final int flowHash) {
        final boolean ipv4 = isIpv4();
        final int udpLength = Udp.HEADER_LENGTH + datagram;
        final int ip = offset + Ethernet.HEADER_LENGTH;
        Ethernet.put(
                buffer,
                offset,
                mac(destinationHigh, destinationLow),
                mac(sourceHigh, sourceLow),
                ipv4 ? Ethernet.TYPE_IPV4 : Ethernet.TYPE_IPV6);
        if (ipv4) {
            final int total = Ipv4.MIN_HEADER_LENGTH + udpLength;
            Ipv4.put(buffer, ip, total, TTL, Ipv4.PROTOCOL_UDP, (int) sourceLow, (int) destinationLow);
        } else {
            Ipv6.put(
                    buffer,
                    ip,
                    udpLength,
                    Ipv4.PROTOCOL_UDP,
                    TTL,
                    sourceHigh,
                    sourceLow,
                    destinationHigh,
                    destinationLow);
        }
        final int udp = offset + length() - Udp.HEADER_LENGTH;
        Udp.put(buffer, udp, context.sourcePort(flowHash), context.underlayPort(), udpLength);
    }

    /** A locally administered address, equal for equal IP addresses. */
    private static long mac(final long high, final long low) {
        final long mixed = isIpv4(high, low) ? low : high ^ (high >>> 32) ^ low ^ (low >>> 32);
        return 0x0200_0000_0000L | (mixed & 0xFFFF_FFFFL);
    }
}
