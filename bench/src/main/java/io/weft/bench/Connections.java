// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.Site.Ends;
import io.weft.port.NetworkNamespace;
import io.weft.port.PortException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Short TCP connections: connect, one octet there, one octet back, close; several clients at once, each one connection
 * after the other. The server closes first, so that the client's ports are free at once.
 */
final class Connections {
    private static final int CLIENTS = 4;
    private static final int PORT = 5203;
    private static final int BACKLOG = 1024;
    private static final long JOIN_MILLIS = 5_000;

    private final Ends ends;
    private final long end;
    private final AtomicLong done = new AtomicLong();
    private final AtomicReference<IOException> failure = new AtomicReference<>();

    private Connections(final Ends ends, final long end) {
        this.ends = ends;
        this.end = end;
    }

    /** Connections per second, for {@code seconds}. */
    static double run(final Ends ends, final double seconds) throws BenchException {
        final long start = System.nanoTime();
        return count(ends, seconds) / ((System.nanoTime() - start) / 1e9);
    }

    /** Connections in {@code seconds}. */
    static long count(final Ends ends, final double seconds) throws BenchException {
        final Connections connections =
                new Connections(ends, System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1)));
        try (ServerSocketChannel server = NetworkNamespace.call(ends.to(), Connections::listen)) {
            connections.all(server);
        } catch (final IOException | PortException e) {
            throw new BenchException("connections: " + e.getMessage(), e);
        }
        final IOException failure = connections.failure.get();
        if (failure != null) {
            throw new BenchException("connections: " + failure.getMessage(), failure);
        }
        return connections.done.get();
    }

    private static ServerSocketChannel listen() throws PortException {
        try {
            final ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.INET);
            return server.bind(new InetSocketAddress(PORT), BACKLOG);
        } catch (final IOException e) {
            throw new PortException("listen: " + e.getMessage(), e);
        }
    }

    private void all(final ServerSocketChannel server) throws IOException {
        final List<Thread> servers = new ArrayList<>();
        final List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            servers.add(Thread.ofPlatform().name("server").start(() -> serve(server)));
            clients.add(Thread.ofPlatform().name("client").start(this::connectInPod));
        }
        clients.forEach(Connections::join);
        server.close();
        servers.forEach(Connections::join);
    }

    private static void join(final Thread thread) {
        try {
            thread.join(JOIN_MILLIS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void serve(final ServerSocketChannel server) {
        final ByteBuffer octet = ByteBuffer.allocateDirect(1);
        while (server.isOpen()) {
            try (SocketChannel connection = server.accept()) {
                octet.clear();
                if (connection.read(octet) == 1) {
                    octet.flip();
                    connection.write(octet);
                }
            } catch (final IOException e) {
                // The end of the measurement, or a connection that the client will tell of.
            }
        }
    }

    /** Sockets belong to the namespace of the thread that makes them. */
    private void connectInPod() {
        try {
            final InetAddress address = InetAddress.getByName(ends.address());
            NetworkNamespace.call(ends.from(), () -> {
                connect(new InetSocketAddress(address, PORT));
                return 0;
            });
        } catch (final IOException e) {
            failure.compareAndSet(null, e);
        } catch (final PortException e) {
            failure.compareAndSet(null, new IOException(e.getMessage(), e));
        }
    }

    private void connect(final InetSocketAddress server) {
        final ByteBuffer octet = ByteBuffer.allocateDirect(1);
        while (System.nanoTime() - end < 0 && failure.get() == null) {
            try (SocketChannel connection = SocketChannel.open(StandardProtocolFamily.INET)) {
                connection.connect(server);
                octet.clear();
                connection.write(octet);
                octet.clear();
                if (connection.read(octet) != 1) {
                    throw new IOException("a connection broke off");
                }
                octet.clear();
                if (connection.read(octet) != -1) {
                    throw new IOException("a connection went on");
                }
                done.incrementAndGet();
            } catch (final IOException e) {
                failure.compareAndSet(null, e);
            }
        }
    }
}
