// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;

/**
 * Cuts what pods send to pods of their own network through a tunnel that is narrower than they think: IPv4 packets that may be
 * cut (DF clear, RFC 791 section 3.2). Nobody tells their sender, who did not ask, so it would send them in vain for ever.
 * The fragments are of the inner packet, and it is the receiving pod that joins them: RFC 7348 section 4.3 forbids fragments of
 * the outer one.
 */
public final class TunnelFragmenter {
    private final Fragmenter fragmenter;
    private final Fragmenter.Output out;

    /** Fragments go to {@code out}, with the network and the VTEP of what they are of. */
    public TunnelFragmenter(final FramePool pool, final Egress out) {
        this.fragmenter = new Fragmenter(pool);
        this.out = out::add;
    }

    /**
     * Takes a frame and cuts it, if that is possible; false: the frame is still the caller's.
     *
     * @param frame parsed
     * @param mtu octets of an IP packet that the tunnel takes, at least {@link Ipv4#MIN_MTU}
     */
    public boolean takes(final Frame frame, final int mtu) {
        if (!mayCut(frame, mtu)) {
            return false;
        }
        fragmenter.fragment(frame, mtu, out);
        return true;
    }

    /** True for IPv4 without DF and without a fault, and longer than the MTU by itself, not by what stands behind it. */
    public static boolean mayCut(final Frame frame, final int mtu) {
        final int ip = frame.l3Offset;
        return frame.etherType == Ethernet.TYPE_IPV4
                && ip != Frame.NONE
                && !frame.tagged
                && Ipv4.isValid(frame.buffer, ip, frame.end() - ip)
                && (Ipv4.fragment(frame.buffer, ip) & Ipv4.FLAG_DF) == 0
                && Ipv4.isChecksumValid(frame.buffer, ip)
                && Router.packetLength(frame) > mtu;
    }
}
