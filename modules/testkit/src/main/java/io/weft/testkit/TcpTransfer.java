// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

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

/**
 * One TCP connection over the kernel's own stack, each octet of which is compared where it arrives. A socket belongs to the
 * network namespace of the thread that opens it: the caller opens both ends where they shall be.
 */
public final class TcpTransfer implements AutoCloseable {
    private static final int BLOCK = 1 << 20;
    private static final int LIMIT_SECONDS = 60;

    /** What is sent, again and again. */
    private static final byte[] PATTERN = new byte[BLOCK];

    static {
        new Random(20).nextBytes(PATTERN);
    }

    private final ServerSocketChannel server;
    private final SocketChannel sender;

    /** Takes both ends over. */
    public TcpTransfer(final ServerSocketChannel server, final SocketChannel sender) {
        this.server = server;
        this.sender = sender;
    }

    /** Opens the receiving end in the calling thread's namespace. */
    public static ServerSocketChannel receiver(final InetAddress address) {
        try {
            final ServerSocketChannel channel = ServerSocketChannel.open(family(address));
            channel.bind(new InetSocketAddress(address, 0));
            return channel;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Opens the sending end in the calling thread's namespace. */
    public static SocketChannel sender(final InetAddress address) {
        try {
            return SocketChannel.open(family(address));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ProtocolFamily family(final InetAddress address) {
        return address instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
    }

    /**
     * Sends {@code octets} and waits until the receiver has them, or the sender's end.
     *
     * @return how many arrived, all as they were sent
     * @throws TimeoutException if that takes longer than a minute or two
     */
    public long run(final long octets) throws InterruptedException, ExecutionException, TimeoutException {
        final FutureTask<Long> received = started("tcp-receiver", new FutureTask<>(this::receive));
        final FutureTask<Long> sent = started("tcp-sender", new FutureTask<>(() -> send(octets)));
        sent.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        return received.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private static FutureTask<Long> started(final String name, final FutureTask<Long> task) {
        Thread.ofPlatform().daemon().name(name).start(task);
        return task;
    }

    private long send(final long octets) throws IOException {
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

    private long receive() throws IOException {
        try (SocketChannel receiver = server.accept()) {
            final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
            final ByteBuffer pattern = ByteBuffer.allocateDirect(BLOCK).put(PATTERN);
            long count = 0;
            // Read up to the block's end, so that what was read stands where the pattern has it.
            while (receiver.read(block) >= 0) {
                final int start = (int) (count % BLOCK);
                final int length = block.position() - start;
                final int mismatch = block.slice(start, length).mismatch(pattern.slice(start, length));
                if (mismatch >= 0) {
                    throw new AssertionError("octet " + (count + mismatch) + " is not the one that was sent");
                }
                count += length;
                if (!block.hasRemaining()) {
                    block.clear();
                }
            }
            return count;
        }
    }

    @Override
    public void close() throws IOException {
        sender.close();
        server.close();
    }
}
