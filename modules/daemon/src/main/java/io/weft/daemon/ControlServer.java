// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's end of the control socket: one virtual thread per client runs its command, another waits for the client to
 * close its half of the socket, or to go altogether, which interrupts the command. A client that is still there gets what is
 * left, and the exit code. At most {@link #MAX_CLIENTS} at once; the next wait in the kernel's queue.
 */
final class ControlServer implements AutoCloseable {
    static final int MAX_CLIENTS = 64;

    private static final int ENDED = 0;
    private static final int INTERNAL_ERROR = 2;

    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

    private final Path path;
    private final Handler handler;
    private final ServerSocketChannel server;
    private final Semaphore room = new Semaphore(MAX_CLIENTS);
    private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();

    /** Runs one command. */
    interface Handler {
        /** The exit code. Interrupted when the client wants no more, has gone, or the node ends. */
        int run(ControlProtocol.Request request, Reply reply) throws IOException, InterruptedException;
    }

    private ControlServer(final Path path, final Handler handler, final ServerSocketChannel server) {
        this.path = path;
        this.handler = handler;
        this.server = server;
    }

    /** Opens the socket, readable by its owner only. A file of that name is replaced: the caller holds the node's lock. */
    static ControlServer open(final Path path, final Handler handler) throws IOException {
        Files.deleteIfExists(path);
        final ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path), MAX_CLIENTS);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        } catch (final IOException e) {
            server.close();
            Files.deleteIfExists(path);
            throw e;
        }
        final ControlServer result = new ControlServer(path, handler, server);
        Thread.ofVirtual().name("control-accept").start(result::acceptAll);
        return result;
    }

    private void acceptAll() {
        while (server.isOpen()) {
            try {
                room.acquire();
                final SocketChannel client = server.accept();
                clients.add(client);
                Thread.ofVirtual().name("control-client").start(() -> serve(client));
            } catch (final ClosedChannelException | InterruptedException e) {
                return;
            } catch (final IOException e) {
                room.release();
                LOG.warn("control socket: {}", e.getMessage());
            }
        }
    }

    private void serve(final SocketChannel client) {
        try (client) {
            final ControlProtocol.Request request = ControlProtocol.readRequest(client);
            final Thread command = Thread.currentThread();
            final Reply reply = new Reply(client);
            Thread.ofVirtual().name("control-watch").start(() -> interruptAtEnd(client, reply, command));
            reply.exit(run(request, reply));
        } catch (final IOException e) {
            LOG.debug("control client: {}", e.getMessage());
        } finally {
            clients.remove(client);
            room.release();
        }
    }

    /** A fault of the program is no end of the node: the client hears of it, the log has all of it. */
    private int run(final ControlProtocol.Request request, final Reply reply) throws IOException {
        try {
            return handler.run(request, reply);
        } catch (final InterruptedException e) {
            return ENDED;
        } catch (final RuntimeException e) {
            LOG.error("command {} failed", request.args(), e);
            reply.error("Error: internal error: " + ConfigException.oneLine(e.toString()));
            return INTERNAL_ERROR;
        }
    }

    /** A client says nothing after its request: whatever the read returns, it wants no more. */
    private static void interruptAtEnd(final SocketChannel client, final Reply reply, final Thread command) {
        try {
            client.read(ByteBuffer.allocate(1));
        } catch (final IOException e) {
            LOG.trace("control client: {}", e.getMessage());
        }
        reply.interrupt(command);
    }

    /** Closes the socket, ends every command, removes the file. */
    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(path);
        for (final SocketChannel client : clients) {
            client.close();
        }
    }
}
