// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A TAP interface with virtio-net headers: super-frames whole, no copy but the kernel's. A frame by itself is read and
 * written by read(2) and write(2), several at once by one system call for all ({@link IoUring}), where the kernel lets us.
 */
public final class TapPort extends VnetPort {
    /** Fewer frames are as quick one by one: a ping is. */
    private static final int WORTH_A_RING = 5;

    private final TapDevice device;
    private final @Nullable IoUring ring;
    private final Frame[] batch = new Frame[IoUring.CAPACITY];
    /** Frames that the last {@link #receive} brought. */
    private int expected;
    /** Octets of one of them, on average. */
    private int expectedLength;

    private boolean closed;

    private TapPort(final int index, final TapDevice device, final FramePool pool) {
        super(index, device, pool);
        this.device = device;
        this.ring = IoUring.open(fd);
    }

    /**
     * Makes the interface, sets it up, and opens the port.
     *
     * @param index of the port in its worker
     * @throws PortException if any step fails; nothing is left behind then
     */
    public static TapPort open(final int index, final TapConfig config, final FramePool pool) throws PortException {
        return open(index, config, List.of(pool)).getFirst();
    }

    /**
     * The same with a queue for each of several workers: a port each, in the order of their pools.
     *
     * @param pools of the workers
     */
    public static List<TapPort> open(final int index, final TapConfig config, final List<FramePool> pools)
            throws PortException {
        return ports(
                index, NetworkNamespace.call(config.namespace(), () -> TapDevice.open(config, pools.size())), pools);
    }

    /**
     * Opens the port on an interface that somebody else made and set up. Its descriptors are the port's from now on.
     *
     * @param tap with a queue for each of {@code pools}
     */
    public static List<TapPort> open(final int index, final AdoptedTap tap, final List<FramePool> pools)
            throws PortException {
        if (tap.queues() != pools.size()) {
            throw new PortException("the interface has " + tap.queues() + " queues, the workers are " + pools.size());
        }
        return ports(index, tap.take(), pools);
    }

    private static List<TapPort> ports(final int index, final List<TapDevice> devices, final List<FramePool> pools) {
        final List<TapPort> ports = new ArrayList<>();
        for (int queue = 0; queue < pools.size(); queue++) {
            ports.add(new TapPort(index, devices.get(queue), pools.get(queue)));
        }
        return ports;
    }

    /** What the kernel granted, for people: {@code csum tso4 tso6 ecn uso}, or {@code off}. */
    public String offloads() {
        final StringBuilder text = new StringBuilder();
        text.append(device.has(TapDevice.CHECKSUM) ? "csum " : "")
                .append(device.has(TapDevice.TSO4) ? "tso4 " : "")
                .append(device.has(TapDevice.TSO6) ? "tso6 " : "")
                .append(device.has(TapDevice.TSO_ECN) ? "ecn " : "")
                .append(device.has(TapDevice.USO) ? "uso " : "");
        return text.isEmpty() ? "off" : text.toString().strip();
    }

    @Override
    public boolean receive(final FrameVector vector, final int budget) {
        if (isDown()) {
            return false;
        }
        final int before = vector.size();
        final int bytesBefore = bytesIn(vector);
        int bytes = bytesBefore;
        int left = budget;
        // One more than the last time: its refusal says that there are no more.
        int wanted = expected + 1;
        boolean more = true;
        while (more && left > 0 && !vector.isFull() && bytes < FrameVector.MAX_BYTES) {
            final int size = vector.size();
            final int room = Math.min(Math.min(left, FrameVector.CAPACITY - size), fitting(bytes));
            if (ring == null || Math.min(wanted, room) < WORTH_A_RING) {
                more = receiveOne(vector);
                left--;
            } else {
                final int count = Math.min(wanted, room);
                more = receiveSeveral(ring, vector, count);
                left -= count;
            }
            for (int i = size; i < vector.size(); i++) {
                bytes += vector.get(i).length;
            }
            wanted = Math.min(2 * wanted, IoUring.CAPACITY);
        }
        expected = vector.size() - before;
        expectedLength = expected == 0 ? 0 : (bytes - bytesBefore) / expected;
        return more;
    }

    /** How many frames a vector may still take that has so many octets, if they are as long as the last ones. */
    private int fitting(final int bytes) {
        return Math.min(IoUring.CAPACITY, 1 + (FrameVector.MAX_BYTES - bytes) / (expectedLength + 1));
    }

    /** False if there was none. */
    private boolean receiveOne(final FrameVector vector) {
        final Frame frame = pool.receive(index);
        if (frame == null) {
            return discard();
        }
        final int position = frame.offset - vnetHeaderLength;
        final int result =
                (int) calls.read(fd, frame.buffer.addressOffset() + position, vnetHeaderLength + MAX_FRAME_LENGTH);
        if (result < vnetHeaderLength) {
            return takeNothing(frame, result);
        }
        take(frame, result, vector);
        return true;
    }

    /** False if there were not as many. */
    private boolean receiveSeveral(final IoUring several, final FrameVector vector, final int count) {
        int asked = 0;
        while (asked < count) {
            final Frame frame = pool.receive(index);
            if (frame == null) {
                break;
            }
            several.read(
                    frame.buffer.addressOffset() + frame.offset - vnetHeaderLength,
                    vnetHeaderLength + MAX_FRAME_LENGTH);
            batch[asked++] = frame;
        }
        if (asked == 0) {
            return discard();
        }
        several.submit();
        for (int i = 0; i < asked; i++) {
            if (several.result(i) >= vnetHeaderLength) {
                take(batch[i], several.result(i), vector);
            }
        }
        boolean more = true;
        // Backwards: the slots that come next are those that were to be used next.
        for (int i = asked - 1; i >= 0; i--) {
            if (several.result(i) < vnetHeaderLength) {
                more &= takeNothing(batch[i], several.result(i));
            }
        }
        return more;
    }

    private void take(final Frame frame, final int result, final FrameVector vector) {
        frame.length = result - vnetHeaderLength;
        VnetHeader.read(frame, frame.offset - vnetHeaderLength);
        accept(frame, vector);
    }

    /** False if there was no frame. One shorter than its own header can't be; it is skipped. */
    private boolean takeNothing(final Frame frame, final int result) {
        pool.unused(frame);
        return result >= 0 || readAgain(-result);
    }

    @Override
    boolean readAgain(final int errno) {
        if (errno == Errno.EINTR) {
            return true;
        }
        if (errno != Errno.EAGAIN) {
            down(isGone(errno) ? goneReason : "read: " + Errno.text(errno));
        }
        return false;
    }

    @Override
    public void transmit(final FrameVector vector) {
        if (isDown()) {
            dropAll(vector, DropReason.PORT_DOWN);
            return;
        }
        final IoUring several = ring;
        if (several == null || vector.size() < WORTH_A_RING) {
            for (int i = 0; i < vector.size(); i++) {
                transmit(vector.get(i));
            }
        } else {
            transmitSeveral(several, vector);
        }
        vector.clear();
    }

    private void transmitSeveral(final IoUring several, final FrameVector vector) {
        int count = 0;
        for (int i = 0; i < vector.size(); i++) {
            final Frame frame = vector.get(i);
            if (count == IoUring.CAPACITY || !takesWhole(frame)) {
                submit(several, count);
                count = 0;
            }
            if (takesWhole(frame)) {
                final int position = prepare(frame);
                several.write(frame.buffer.addressOffset() + position, vnetHeaderLength + frame.length);
                batch[count++] = frame;
            } else {
                transmitSegments(frame);
            }
        }
        submit(several, count);
    }

    private void submit(final IoUring several, final int count) {
        if (count == 0) {
            return;
        }
        several.submit();
        for (int i = 0; i < count; i++) {
            settle(batch[i], several.result(i));
        }
    }

    private void transmit(final Frame frame) {
        if (!takesWhole(frame)) {
            transmitSegments(frame);
            return;
        }
        settle(frame, write(frame));
    }

    private void settle(final Frame frame, final long result) {
        if (result >= 0) {
            sent(frame);
        } else {
            notSent(frame, (int) -result);
        }
    }

    @Override
    void fail(final Frame frame, final int errno) {
        if (errno == Errno.EAGAIN || errno == Errno.ENOBUFS) {
            drop(frame, DropReason.TX_FULL);
        } else if (errno == Errno.EIO) {
            noCarrier(downReason);
            drop(frame, DropReason.PORT_DOWN);
        } else if (isGone(errno)) {
            down(goneReason);
            drop(frame, DropReason.PORT_DOWN);
        } else {
            drop(frame, DropReason.TX_ERROR);
        }
    }

    private static boolean isGone(final int errno) {
        return errno == Errno.EBADFD || errno == Errno.ENODEV || errno == Errno.ENXIO;
    }

    /** Closes the descriptor, by which the interface ends. Not while the worker uses the port. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            down("closed");
            if (ring != null) {
                ring.close();
            }
            Libc.close(fd);
        }
    }
}
