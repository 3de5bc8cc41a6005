// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.port.NetworkNamespace;
import io.weft.port.PortException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One TCP connection from a namespace to another, each octet of which is compared where it arrives. */
final class TcpTransfer {
    private static final int BLOCK = 1 << 20;
    private static final int LIMIT_SECONDS = 60;

    /** What is sent, again and again. */
    private static final byte[] PATTERN = new byte[BLOCK];

    static {
        new Random(20).nextBytes(PATTERN);
    }

    private TcpTransfer() {}

    /**
     * Sends {@code octets} and waits until the receiver has them, or the sender's end.
     *
     * @return how many arrived, all as they were sent
     * @throws TimeoutException if that takes longer than a minute
     */
    static long run(final String from, final String to, final InetAddress address, final long octets)
            throws PortException, IOException, InterruptedException, ExecutionException, TimeoutException {
        final ProtocolFamily family =
                address instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        try (ServerSocketChannel server = NetworkNamespace.call(to, () -> open(family));
                SocketChannel sender = NetworkNamespace.call(from, () -> connector(family))) {
            server.bind(new InetSocketAddress(address, 0));
            final FutureTask<Long> received = started("tcp-receiver", new FutureTask<>(() -> receive(server)));
            final FutureTask<Long> sent = started("tcp-sender", new FutureTask<>(() -> send(sender, server, octets)));
            sent.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            return received.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static ServerSocketChannel open(final ProtocolFamily family) {
        try {
            return ServerSocketChannel.open(family);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SocketChannel connector(final ProtocolFamily family) {
        try {
            return SocketChannel.open(family);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FutureTask<Long> started(final String name, final FutureTask<Long> task) {
        Thread.ofPlatform().daemon().name(name).start(task);
        return task;
    }

    private static long send(final SocketChannel sender, final ServerSocketChannel server, final long octets)
            throws IOException {
        sender.connect(server.getLocalAddress());
        final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK).put(PATTERN);
        long left = octets;
        while (left > 0) {
            block.position(0).limit((int) Math.min(left, BLOCK));
            while (block.hasRemaining()) {
                left -= sender.write(block);
            }
        }
        sender.shutdownOutput();
        return octets;
    }

    private static long receive(final ServerSocketChannel server) throws IOException {
        try (SocketChannel receiver = server.accept()) {
            final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
            final ByteBuffer pattern = ByteBuffer.allocateDirect(BLOCK).put(PATTERN);
            long count = 0;
            // Read up to the block's end, so that what was read stands where the pattern has it.
            while (receiver.read(block) >= 0) {
                final int start = (int) (count % BLOCK);
                final int end = block.position();
                final int mismatch = block.slice(start, end - start).mismatch(pattern.slice(start, end - start));
                if (mismatch >= 0) {
                    throw new AssertionError("octet " + (count + mismatch) + " is not the one that was sent");
                }
                count += end - start;
                if (end == BLOCK) {
                    block.clear();
                }
            }
            return count;
        }
    }
}
