// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import java.util.ArrayList;
import java.util.List;

/**
 * A TAP interface with virtio-net headers: one read(2) or write(2) per frame, super-frames whole, no copy but the
 * kernel's.
 */
public final class TapPort extends VnetPort {
    private final TapDevice device;
    private boolean closed;

    private TapPort(final int index, final TapDevice device, final FramePool pool) {
        super(index, device, pool);
        this.device = device;
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
        final List<TapDevice> devices =
                NetworkNamespace.call(config.namespace(), () -> TapDevice.open(config, pools.size()));
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
        int bytes = bytesIn(vector);
        for (int i = 0; i < budget && !vector.isFull() && bytes < FrameVector.MAX_BYTES; i++) {
            final Frame frame = pool.receive(index);
            if (frame == null) {
                if (!discard()) {
                    return false;
                }
                continue;
            }
            final int position = frame.offset - vnetHeaderLength;
            final int room = vnetHeaderLength + MAX_FRAME_LENGTH;
            final long result = calls.read(fd, frame.buffer.addressOffset() + position, room);
            if (result < vnetHeaderLength) {
                pool.unused(frame);
                // A frame shorter than its own header can't be; it is skipped.
                if (result >= 0 || readAgain((int) -result)) {
                    continue;
                }
                return false;
            }
            frame.length = (int) result - vnetHeaderLength;
            bytes += frame.length;
            VnetHeader.read(frame, position);
            accept(frame, vector);
        }
        return true;
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
        for (int i = 0; i < vector.size(); i++) {
            transmit(vector.get(i));
        }
        vector.clear();
    }

    private void transmit(final Frame frame) {
        if (!takesWhole(frame)) {
            transmitSegments(frame);
            return;
        }
        final long result = write(frame);
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
            Libc.close(fd);
        }
    }
}
