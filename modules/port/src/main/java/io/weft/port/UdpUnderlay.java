// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.wire.IpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The underlay over the kernel's UDP: datagram trains in by UDP_GRO, out by UDP_SEGMENT. The kernel checks and computes
 * outer checksums; it never fragments (RFC 7348 section 4.3).
 *
 * <p>Path MTU (RFC 1191, RFC 8201): a router that can't forward a packet tells the kernel. That packet is lost unseen; the
 * next one of its length the kernel refuses, and the {@link PathMtuListener} hears what the path takes. Without one, or
 * where the underlay loses ICMP, long packets vanish.
 *
 * <p>Remotes and local address are of one family. Not seen: other ICMP errors, since the sending sockets serve many.
 */
public final class UdpUnderlay extends AbstractPort implements UnderlayPort {
    private static final int SCRATCH_LENGTH = 64;
    private static final int MAX_GSO_SIZE = 65_536;
    /** IPv4 and TCP with time stamps. */
    private static final int USUAL_HEADERS = 52;
    /** What the kernel takes off gso_max_size before it counts segments (MAX_TCP_HEADER + 1). */
    private static final int KERNEL_HEADER_ROOM = 321;
    /** How often the kernel is asked for the path to one VTEP at most. */
    private static final long PATH_MTU_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final SystemCalls calls = new SystemCalls();
    private final UdpSockets sockets;
    private final UdpConfig config;
    private final Remotes remotes;
    private final DatagramBatch batch;
    private final Message incoming = new Message(1);
    private final UnsafeBuffer scratch = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SCRATCH_LENGTH, 64));
    private @Nullable PathMtuListener pathMtuListener;
    /** When the path to each VTEP was asked for last. */
    private final long[] pathAskedAt;

    private boolean closed;

    private UdpUnderlay(final int index, final UdpConfig config, final UdpSockets sockets, final FramePool pool) {
        super(index, config.name(), pool);
        this.config = config;
        this.sockets = sockets;
        this.remotes = new Remotes(config.maxRemotes());
        this.batch = new DatagramBatch(this, sockets.senders(), remotes, config.offloads());
        this.pathAskedAt = new long[config.maxRemotes()];
    }

    /**
     * Opens and binds the sockets.
     *
     * @throws PortException if the address is not there or the port is taken; nothing is left behind then
     */
    public static UdpUnderlay open(final int index, final UdpConfig config, final FramePool pool) throws PortException {
        return open(index, config, List.of(pool)).getFirst();
    }

    /**
     * The same for several workers: a port each, in the order of their pools. The kernel gives every outer flow to one of
     * them.
     *
     * @param pools of the workers
     */
    public static List<UdpUnderlay> open(final int index, final UdpConfig config, final List<FramePool> pools)
            throws PortException {
        final List<UdpSockets> sockets =
                NetworkNamespace.call(config.namespace(), () -> UdpSockets.open(config, pools.size()));
        final List<UdpUnderlay> ports = new ArrayList<>();
        for (int queue = 0; queue < pools.size(); queue++) {
            ports.add(new UdpUnderlay(index, config, sockets.get(queue), pools.get(queue)));
        }
        return ports;
    }

    /**
     * The MTU of the interface that has {@code address}, from which the MTU of networks follows.
     *
     * @throws PortException if the address is none of the namespace's
     */
    public static int underlayMtu(final @Nullable String namespace, final IpAddress address) throws PortException {
        final int mtu = NetworkNamespace.call(namespace, () -> InterfaceConfig.mtuOf(address));
        if (mtu < 0) {
            throw new PortException(address + " is not an address of this namespace");
        }
        return mtu;
    }

    /** UDP source port from which frames of a flow are sent; where another socket had it, one of the next. */
    public static int sourcePort(final int flowHash) {
        return UdpSockets.sourcePort(flowHash);
    }

    /**
     * The largest super-frame of which all segments fit one sendmsg(2). A pod that sends a little more makes a second,
     * short datagram train of every super-frame, with a system call, a wake-up and a write of its own: 5.6 Gbit/s between
     * two nodes instead of 7.1.
     *
     * @param mtu of the pod
     * @param tunnelHeaderLength octets in front of each segment's IP packet
     * @return octets as the kernel counts them for gso_max_size
     */
    public static int gsoMaxSize(final int mtu, final int tunnelHeaderLength) {
        final int segments =
                Math.min(DatagramBatch.MAX_DATAGRAMS, DatagramBatch.MAX_BYTES / (mtu + tunnelHeaderLength));
        return Math.min(MAX_GSO_SIZE, segments * (mtu - USUAL_HEADERS) + KERNEL_HEADER_ROOM);
    }

    @Override
    public int fileDescriptor() {
        return sockets.receiver();
    }

    @Override
    public void setRemote(final int vtep, final IpAddress address, final int udpPort) {
        remotes.set(vtep, address, udpPort);
        pathAskedAt[vtep] = System.nanoTime() - PATH_MTU_NANOS;
    }

    @Override
    public void removeRemote(final int vtep) {
        remotes.remove(vtep);
    }

    @Override
    public void pathMtuListener(final @Nullable PathMtuListener listener) {
        pathMtuListener = listener;
    }

    /** A datagram to {@code vtep} was longer than its path takes. */
    void tooLong(final int vtep) {
        final PathMtuListener listener = pathMtuListener;
        final long now = System.nanoTime();
        if (listener == null || now - pathAskedAt[vtep] < PATH_MTU_NANOS) {
            return;
        }
        pathAskedAt[vtep] = now;
        final int mtu = sockets.workersPaths().mtu(remotes.address(vtep), remotes.length(vtep));
        if (mtu > 0) {
            listener.onPathMtu(vtep, mtu);
        }
    }

    /**
     * What the kernel knows of the path to a remote now; it forgets a learned path MTU after ten minutes, and may learn one
     * by other means than this port. Control side, not the worker.
     *
     * @return octets of the longest IP packet
     * @throws PortException if there is no route
     */
    public synchronized int pathMtu(final IpAddress remote) throws PortException {
        final int mtu = closed ? -Errno.EBADFD : sockets.othersPaths().mtu(remote, config.udpPort());
        if (mtu < 0) {
            throw PortException.of("path to " + remote, -mtu);
        }
        return mtu;
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
            incoming.expect(frame.buffer.addressOffset() + frame.offset, MAX_FRAME_LENGTH);
            final long result = calls.recvmsg(sockets.receiver(), incoming.address(), Message.DONT_WAIT);
            if (result < 0) {
                pool.unused(frame);
                if (receiveAgain((int) -result)) {
                    continue;
                }
                return false;
            }
            frame.length = (int) result;
            bytes += frame.length;
            accept(frame, vector);
        }
        return true;
    }

    private void accept(final Frame frame, final FrameVector vector) {
        frame.remoteHigh = incoming.senderHigh();
        frame.remoteLow = incoming.senderLow();
        if (incoming.isTruncated()) {
            pool.received(frame);
            pool.drop(frame, DropReason.TOO_LONG);
            return;
        }
        int segments = 1;
        final int size = incoming.trainSegmentSize();
        if (size > 0 && size < frame.length) {
            frame.gsoType = Frame.GSO_UDP;
            frame.gsoSize = size;
            segments = (frame.length + size - 1) / size;
        }
        received(frame, segments, vector);
    }

    /** Takes one train off the queue; false if there was none. */
    private boolean discard() {
        incoming.expect(scratch.addressOffset(), SCRATCH_LENGTH);
        final long result = calls.recvmsg(sockets.receiver(), incoming.address(), Message.DONT_WAIT);
        if (result < 0) {
            return receiveAgain((int) -result);
        }
        pool.refused(index, DropReason.NO_FRAME_AVAILABLE);
        return true;
    }

    /** Every error but an empty queue is an old one that the call has cleared. */
    private static boolean receiveAgain(final int errno) {
        return errno != Errno.EAGAIN;
    }

    @Override
    public void transmit(final FrameVector vector) {
        if (isDown()) {
            dropAll(vector, DropReason.PORT_DOWN);
            return;
        }
        for (int i = 0; i < vector.size(); i++) {
            batch.add(vector.get(i));
        }
        batch.flush();
        vector.clear();
    }

    /**
     * Datagrams that the kernel lost before this port saw them. Control side, not the worker.
     *
     * @param full dropped at this port's socket, mostly because its buffer was full
     * @param badChecksum outer UDP checksum wrong, counted for all sockets of the namespace
     */
    public record KernelDrops(long full, long badChecksum) {}

    /** Reads both counts. */
    public KernelDrops kernelDrops() throws PortException {
        final boolean ipv4 = config.address().isIpv4();
        final long badChecksum = NetworkNamespace.call(
                config.namespace(), ipv4 ? UdpUnderlay::ipv4ChecksumErrors : UdpUnderlay::ipv6ChecksumErrors);
        return new KernelDrops(sockets.drops(), badChecksum);
    }

    /** Two lines that begin with "Udp:": names, values. */
    private static long ipv4ChecksumErrors() throws PortException {
        final List<String> lines =
                procNet("snmp").stream().filter(line -> line.startsWith("Udp:")).toList();
        if (lines.size() == 2) {
            final List<String> names = List.of(lines.get(0).split(" ", -1));
            final int column = names.indexOf("InCsumErrors");
            if (column > 0) {
                return Long.parseLong(lines.get(1).split(" ", -1)[column]);
            }
        }
        throw new PortException("/proc/net/snmp has no Udp InCsumErrors");
    }

    /** Name and value on a line. */
    private static long ipv6ChecksumErrors() throws PortException {
        for (final String line : procNet("snmp6")) {
            if (line.startsWith("Udp6InCsumErrors")) {
                return Long.parseLong(
                        line.substring("Udp6InCsumErrors".length()).strip());
            }
        }
        throw new PortException("/proc/net/snmp6 has no Udp6InCsumErrors");
    }

    private static List<String> procNet(final String file) throws PortException {
        // Not /proc/net, which is the namespace of the process's first thread.
        final Path path = Path.of("/proc/thread-self/net", file);
        try {
            return Files.readAllLines(path, StandardCharsets.US_ASCII);
        } catch (final IOException e) {
            throw new PortException("read " + path + ": " + e.getMessage(), e);
        }
    }

    /** Closes the sockets. Not while the worker uses the port. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            down("closed");
            sockets.close();
        }
    }
}
