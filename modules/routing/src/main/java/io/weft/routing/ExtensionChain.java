// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Frame;
import io.weft.wire.Bytes;
import io.weft.wire.Ipv6;
import io.weft.wire.Ipv6Extension;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Follows an IPv6 packet's extension headers (RFC 8200 section 4) to what they carry, through fragment headers and AH too.
 * {@code Frame} tells no more than the protocol; errors also need to know which octet named it, and what a first fragment
 * begins with.
 */
final class ExtensionChain {
    private static final int MAX_HEADERS = 8;
    private static final int AUTHENTICATION = 51;

    /** Protocol of the payload; of a later fragment, what its fragment header names. */
    int protocol;
    /** Offset of the octet that names {@link #protocol}. */
    int namedAt;
    /** Offset of the payload. */
    int payload;
    /** True if the payload does not begin here, but in an earlier fragment. */
    boolean isLaterFragment;
    /** True for every fragment, the first included. */
    boolean isFragment;

    /**
     * Follows the chain of a frame with an IPv6 {@code l3Offset}.
     *
     * @return false if it is cut short or has more headers than any sensible packet; the fields then mean nothing
     */
    boolean follow(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        final int end = ip + Ipv6.HEADER_LENGTH + Ipv6.payloadLength(buffer, ip);
        protocol = Ipv6.nextHeader(buffer, ip);
        namedAt = ip + Ipv6.NEXT_HEADER_OFFSET;
        payload = ip + Ipv6.HEADER_LENGTH;
        isLaterFragment = false;
        isFragment = false;
        for (int headers = 0; headers < MAX_HEADERS; headers++) {
            if (isLaterFragment || !isUnfinished()) {
                return payload <= end;
            }
            if (!Ipv6Extension.isValid(buffer, payload, end - payload)) {
                return false;
            }
            if (protocol == Ipv6Extension.FRAGMENT) {
                isFragment = true;
                isLaterFragment = Ipv6Extension.fragmentOffset(buffer, payload) != 0;
            }
            final int length = length(buffer);
            protocol = Ipv6Extension.nextHeader(buffer, payload);
            namedAt = payload;
            payload += length;
        }
        return false;
    }

    /** True if {@link #protocol} is another extension header: of a later fragment, where the earlier one has it. */
    boolean isUnfinished() {
        return Ipv6Extension.isExtension(protocol) || protocol == AUTHENTICATION;
    }

    /** Octets of the header at {@link #payload}; AH alone counts in units of 4, without 8 (RFC 4302 section 2.2). */
    private int length(final UnsafeBuffer buffer) {
        return protocol == AUTHENTICATION
                ? (Bytes.u8(buffer, payload + 1) + 2) << 2
                : Ipv6Extension.length(buffer, payload, protocol);
    }
}
