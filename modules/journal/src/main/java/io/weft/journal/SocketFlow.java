// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** One flow of a {@link SocketReplay}: both ends send and receive at the same time, a thread each. */
final class SocketFlow {
    /** Octets. */
    static final int UDP_HEADER = 8;
    /** How long an end waits for the other. */
    static final int PATIENCE_MILLIS = 10_000;

    private static final int MAX_DATAGRAM = 65_507;
    /** Octets of a part of a TCP flow, and nanoseconds between parts, if there are frames enough. */
    private static final int PART = 1 << 16;

    private static final long STEP = TimeUnit.MILLISECONDS.toNanos(10);
    /** How long a datagram may be on its way. */
    private static final int ON_ITS_WAY_MILLIS = 200;

    private final RecordedFlow flow;
    private final long start;
    private final long duration;
    private final AtomicLong sent;
    private final AtomicLong received;

    /**
     * Begins at {@code start} and takes {@code duration}.
     *
     * @param start as {@link System#nanoTime} tells
     * @param duration nanoseconds
     * @param sent octets of payload of all flows
     * @param received octets of payload of all flows
     */
    SocketFlow(
            final RecordedFlow flow,
            final long start,
            final long duration,
            final AtomicLong sent,
            final AtomicLong received) {
        this.flow = flow;
        this.start = start;
        this.duration = duration;
        this.sent = sent;
        this.received = received;
    }

    /** Between two sockets that are connected to each other. */
    void udp(final DatagramSocket source, final DatagramSocket destination, final ExecutorService executor)
            throws InterruptedException, ExecutionException {
        final List<Future<?>> parts = new ArrayList<>();
        for (final boolean reply : new boolean[] {false, true}) {
            final Future<?> sender = executor.submit(() -> sendDatagrams(reply ? destination : source, reply));
            parts.add(sender);
            parts.add(executor.submit(() -> receiveDatagrams(reply ? source : destination, reply, sender)));
        }
        await(parts);
    }

    private Void sendDatagrams(final DatagramSocket socket, final boolean reply)
            throws IOException, InterruptedException {
        final byte[] payload = new byte[longestDatagram(reply)];
        for (long i = 0; i < flow.frames(reply); i++) {
            waitFor(i, flow.frames(reply));
            final int length = datagramLength(reply, i);
            socket.send(new DatagramPacket(payload, length));
            sent.addAndGet(length);
        }
        return null;
    }

    private int longestDatagram(final boolean reply) {
        return flow.frames(reply) == 0 ? 0 : datagramLength(reply, 0);
    }

    private int datagramLength(final boolean reply, final long n) {
        return (int) Math.clamp(
                FrameReplay.packetLength(flow, reply, n) - flow.ipHeaderLength() - UDP_HEADER, 0L, MAX_DATAGRAM);
    }

    private Void receiveDatagrams(final DatagramSocket socket, final boolean reply, final Future<?> sender)
            throws IOException {
        final int longest = longestDatagram(reply);
        final DatagramPacket packet = new DatagramPacket(new byte[longest], longest);
        socket.setSoTimeout(ON_ITS_WAY_MILLIS);
        long count = 0;
        while (count < flow.frames(reply)) {
            final boolean last = sender.isDone();
            try {
                packet.setLength(longest);
                socket.receive(packet);
                received.addAndGet(packet.getLength());
                count++;
            } catch (final SocketTimeoutException e) {
                if (last) {
                    break;
                }
            }
        }
        return null;
    }

    /** Over the two ends of a connection. */
    void tcp(final Socket source, final Socket destination, final ExecutorService executor)
            throws IOException, InterruptedException, ExecutionException {
        source.setTcpNoDelay(true);
        destination.setTcpNoDelay(true);
        final List<Future<?>> parts = new ArrayList<>();
        for (final boolean reply : new boolean[] {false, true}) {
            final Socket from = reply ? destination : source;
            final Socket to = reply ? source : destination;
            to.setSoTimeout((int) TimeUnit.NANOSECONDS.toMillis(duration) + PATIENCE_MILLIS);
            parts.add(executor.submit(() -> sendStream(from, reply)));
            parts.add(executor.submit(() -> receiveStream(to, SocketReplay.payload(flow, reply))));
        }
        await(parts);
    }

    private Void sendStream(final Socket socket, final boolean reply) throws IOException, InterruptedException {
        final long all = SocketReplay.payload(flow, reply);
        final long parts = Math.clamp(Math.max(all / PART, duration / STEP), 1, Math.max(1, flow.frames(reply)));
        final byte[] payload = new byte[(int) Math.min(PART, all)];
        final OutputStream out = socket.getOutputStream();
        long done = 0;
        for (long i = 0; i < parts; i++) {
            waitFor(i, parts);
            final long end = i == parts - 1 ? all : all / parts * (i + 1);
            while (done < end) {
                final int length = (int) Math.min(payload.length, end - done);
                out.write(payload, 0, length);
                done += length;
                sent.addAndGet(length);
            }
        }
        socket.shutdownOutput();
        return null;
    }

    private Void receiveStream(final Socket socket, final long all) throws IOException {
        final byte[] payload = new byte[Math.clamp(all, 1, PART)];
        final InputStream in = socket.getInputStream();
        for (int length = in.read(payload); length >= 0; length = in.read(payload)) {
            received.addAndGet(length);
        }
        return null;
    }

    /** Until the time of the n-th of {@code count} parts, which are spread evenly. */
    private void waitFor(final long n, final long count) throws InterruptedException {
        final long due = start + (count <= 1 ? 0 : (long) ((double) duration * n / (count - 1)));
        final long left = due - System.nanoTime();
        if (left > 0) {
            TimeUnit.NANOSECONDS.sleep(left);
        }
    }

    private static void await(final List<Future<?>> parts) throws InterruptedException, ExecutionException {
        for (final Future<?> part : parts) {
            part.get();
        }
    }
}
