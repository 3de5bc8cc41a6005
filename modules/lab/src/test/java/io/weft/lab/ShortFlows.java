// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.port.NetworkNamespace;
import io.weft.port.PortException;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Connections and exchanges of datagrams from one pod to another, each short, of another size, and between ports of its own. The
 * servers are in the other pod until this is closed.
 */
final class ShortFlows implements Closeable {
    private static final int PORT = 7_000;
    /** Of the first UDP socket of an originator: below the ports that the kernel gives. */
    private static final int FIRST_PORT = 20_000;

    private static final int PORTS = 12_000;
    /** All instances count together: a port that is used again soon is the same flow. */
    private static final AtomicInteger COUNT = new AtomicInteger();

    private static final int PATIENCE_MILLIS = 10_000;
    private static final int BACKLOG = 512;
    private static final int BUFFER = 4_096;
    private static final int SIZES = 1_000;

    private final String namespace;
    private final InetSocketAddress server;
    private final ServerSocket connections;
    private final DatagramSocket datagrams;
    private volatile Closeable current = () -> {};
    private volatile boolean closed;

    /** Sockets belong to the namespace of the thread that opens them. */
    private interface Work<T> {
        T run() throws IOException;
    }

    ShortFlows(final RunningLab lab, final String from, final String to, final String address) throws IOException {
        namespace = lab.namespace(from);
        server = new InetSocketAddress(InetAddress.getByName(address), PORT);
        final String other = lab.namespace(to);
        connections = in(other, () -> new ServerSocket(PORT, BACKLOG, server.getAddress()));
        datagrams = in(other, () -> new DatagramSocket(server));
        Thread.ofPlatform().daemon().name("tcp-answers").start(this::answerConnections);
        Thread.ofPlatform().daemon().name("udp-answers").start(this::answerDatagrams);
    }

    private static <T> T in(final String namespace, final Work<T> work) throws IOException {
        try {
            return NetworkNamespace.call(namespace, () -> {
                try {
                    return work.run();
                } catch (final IOException e) {
                    throw new PortException("in " + namespace + ": " + e.getMessage(), e);
                }
            });
        } catch (final PortException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Until it is closed, which then is an error here: TCP connections one after the other. */
    void runOn() throws IOException {
        run(Integer.MAX_VALUE);
    }

    /** That many TCP connections one after the other, a request and an answer each, then as many UDP exchanges. */
    void run(final int each) throws IOException {
        in(namespace, () -> {
            for (int i = 0; i < each && !closed; i++) {
                connection(i);
            }
            for (int i = 0; i < each && !closed; i++) {
                exchange(i);
            }
            return each;
        });
    }

    private void connection(final int number) throws IOException {
        try (Socket socket = new Socket()) {
            current = socket;
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(server, PATIENCE_MILLIS);
            socket.getOutputStream().write(new byte[1 + number % SIZES]);
            socket.shutdownOutput();
            expect(socket.getInputStream().readAllBytes().length, number);
        }
    }

    private void exchange(final int number) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(FIRST_PORT + COUNT.getAndIncrement() % PORTS)) {
            current = socket;
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.send(new DatagramPacket(new byte[1 + number % SIZES], 1 + number % SIZES, server));
            final DatagramPacket answer = new DatagramPacket(new byte[BUFFER], BUFFER);
            socket.receive(answer);
            expect(answer.getLength(), number);
        }
    }

    private static void expect(final int answered, final int number) {
        if (answered != 1 + number % SIZES + 1) {
            throw new AssertionError(answered + " octets answer " + (1 + number % SIZES));
        }
    }

    private void answerConnections() {
        while (!connections.isClosed()) {
            try (Socket socket = connections.accept()) {
                final int asked = socket.getInputStream().readAllBytes().length;
                socket.getOutputStream().write(new byte[asked + 1]);
            } catch (final IOException e) {
                // Closed, or the other end is gone: the next one, if there is one.
            }
        }
    }

    private void answerDatagrams() {
        final DatagramPacket packet = new DatagramPacket(new byte[BUFFER], BUFFER);
        while (!datagrams.isClosed()) {
            try {
                packet.setLength(BUFFER);
                datagrams.receive(packet);
                packet.setLength(packet.getLength() + 1);
                datagrams.send(packet);
            } catch (final IOException e) {
                // As above.
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        current.close();
        connections.close();
        datagrams.close();
    }
}
