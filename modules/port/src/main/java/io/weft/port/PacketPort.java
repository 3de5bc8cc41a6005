// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.wire.Bytes;
import io.weft.wire.Ethernet;
import io.weft.wire.Vlan;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Takes over an interface (a veth, or any Ethernet) by a packet socket with virtio-net headers: many frames per
 * recvmmsg(2) or sendmmsg(2), super-frames whole, no copy but the kernel's.
 *
 * <p>Everything on the wire is received, whatever its destination MAC (promiscuous as long as the port is open), but not
 * what this host sends. A tag that the kernel has taken off a frame is put back.
 *
 * <p>The kernel's own stack sees the frames too, and must have nothing to say: give the interface no IPv4 address, set
 * {@code net.ipv6.conf.DEV.disable_ipv6=1} (else it has a link-local address, and solicits), and, if the namespace has
 * addresses on other interfaces, {@code net.ipv4.conf.DEV.arp_ignore=1} (else it answers ARP for those). Unicast frames to
 * a MAC that is not the interface's own the stack ignores by itself.
 *
 * <p>A frame longer than the interface's MTU is dropped as {@code mtu-exceeded}. The kernel does not look at the segment
 * size of a super-frame: that is for the stage that decides on the MTU.
 *
 * <p>The interface's state is asked for when something fails, and every {@value #LINK_MILLIS} ms of sending: an interface
 * without carrier takes frames and loses them. Deletion of an idle interface only {@link #isOrphaned} tells.
 */
public final class PacketPort extends VnetPort {
    private static final int LINK_MILLIS = 100;
    private static final long LINK_NANOS = TimeUnit.MILLISECONDS.toNanos(LINK_MILLIS);

    /** Frames of one recvmmsg(2) at most: a megabyte, if all are super-frames. */
    private static final int MAX_RECEIVED = 16;
    /** And at least: slots that are taken in vain have to be given back. */
    private static final int MIN_RECEIVED = 2;

    private static final int MAX_SENT = 64;
    private static final int ROOM = VnetHeader.LEGACY_LENGTH + MAX_FRAME_LENGTH;

    private final PacketSocket socket;
    private final LinkWatch link;
    private final String noCarrierReason;
    private long linkAskedAt;

    private final MessageBatch incoming = new MessageBatch(MAX_RECEIVED);
    private final Frame[] slots = new Frame[MAX_RECEIVED];
    /** How many frames the next call asks for: twice as many if it got all that it asked for, else about as many as came. */
    private int expected = MIN_RECEIVED;

    private final MessageBatch outgoing = new MessageBatch(MAX_SENT);
    private final Frame[] pending = new Frame[MAX_SENT];
    private int pendingCount;

    private long kernelDrops;
    private boolean closed;

    private PacketPort(final int index, final PacketSocket socket, final FramePool pool) {
        super(index, socket, pool);
        this.socket = socket;
        this.link = new LinkWatch(socket, calls);
        this.noCarrierReason = "interface " + socket.interfaceName() + " has no carrier";
        askLink(System.nanoTime());
    }

    /**
     * Opens the port on an interface that is there; up or not.
     *
     * @param index of the port in its worker
     * @throws PortException if there is no such interface, or it is not Ethernet; nothing is left behind then
     */
    public static PacketPort open(final int index, final PacketConfig config, final FramePool pool)
            throws PortException {
        return open(index, config, List.of(pool)).getFirst();
    }

    /**
     * The same for several workers: a port each, in the order of their pools. The kernel gives each flow to one of them, both
     * directions to the same.
     *
     * @param pools of the workers
     */
    public static List<PacketPort> open(final int index, final PacketConfig config, final List<FramePool> pools)
            throws PortException {
        final List<PacketSocket> sockets =
                NetworkNamespace.call(config.namespace(), () -> PacketSocket.open(config, pools.size()));
        final List<PacketPort> ports = new ArrayList<>();
        for (int queue = 0; queue < pools.size(); queue++) {
            ports.add(new PacketPort(index, sockets.get(queue), pools.get(queue)));
        }
        return ports;
    }

    /** Octets of the longest packet behind the Ethernet header that the interface takes now. Any thread. */
    public synchronized int mtu() throws PortException {
        if (closed) {
            throw new PortException("port " + name() + " is closed");
        }
        return socket.mtu();
    }

    /** Frames that the kernel lost because the port did not take them in time. Any thread. */
    public synchronized long kernelDrops() throws PortException {
        if (!closed) {
            kernelDrops += socket.newDrops();
        }
        return kernelDrops;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Here also: the interface was deleted, renamed, or moved to another namespace.
     */
    @Override
    public synchronized boolean isOrphaned() {
        try {
            return !closed && (!socket.isAttached() || super.isOrphaned());
        } catch (final PortException e) {
            return true;
        }
    }

    @Override
    public boolean receive(final FrameVector vector, final int budget) {
        if (isDown()) {
            return false;
        }
        int bytes = bytesIn(vector);
        int left = budget;
        while (left > 0 && !vector.isFull() && bytes < FrameVector.MAX_BYTES) {
            final int wanted = Math.min(Math.min(expected, left), FrameVector.CAPACITY - vector.size());
            final int taken = takeSlots(wanted);
            if (taken == 0) {
                if (!discard()) {
                    return false;
                }
                left--;
                continue;
            }
            final int result = calls.recvmmsg(fd, incoming.address(0), taken, Message.DONT_WAIT);
            final int count = Math.max(0, result);
            for (int i = taken - 1; i >= count; i--) {
                pool.unused(slots[i]);
            }
            for (int i = 0; i < count; i++) {
                bytes += accept(i, vector);
            }
            if (count > 0 && state() == PortState.NO_CARRIER) {
                // Perhaps from before it was set down, perhaps it is up again.
                askLink(System.nanoTime());
            }
            left -= Math.max(1, count);
            if (result < 0 ? !readAgain(-result) : !expectMore(count, taken)) {
                return false;
            }
        }
        return true;
    }

    /** Gets ready for at most {@code wanted} frames; fewer, or 0, if the pool has no more. */
    private int takeSlots(final int wanted) {
        for (int i = 0; i < wanted; i++) {
            final Frame frame = pool.receive(index);
            if (frame == null) {
                return i;
            }
            slots[i] = frame;
            incoming.expect(i, frame.buffer.addressOffset() + frame.offset - vnetHeaderLength, ROOM);
        }
        return wanted;
    }

    /** Adapts to the load; false if the queue is empty, or has an error to tell, with which it polls readable. */
    private boolean expectMore(final int count, final int asked) {
        if (count == asked) {
            expected = Math.min(MAX_RECEIVED, 2 * expected);
            return true;
        }
        expected = Math.min(MAX_RECEIVED, Math.max(MIN_RECEIVED, count + 1));
        return false;
    }

    /** Octets of the frame. */
    private int accept(final int i, final FrameVector vector) {
        final Frame frame = slots[i];
        frame.length = incoming.length(i) - vnetHeaderLength;
        VnetHeader.read(frame, frame.offset - vnetHeaderLength);
        final int tag = incoming.tag(i);
        if (tag != 0 && frame.length >= Ethernet.HEADER_LENGTH) {
            putTag(frame, tag);
        }
        final int length = frame.length;
        accept(frame, vector);
        return length;
    }

    /** IEEE 802.1Q-2018 clause 9: the tag stands behind the MACs, which move into the headroom. Offsets stay true. */
    private static void putTag(final Frame frame, final int tag) {
        final UnsafeBuffer buffer = frame.buffer;
        frame.push(Vlan.HEADER_LENGTH);
        final int start = frame.offset;
        buffer.putLong(start, buffer.getLong(start + Vlan.HEADER_LENGTH));
        buffer.putInt(start + 8, buffer.getInt(start + Vlan.HEADER_LENGTH + 8));
        Bytes.putI32(buffer, start + 12, tag);
    }

    @Override
    boolean readAgain(final int errno) {
        if (errno == Errno.EAGAIN) {
            return false;
        }
        if (errno == Errno.EINVAL) {
            // A super-frame of a kind that the header has no word for; the kernel has lost it.
            pool.refused(index, DropReason.BAD_OFFLOAD);
        } else if (errno != Errno.EINTR) {
            // An old error, mostly that the interface was set down; what came before may still be there.
            askLink(System.nanoTime());
        }
        return !isDown();
    }

    @Override
    public void transmit(final FrameVector vector) {
        final long now = System.nanoTime();
        if (!isDown() && (state() == PortState.NO_CARRIER || now - linkAskedAt >= LINK_NANOS)) {
            askLink(now);
        }
        if (state() != PortState.UP) {
            dropAll(vector, DropReason.PORT_DOWN);
            return;
        }
        for (int i = 0; i < vector.size(); i++) {
            final Frame frame = vector.get(i);
            if (takesWhole(frame)) {
                add(frame);
            } else {
                flush();
                transmitSegments(frame);
            }
        }
        flush();
        vector.clear();
    }

    private void add(final Frame frame) {
        if (pendingCount == MAX_SENT) {
            flush();
        }
        final int position = prepare(frame);
        outgoing.put(pendingCount, frame.buffer.addressOffset() + position, vnetHeaderLength + frame.length);
        pending[pendingCount++] = frame;
    }

    /** Sends what has gathered, in order; a frame that the kernel does not take ends a call, and the next goes on behind. */
    private void flush() {
        int done = 0;
        boolean oldErrorTold = false;
        while (done < pendingCount) {
            final int result = calls.sendmmsg(fd, outgoing.address(done), pendingCount - done, Message.DONT_WAIT);
            for (int i = 0; i < result; i++) {
                sent(pending[done++]);
            }
            if (result <= 0 && (oldErrorTold || result == -Errno.EAGAIN)) {
                notSent(pending[done++], -result);
            }
            // The first error may be one of receiving, or that the interface was down: the socket tells it once.
            oldErrorTold |= result < 0;
        }
        pendingCount = 0;
    }

    @Override
    void fail(final Frame frame, final int errno) {
        switch (errno) {
            case Errno.EAGAIN, Errno.ENOBUFS, Errno.ENOMEM -> drop(frame, DropReason.TX_FULL);
            case Errno.EMSGSIZE -> drop(frame, DropReason.MTU_EXCEEDED);
            case Errno.ENETDOWN, Errno.ENXIO, Errno.ENODEV -> {
                askLink(System.nanoTime());
                drop(frame, DropReason.PORT_DOWN);
            }
            default -> drop(frame, DropReason.TX_ERROR);
        }
    }

    private void askLink(final long now) {
        linkAskedAt = now;
        switch (link.state()) {
            case LinkWatch.UP -> works();
            case LinkWatch.NO_CARRIER -> noCarrier(noCarrierReason);
            case LinkWatch.SET_DOWN -> noCarrier(downReason);
            default -> down(goneReason);
        }
    }

    /** Closes the socket; the interface stays, and is what it was. Not while the worker uses the port. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            down("closed");
            Libc.close(fd);
        }
    }
}
