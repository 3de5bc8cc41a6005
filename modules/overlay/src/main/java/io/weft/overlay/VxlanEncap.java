// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import io.weft.wire.Tcp;
import io.weft.wire.Udp;
import io.weft.wire.Vxlan;
import org.jspecify.annotations.Nullable;

/**
 * Puts a VXLAN header in front of frames for remote VTEPs (RFC 7348 section 5). Outer UDP, IP and Ethernet are made by the
 * kernel behind the underlay port.
 *
 * <p>A super-frame stays one: the port cuts it and repeats the header. {@code Frame.flowHash} stays the inner flow's, from
 * which the port takes the source port (RFC 7348 section 5: entropy from the inner headers).
 */
public final class VxlanEncap {
    private final FramePool pool;
    private final VtepTable vteps;
    private final VniTable vnis;
    private final TooLong tooLong;

    /** Told of frames that a tunnel can't take, before they are dropped. */
    @FunctionalInterface
    public interface TooLong {
        /** {@code mtu}: longest payload of an Ethernet frame that the tunnel takes. Must not keep the frame. */
        void onTooLong(Frame frame, int mtu);
    }

    /** The stage over these tables. */
    public VxlanEncap(final FramePool pool, final VtepTable vteps, final VniTable vnis, final TooLong tooLong) {
        this.tooLong = tooLong;
        this.pool = pool;
        this.vteps = vteps;
        this.vnis = vnis;
    }

    /**
     * Gives every frame its header or drops it; those that remain stand in {@code frames} in their order.
     *
     * @param frames parsed Ethernet frames; {@code Frame.vtep} says where to, {@code Frame.network} the VNI
     */
    public void process(final FrameVector frames) {
        int kept = 0;
        for (int i = 0; i < frames.size(); i++) {
            final Frame frame = frames.get(i);
            final DropReason reason = check(frame);
            if (reason == null) {
                frame.push(Vxlan.HEADER_LENGTH);
                Vxlan.put(frame.buffer, frame.offset, vnis.vni(frame.network));
                frames.set(kept++, frame);
            } else {
                pool.drop(frame, reason);
            }
        }
        frames.truncate(kept);
    }

    private @Nullable DropReason check(final Frame frame) {
        if (vnis.vni(frame.network) == VniTable.NONE) {
            return DropReason.NO_NETWORK;
        }
        final Vtep vtep = vteps.get(frame.vtep);
        if (vtep == null) {
            return DropReason.UNDERLAY_UNREACHABLE;
        }
        if (frame.tagged && !vnis.carriesTags(frame.network)) {
            return DropReason.TAG_ON_TUNNEL;
        }
        if (longestPayload(frame) > vtep.mtu()) {
            tooLong.onTooLong(frame, vtep.mtu());
            return DropReason.MTU_EXCEEDED;
        }
        return null;
    }

    /**
     * Octets behind the Ethernet header of the longest frame that will be on the wire. Tags count: where the MTU leaves no
     * room for them, the packet is too long.
     */
    private static int longestPayload(final Frame frame) {
        int length = frame.length;
        if (frame.isSuperFrame()) {
            final int transport = frame.protocol == Ipv4.PROTOCOL_TCP
                    ? Tcp.headerLength(frame.buffer, frame.l4Offset)
                    : Udp.HEADER_LENGTH;
            length = Math.min(length, frame.l4Offset - frame.offset + transport + frame.gsoSize);
        }
        return length - Ethernet.HEADER_LENGTH;
    }
}
