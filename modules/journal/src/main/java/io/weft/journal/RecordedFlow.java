// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a flow: what a replay makes anew. Octets are those of IP packets.
 *
 * @param start nanoseconds from the first flow's beginning to this one's
 * @param duration nanoseconds from its first frame to its last one; 0 of a single frame
 * @param network name
 * @param sourcePod null if the source was no pod
 * @param destinationPod null if the destination was no pod
 * @param sourcePort or the identifier of an ICMP query
 * @param destinationPort or type * 256 + code of ICMP
 * @param frames of the originator
 * @param replyFrames of the other
 */
public record RecordedFlow(
        long start,
        long duration,
        int protocol,
        String network,
        IpAddress source,
        @Nullable String sourcePod,
        int sourcePort,
        IpAddress destination,
        @Nullable String destinationPod,
        int destinationPort,
        long frames,
        long octets,
        long replyFrames,
        long replyOctets) {
    /** Octets of an IP header without options. */
    int ipHeaderLength() {
        return source.isIpv4() ? 20 : 40;
    }

    boolean isTcp() {
        return protocol == Ipv4.PROTOCOL_TCP;
    }

    boolean isUdp() {
        return protocol == Ipv4.PROTOCOL_UDP;
    }

    boolean isIcmp() {
        return Protocols.isIcmp(protocol);
    }

    /** Frames of one direction. */
    long frames(final boolean reply) {
        return reply ? replyFrames : frames;
    }

    /** Octets of IP packets of one direction. */
    long octets(final boolean reply) {
        return reply ? replyOctets : octets;
    }

    /** Of the sender of a direction. */
    IpAddress from(final boolean reply) {
        return reply ? destination : source;
    }

    IpAddress to(final boolean reply) {
        return reply ? source : destination;
    }
}
