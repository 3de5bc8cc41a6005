// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.offload.Segmenter;
import io.weft.wire.Ethernet;
import io.weft.wire.Vxlan;

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
        /**
         * True if it takes the frame, which is not dropped then; else it must not keep it.
         *
         * @param mtu longest payload of an Ethernet frame that the tunnel takes
         */
        boolean takes(Frame frame, int mtu);
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
            if (encapsulate(frame)) {
                frames.set(kept++, frame);
            }
        }
        frames.truncate(kept);
    }

    /** False: the frame is gone. */
    private boolean encapsulate(final Frame frame) {
        final int vni = vnis.vni(frame.network);
        final Vtep vtep = vteps.get(frame.vtep);
        final DropReason reason;
        if (vni == VniTable.NONE) {
            reason = DropReason.NO_NETWORK;
        } else if (vtep == null) {
            reason = DropReason.UNDERLAY_UNREACHABLE;
        } else if (frame.tagged && !vnis.carriesTags(frame.network)) {
            reason = DropReason.TAG_ON_TUNNEL;
        } else if (Segmenter.longestSegment(frame) - Ethernet.HEADER_LENGTH <= vtep.mtu()) {
            // Tags count: where the MTU leaves no room for them, the packet is too long.
            frame.push(Vxlan.HEADER_LENGTH);
            Vxlan.put(frame.buffer, frame.offset, vni);
            return true;
        } else if (tooLong.takes(frame, vtep.mtu())) {
            return false;
        } else {
            reason = DropReason.MTU_EXCEEDED;
        }
        pool.drop(frame, reason);
        return false;
    }
}
