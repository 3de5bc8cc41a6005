// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Counters;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.port.NetworkNamespace;
import io.weft.port.PacketConfig;
import io.weft.port.PacketPort;
import io.weft.port.Port;
import io.weft.port.PortException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The generator: sends frames out of one pod's interface and takes them in at another's, both by packet sockets. While it
 * is open, a UDP socket that nobody reads stands at the receiving pod's port, so that its kernel does not answer.
 */
final class UdpTraffic implements AutoCloseable {
    private static final String DEV = "eth0";
    private static final int SENDER = 0;
    private static final int RECEIVER = 1;
    /** What arrives later is lost. */
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private final Port from;
    private final Port to;
    private final FramePool senderPool;
    private final FramePool receiverPool;
    private final UdpFlows.Addresses addresses;
    private final UdpSender sender;
    private final @Nullable DatagramChannel sink;
    private int trials;
    private long late;

    /** Over ports that are open; {@code pools} are theirs. */
    UdpTraffic(
            final Port from,
            final FramePool senderPool,
            final Port to,
            final FramePool receiverPool,
            final UdpFlows.Addresses addresses) {
        this(from, senderPool, to, receiverPool, addresses, null);
    }

    private UdpTraffic(
            final Port from,
            final FramePool senderPool,
            final Port to,
            final FramePool receiverPool,
            final UdpFlows.Addresses addresses,
            final @Nullable DatagramChannel sink) {
        this.from = from;
        this.to = to;
        this.senderPool = senderPool;
        this.receiverPool = receiverPool;
        this.addresses = addresses;
        this.sender = new UdpSender(from, senderPool);
        this.sink = sink;
    }

    /** Opens it on {@code eth0} of two pods. */
    static UdpTraffic open(final String sendingPod, final String receivingPod, final UdpFlows.Addresses addresses)
            throws BenchException {
        final FramePool senderPool = new FramePool(2 * UdpSender.BATCH, Counters.inMemory(1));
        final FramePool receiverPool = new FramePool(2 * FrameVector.CAPACITY, Counters.inMemory(2));
        PacketPort from = null;
        PacketPort to = null;
        DatagramChannel sink = null;
        try {
            from = PacketPort.open(SENDER, new PacketConfig("from", sendingPod, DEV, true), senderPool);
            to = PacketPort.open(RECEIVER, new PacketConfig("to", receivingPod, DEV, true), receiverPool);
            sink = NetworkNamespace.call(receivingPod, UdpTraffic::sink);
            return new UdpTraffic(from, senderPool, to, receiverPool, addresses, sink);
        } catch (final PortException e) {
            closeAll(from, to, sink);
            throw new BenchException("generator: " + e.getMessage(), e);
        }
    }

    private static DatagramChannel sink() throws PortException {
        try {
            return DatagramChannel.open(StandardProtocolFamily.INET)
                    .setOption(StandardSocketOptions.SO_RCVBUF, 1)
                    .bind(new InetSocketAddress(UdpFlows.DESTINATION_PORT));
        } catch (final IOException e) {
            throw new PortException("UDP socket: " + e.getMessage(), e);
        }
    }

    /**
     * Sends frames at a rate and waits for them.
     *
     * @param length octets of a frame without its check sequence
     * @param framesPerSecond infinity: as many as go out
     */
    UdpTrial trial(final int length, final double framesPerSecond, final double seconds) throws BenchException {
        trials++;
        final UdpReceiver receiver;
        try {
            receiver = new UdpReceiver(to, receiverPool, trials);
        } catch (final PortException e) {
            throw new BenchException("generator: " + e.getMessage(), e);
        }
        final Thread thread = Thread.ofPlatform().name("receiver").daemon().start(receiver);
        try {
            final UdpFlows flows = new UdpFlows(addresses, length, trials);
            sender.send(flows, framesPerSecond, (long) (seconds * TimeUnit.SECONDS.toNanos(1)));
            awaitStragglers(receiver, sender.sent());
        } finally {
            receiver.stop();
            join(thread);
            late += receiver.late();
        }
        return receiver.trial(sender.framesPerSecond(), sender.sent());
    }

    /** Frames, of all trials so far, that came during a later trial; their own counted them as lost. */
    long late() {
        return late;
    }

    /** Frames, of all trials so far, that the sending pod's interface refused. */
    long refused() {
        return senderPool.counters().get(WorkerCounter.DROPPED);
    }

    /** Frames of anybody that the kernel lost since this is open, because they were not taken in time. */
    long kernelDrops() throws BenchException {
        try {
            return to instanceof PacketPort packet ? packet.kernelDrops() : 0;
        } catch (final PortException e) {
            throw new BenchException("generator: " + e.getMessage(), e);
        }
    }

    private static void awaitStragglers(final UdpReceiver receiver, final long sent) {
        long arrived = receiver.arrived();
        long since = System.nanoTime();
        while (arrived < sent && System.nanoTime() - since < QUIET_NANOS) {
            LockSupport.parkNanos(LOOK_NANOS);
            if (receiver.arrived() != arrived) {
                arrived = receiver.arrived();
                since = System.nanoTime();
            }
        }
    }

    private static void join(final Thread thread) throws BenchException {
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    private static void closeAll(
            final @Nullable Port from, final @Nullable Port to, final @Nullable DatagramChannel sink) {
        if (from != null) {
            from.close();
        }
        if (to != null) {
            to.close();
        }
        try {
            if (sink != null) {
                sink.close();
            }
        } catch (final IOException e) {
            // It goes with its namespace at the latest.
        }
    }

    @Override
    public void close() {
        closeAll(from, to, sink);
    }
}
