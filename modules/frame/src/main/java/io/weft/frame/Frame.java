// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One Ethernet frame, or one super-frame of up to 64 KB, in a slot of the {@link FramePool}.
 *
 * <p>Every offset is an index into {@link #buffer}, not a distance from the frame's start: pushing or popping a header
 * moves {@link #offset} and leaves the others true. Fields are plain and public because each stage reads several of
 * them per frame; each says who writes it. A frame belongs to whoever holds it (see the package's theory of operation).
 */
public final class Frame {
    /** {@link #gsoType}: an ordinary frame. Values are those of virtio-net (virtio 1.2 section 5.1.6). */
    public static final int GSO_NONE = 0;
    /** {@link #gsoType}: TCP over IPv4, cut at {@link #gsoSize} octets of payload. */
    public static final int GSO_TCPV4 = 1;
    /** {@link #gsoType}: TCP over IPv6. */
    public static final int GSO_TCPV6 = 4;
    /** {@link #gsoType}: UDP datagrams of {@link #gsoSize} octets of payload each (USO). */
    public static final int GSO_UDP = 5;

    /** {@link #checksumState}: the transport checksum in the frame is complete and nobody vouches for it. */
    public static final int CHECKSUM_COMPLETE = 0;
    /** {@link #checksumState}: the field holds the folded pseudo-header sum; whoever sends the frame on completes it. */
    public static final int CHECKSUM_PARTIAL = 1;
    /** {@link #checksumState}: complete, and already verified by the port or by a stage. */
    public static final int CHECKSUM_VERIFIED = 2;

    /** No offset, no network, no VTEP. */
    public static final int NONE = -1;

    /** {@link #flow}: the node itself has made this frame, and no stage has counted it yet. */
    public static final int ORIGINATED = -2;

    /** The whole slot, headroom included. */
    public final UnsafeBuffer buffer;

    final int slot;
    /** The pool's memory, in which the buffer lies: as long as there is a frame of it, it is not freed. */
    final ByteBuffer memory;

    boolean free = true;

    /** First octet of the frame. Written by ports and by stages that push or pop headers. */
    public int offset;
    /** Octets of the frame. Same writers as {@link #offset}. */
    public int length;

    /** One of the {@code GSO_} values. Written by the receiving port and by the coalescer. */
    public int gsoType;
    /** Octets of payload per segment if {@link #gsoType} is not {@link #GSO_NONE}. */
    public int gsoSize;
    /** The TCP super-frame carries ECN marks (virtio's ECN bit): CWR belongs on the first segment only. */
    public boolean gsoEcn;
    /** One of the {@code CHECKSUM_} values. */
    public int checksumState;
    /** Where summing starts (the transport header) if {@link #checksumState} is partial. */
    public int checksumStart;
    /** Distance of the checksum field from {@link #checksumStart}. */
    public int checksumOffset;

    /** Port of ingress. Written by the receiving port; counters of drops go by it. */
    public int port;
    /** Index of the network (bridge domain). Written by the dataplane for pod ports, by VxlanDecap for tunnels. */
    public int network;
    /** Remote VTEP: the source, written by VxlanDecap ({@link #NONE}: a pod port); the target once enqueued to one. */
    public int vtep;
    /** Outer source address, upper half; IPv4 is mapped. Written by underlay ports, read by VxlanDecap. */
    public long remoteHigh;
    /** Outer source address, lower half. */
    public long remoteLow;

    /** EtherType after all tags. Written by EthernetInput, as all fields below. */
    public int etherType;
    /** True if the frame carries an 802.1Q or 802.1ad tag. */
    public boolean tagged;
    /** Where the IPv4 or IPv6 header starts, {@link #NONE} if there is none or it is malformed. */
    public int l3Offset;
    /** Where the transport header starts, {@link #NONE} if there is none, it is cut, or this is a later fragment. */
    public int l4Offset;
    /** IP protocol of the transport header; 0 if there is no {@link #l3Offset}. */
    public int protocol;
    /** Hash over the flow: equal for every frame of one. */
    public int flowHash;

    /**
     * The flow of which this frame is one: bit 0 is set in the direction of replies, bits 1 to 23 are conntrack's entry, 24 to 30 its
     * generation, by which conntrack knows a frame that waited until its flow was no more. Negative ({@link #NONE}) if it is of none. Written
     * by conntrack; copies and parts, which are not counted again, have none.
     */
    public int flow;

    /**
     * Number by which captures know the frame wherever they see it, unique in the node; 0: not seen yet. Written by
     * captures; copies, segments and fragments keep it, and so does the reply that an echo request is made into.
     */
    public long packetId;

    /** The frame behind this one in a queue of held frames. Written by whoever holds it; null as soon as it is passed on. */
    public @Nullable Frame next;

    Frame(final UnsafeBuffer buffer, final int slot, final ByteBuffer memory) {
        this.memory = memory;
        this.buffer = buffer;
        this.slot = slot;
    }

    /** Makes this an empty ordinary frame that starts behind the headroom. */
    void reset() {
        offset = FramePool.HEADROOM;
        length = 0;
        gsoType = GSO_NONE;
        gsoSize = 0;
        gsoEcn = false;
        checksumState = CHECKSUM_COMPLETE;
        checksumStart = NONE;
        checksumOffset = 0;
        port = NONE;
        network = NONE;
        vtep = NONE;
        remoteHigh = 0;
        remoteLow = 0;
        etherType = 0;
        tagged = false;
        l3Offset = NONE;
        l4Offset = NONE;
        protocol = 0;
        flowHash = 0;
        flow = NONE;
        packetId = 0;
        next = null;
    }

    /** Copies octets (to the same offset) and every field of {@code source}. */
    void copyFrom(final Frame source) {
        buffer.putBytes(source.offset, source.buffer, source.offset, source.length);
        offset = source.offset;
        length = source.length;
        gsoType = source.gsoType;
        gsoSize = source.gsoSize;
        gsoEcn = source.gsoEcn;
        checksumState = source.checksumState;
        checksumStart = source.checksumStart;
        checksumOffset = source.checksumOffset;
        port = source.port;
        network = source.network;
        vtep = source.vtep;
        remoteHigh = source.remoteHigh;
        remoteLow = source.remoteLow;
        etherType = source.etherType;
        tagged = source.tagged;
        l3Offset = source.l3Offset;
        l4Offset = source.l4Offset;
        protocol = source.protocol;
        flowHash = source.flowHash;
        packetId = source.packetId;
    }

    /** First octet behind the frame. */
    public int end() {
        return offset + length;
    }

    /** Makes room for a header in front; the caller writes it. There must be headroom: {@link FramePool#HEADROOM}. */
    public void push(final int octets) {
        offset -= octets;
        length += octets;
    }

    /** Takes a header off the front. */
    public void pop(final int octets) {
        offset += octets;
        length -= octets;
    }

    /** True for a super-frame. */
    public boolean isSuperFrame() {
        return gsoType != GSO_NONE;
    }
}
