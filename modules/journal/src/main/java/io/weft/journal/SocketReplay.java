// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.wire.IpAddress;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Recorded flows over real sockets between pods. UDP: as many datagrams each way as frames were recorded, of sizes that give the
 * recorded octets of IP packets exactly. TCP: a connection over which each end sends the recorded octets less {@value #TCP_HEADER}
 * and the IP header for each frame, in parts spread over the flow's duration; what frames that makes is the kernel's. Ports are
 * ones that are free, not those recorded: pods may use these. Other protocols, and flows with an end outside, are left out and counted.
 *
 * <p>At most {@code concurrency} flows at a time: more have to wait, which shows as lateness.
 */
public final class SocketReplay {
    /** Octets of a TCP header with timestamps. */
    static final int TCP_HEADER = 32;

    private final PodSockets sockets;
    private final double speed;
    private final int concurrency;
    private final Semaphore places;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final List<Long> lateness = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong failed = new AtomicLong();
    private volatile String reason = "";
    private long otherProtocol;
    private long outside;
    private long recorded;
    private long payload;
    private long begun;

    /** With {@code speed} times the recorded speed. */
    public SocketReplay(final PodSockets sockets, final double speed, final int concurrency) {
        if (!(speed > 0) || Double.isInfinite(speed)) {
            throw new IllegalArgumentException("--speed must be larger than 0");
        }
        this.sockets = sockets;
        this.speed = speed;
        this.concurrency = concurrency;
        places = new Semaphore(concurrency);
    }

    /** Replays all flows, which are in the order of their starts, and waits for their ends. An interrupt ends it. */
    public ReplayReport run(final List<RecordedFlow> flows) throws InterruptedException {
        begun = System.nanoTime();
        final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
        try {
            for (final RecordedFlow flow : flows) {
                if (isReplayed(flow)) {
                    TimeUnit.NANOSECONDS.sleep(due(flow.start()) - System.nanoTime());
                    places.acquire();
                    executor.execute(() -> replay(flow, executor));
                }
            }
            // All places are free again when all flows have ended.
            places.acquire(concurrency);
        } finally {
            executor.shutdownNow();
        }
        return report();
    }

    private boolean isReplayed(final RecordedFlow flow) {
        if (!flow.isTcp() && !flow.isUdp()) {
            otherProtocol++;
            return false;
        }
        if (sockets.pod(flow.source()) == null || sockets.pod(flow.destination()) == null) {
            outside++;
            return false;
        }
        recorded += flow.octets() + flow.replyOctets();
        payload += payload(flow, false) + payload(flow, true);
        return true;
    }

    /** Octets that an application sends in a direction. */
    static long payload(final RecordedFlow flow, final boolean reply) {
        final int headers = flow.ipHeaderLength() + (flow.isTcp() ? TCP_HEADER : SocketFlow.UDP_HEADER);
        return Math.max(0, flow.octets(reply) - flow.frames(reply) * headers);
    }

    /** When something is due that was so long after the first flow's start, as {@link System#nanoTime} tells. */
    private long due(final long recordedNanos) {
        return begun + (long) (recordedNanos / speed);
    }

    private void replay(final RecordedFlow flow, final ExecutorService executor) {
        final SocketFlow replayed =
                new SocketFlow(flow, due(flow.start()), (long) (flow.duration() / speed), sent, received);
        try {
            if (flow.isTcp()) {
                tcp(flow, replayed, executor);
            } else {
                udp(flow, replayed, executor);
            }
            lateness.add(Math.max(0, System.nanoTime() - due(flow.start() + flow.duration())));
        } catch (final IOException | ExecutionException e) {
            failed.incrementAndGet();
            final Throwable cause = e.getCause() == null ? e : e.getCause();
            reason = flow.source() + " -> " + flow.destination() + ": " + cause.getMessage();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            failed.incrementAndGet();
        } finally {
            places.release();
        }
    }

    private void udp(final RecordedFlow flow, final SocketFlow replayed, final ExecutorService executor)
            throws IOException, InterruptedException, ExecutionException {
        try (DatagramSocket source = in(flow.source(), () -> new DatagramSocket(any(flow.source())));
                DatagramSocket destination =
                        in(flow.destination(), () -> new DatagramSocket(any(flow.destination())))) {
            source.connect(destination.getLocalSocketAddress());
            destination.connect(source.getLocalSocketAddress());
            replayed.udp(source, destination, executor);
        }
    }

    private void tcp(final RecordedFlow flow, final SocketFlow replayed, final ExecutorService executor)
            throws IOException, InterruptedException, ExecutionException {
        try (ServerSocket listener = in(flow.destination(), () -> {
                    final ServerSocket opened = new ServerSocket();
                    opened.bind(any(flow.destination()), 1);
                    return opened;
                });
                Socket source = in(flow.source(), () -> {
                    final Socket opened = new Socket();
                    opened.bind(any(flow.source()));
                    return opened;
                })) {
            source.connect(listener.getLocalSocketAddress(), SocketFlow.PATIENCE_MILLIS);
            listener.setSoTimeout(SocketFlow.PATIENCE_MILLIS);
            try (Socket destination = listener.accept()) {
                replayed.tcp(source, destination, executor);
            }
        }
    }

    private <T> T in(final IpAddress address, final PodSockets.Opener<T> opener) throws IOException {
        final @Nullable String pod = sockets.pod(address);
        if (pod == null) {
            throw new IOException("no pod has " + address + " any more");
        }
        return sockets.open(pod, opener);
    }

    /** Any free port of the pod's address. */
    private static InetSocketAddress any(final IpAddress address) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByAddress(address.octets()), 0);
    }

    private ReplayReport report() {
        final List<Long> sorted = lateness.stream().sorted().toList();
        return new ReplayReport(
                sorted.size(),
                failed.get(),
                reason,
                otherProtocol,
                outside,
                recorded,
                payload,
                sent.get(),
                received.get(),
                ReplayReport.percentile(sorted, 0.5),
                ReplayReport.percentile(sorted, 0.99));
    }
}
