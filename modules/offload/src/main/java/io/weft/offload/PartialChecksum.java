// SPDX-License-Identifier: Apache-2.0
package io.weft.offload;

import io.weft.frame.Frame;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Tcp;
import io.weft.wire.Udp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Recognises inner frames that never got their checksum. A sender that tunnels in its kernel leaves the inner TCP or UDP
 * checksum to its interface; if that is a veth, which hands frames over instead of computing, the tunnel's far end reads
 * the inner frame with nothing but the pseudo-header's sum in the checksum field, and nothing beside it that says so.
 *
 * <p>That field, exactly that sum, is the mark: a finished checksum has this value once in 65,536 frames, and then the
 * frame is right all the same; it only goes on unverified, with the tunnel's outer checksum for a witness.
 */
public final class PartialChecksum {
    private PartialChecksum() {}

    /**
     * Marks {@code frame}, an ordinary parsed frame without offload fields, as one with a partial checksum if it is one.
     *
     * @return true if it is
     */
    public static boolean recognise(final Frame frame) {
        final boolean tcp = frame.protocol == Ipv4.PROTOCOL_TCP;
        if (frame.l4Offset == Frame.NONE || !(tcp || frame.protocol == Ipv4.PROTOCOL_UDP)) {
            return false;
        }
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        final int transport = frame.l4Offset;
        final long pseudoHeader;
        if (frame.etherType == Ethernet.TYPE_IPV4) {
            final int length = ip + Ipv4.totalLength(buffer, ip) - transport;
            pseudoHeader = Checksum.pseudoHeaderIpv4(buffer, ip, frame.protocol, length);
        } else {
            final int length = ip + Ipv6.HEADER_LENGTH + Ipv6.payloadLength(buffer, ip) - transport;
            pseudoHeader = Checksum.pseudoHeaderIpv6(buffer, ip, frame.protocol, length);
        }
        final int field = tcp ? Tcp.checksum(buffer, transport) : Udp.checksum(buffer, transport);
        if (field == 0 || field != Checksum.fold(pseudoHeader)) {
            return false;
        }
        frame.checksumState = Frame.CHECKSUM_PARTIAL;
        frame.checksumStart = transport;
        frame.checksumOffset = tcp ? Tcp.CHECKSUM_OFFSET : Udp.CHECKSUM_OFFSET;
        return true;
    }
}
