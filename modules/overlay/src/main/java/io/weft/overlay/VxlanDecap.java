// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.offload.Coalescer;
import io.weft.offload.PartialChecksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Vxlan;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the VXLAN header off what the underlay port received, and says which network and which VTEP each frame is from.
 *
 * <p>An ordinary datagram becomes its inner frame in place, without a copy; its inner checksum is left to the receiver, as
 * on any bridge, and marked as partial where the sender never finished it. A datagram train (see {@code UnderlayPort}) is walked segment by segment. Segments that continue each
 * other become one super-frame: the first inner frame of the train stays where it is and the payloads of the others move
 * down behind it. The frame's end never passes the segment that is being read, because each segment gives at most its own
 * length; so what has not been read yet is never overwritten. A segment that does not continue the one before starts the
 * next frame, copied into a slot of its own. The order of frames is the order of segments.
 *
 * <p>Ledger: the train was received as one frame and leaves as one. The frames started after the first are made by the
 * worker ({@code FramePool.create}); a segment that is refused and has no slot is {@code FramePool.refused}, so each bad
 * segment is one drop.
 */
public final class VxlanDecap {
    private static final int MIN_LENGTH = Vxlan.HEADER_LENGTH + Ethernet.HEADER_LENGTH;

    private final FramePool pool;
    private final VtepTable vteps;
    private final VniTable vnis;
    private final Coalescer coalescer;

    /** Network of the datagram that {@link #check} passed last. */
    private int network;
    /** The frame that the next segment may continue; null if there is none. */
    private @Nullable Frame run;
    /** The slot of the train has become a frame: what follows needs a slot of its own. */
    private boolean slotTaken;

    /** The stage over these tables; {@code coalescer} is used by nobody else meanwhile. */
    public VxlanDecap(final FramePool pool, final VtepTable vteps, final VniTable vnis, final Coalescer coalescer) {
        this.pool = pool;
        this.vteps = vteps;
        this.vnis = vnis;
        this.coalescer = coalescer;
    }

    /**
     * Turns the datagrams of {@code in} into parsed inner frames, in order, appended to {@code out}.
     *
     * <p>A train needs room for as many frames as it has segments (64 from the kernel). Where {@code out} has none, this
     * ends early: the caller passes {@code out} on, empties it and calls again.
     *
     * @return true if {@code in} is empty now; false if it holds what has not been looked at yet
     */
    public boolean process(final FrameVector in, final FrameVector out) {
        final int count = in.size();
        int done = 0;
        while (done < count && hasRoom(in.get(done), out)) {
            decapsulate(in.get(done++), out);
        }
        for (int i = done; i < count; i++) {
            in.set(i - done, in.get(i));
        }
        in.truncate(count - done);
        return done == count;
    }

    private static boolean hasRoom(final Frame frame, final FrameVector out) {
        return out.size() + Math.min(segments(frame), FrameVector.CAPACITY) <= FrameVector.CAPACITY;
    }

    /** Datagrams in a frame, at least 1; of a train with a senseless segment size more than any vector takes. */
    private static int segments(final Frame frame) {
        if (!frame.isSuperFrame() || frame.length <= frame.gsoSize) {
            return 1;
        }
        return frame.gsoSize <= 0 ? Integer.MAX_VALUE : (frame.length + frame.gsoSize - 1) / frame.gsoSize;
    }

    private void decapsulate(final Frame frame, final FrameVector out) {
        final int vtep = vteps.find(frame.remoteHigh, frame.remoteLow);
        if (vtep == VtepTable.NONE) {
            pool.drop(frame, DropReason.UNKNOWN_VTEP);
            return;
        }
        frame.vtep = vtep;
        final int segments = segments(frame);
        if (segments == 1) {
            single(frame, out);
        } else if (segments > FrameVector.CAPACITY) {
            pool.drop(frame, DropReason.BAD_OFFLOAD);
        } else {
            train(frame, segments, out);
        }
    }

    private void single(final Frame frame, final FrameVector out) {
        makeOrdinary(frame);
        DropReason reason = check(frame, frame.offset, frame.length);
        if (reason == null) {
            frame.pop(Vxlan.HEADER_LENGTH);
            frame.network = network;
            reason = FrameParser.parse(frame);
        }
        if (reason == null) {
            PartialChecksum.recognise(frame);
            out.add(frame);
        } else {
            pool.drop(frame, reason);
        }
    }

    private void train(final Frame train, final int segments, final FrameVector out) {
        final int size = train.gsoSize;
        final int end = train.end();
        int position = train.offset;
        makeOrdinary(train);
        slotTaken = false;
        for (int left = segments; left > 0; left--) {
            final int length = Math.min(size, end - position);
            final DropReason reason = segment(train, position, length, out);
            if (reason != null && (slotTaken || left > 1)) {
                pool.refused(train, position, length, reason);
            } else if (reason != null) {
                train.offset = position;
                train.length = length;
                pool.drop(train, reason);
            }
            position += size;
        }
        endRun();
    }

    /** Returns null if the segment has become part of a frame or a frame (or its drop has been counted), else why not. */
    private @Nullable DropReason segment(
            final Frame train, final int position, final int length, final FrameVector out) {
        final DropReason reason = check(train, position, length);
        if (reason != null) {
            return reason;
        }
        final int inner = position + Vxlan.HEADER_LENGTH;
        final int innerLength = length - Vxlan.HEADER_LENGTH;
        final Frame current = run;
        if (current != null && current.network == network) {
            final int result = coalescer.append(train.buffer, inner, innerLength);
            if (result != Coalescer.NO_MATCH) {
                return result == Coalescer.APPENDED ? null : DropReason.INNER_CHECKSUM;
            }
        }
        endRun();
        if (slotTaken) {
            startCopy(train, inner, innerLength, out);
            return null;
        }
        train.offset = inner;
        train.length = innerLength;
        final DropReason refused = start(train, out);
        slotTaken = refused == null;
        return refused;
    }

    /** The next frame in a slot of its own; an empty pool has counted the frame that could not be. */
    private void startCopy(final Frame train, final int inner, final int innerLength, final FrameVector out) {
        final Frame frame = pool.createPart(train);
        if (frame == null) {
            return;
        }
        frame.buffer.putBytes(frame.offset, train.buffer, inner, innerLength);
        frame.length = innerLength;
        frame.vtep = train.vtep;
        frame.remoteHigh = train.remoteHigh;
        frame.remoteLow = train.remoteLow;
        final DropReason reason = start(frame, out);
        if (reason != null) {
            pool.drop(frame, reason);
        }
    }

    private @Nullable DropReason start(final Frame frame, final FrameVector out) {
        frame.network = network;
        frame.checksumState = Frame.CHECKSUM_COMPLETE;
        final DropReason reason = FrameParser.parse(frame);
        if (reason != null) {
            return reason;
        }
        PartialChecksum.recognise(frame);
        if (!coalescer.begin(frame)) {
            coalescer.finish();
            return DropReason.INNER_CHECKSUM;
        }
        out.add(frame);
        run = frame;
        return null;
    }

    private void endRun() {
        if (run != null) {
            coalescer.finish();
            run = null;
        }
    }

    private static void makeOrdinary(final Frame frame) {
        frame.gsoType = Frame.GSO_NONE;
        frame.gsoSize = 0;
        frame.gsoEcn = false;
        frame.checksumState = Frame.CHECKSUM_COMPLETE;
        frame.checksumStart = Frame.NONE;
        frame.checksumOffset = 0;
    }

    /** Why a datagram must be dropped, or null; then {@link #network} is its network. Reserved bits are ignored. */
    private @Nullable DropReason check(final Frame frame, final int position, final int length) {
        final UnsafeBuffer buffer = frame.buffer;
        if (length < MIN_LENGTH) {
            return DropReason.VXLAN_MALFORMED;
        }
        if (!Vxlan.hasVni(buffer, position)) {
            return DropReason.VXLAN_NO_VNI;
        }
        network = vnis.network(Vxlan.vni(buffer, position));
        if (network == VniTable.NONE) {
            return DropReason.UNKNOWN_VNI;
        }
        if (!vteps.isAllowed(frame.vtep, network)) {
            return DropReason.VTEP_NOT_IN_NETWORK;
        }
        final int type = Ethernet.type(buffer, position + Vxlan.HEADER_LENGTH);
        final boolean tagged = type == Ethernet.TYPE_VLAN || type == Ethernet.TYPE_QINQ;
        return tagged && !vnis.carriesTags(network) ? DropReason.TAG_ON_TUNNEL : null;
    }
}
