// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RefusedException;
import io.weft.port.AdoptedTap;
import io.weft.port.Descriptors;
import io.weft.port.Poller;
import io.weft.port.PortException;
import io.weft.port.UnixMessage;
import io.weft.port.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's end of the attach socket ({@link AttachMessage}): one thread for all who attach, of whom there is one a pod. It
 * alone hands interfaces to ports and takes them away.
 *
 * <p>At most {@link #MAX_CLIENTS}; the next wait in the kernel's queue. Who does not come to an end with attaching within
 * {@link #PATIENCE_NANOS} is sent away.
 */
final class AttachServer implements AutoCloseable {
    static final int MAX_CLIENTS = 300;
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger LOG = LoggerFactory.getLogger(AttachServer.class);
    private static final int LISTENER = MAX_CLIENTS;
    private static final int BACKLOG = 64;
    private static final int BIND_TRIES = 10;
    private static final int LOOK_MILLIS = 1_000;
    private static final long CLOSE_MILLIS = 1_000;

    private final Node node;
    private final Path path;
    private final Poller poller;
    private final Client[] clients = new Client[MAX_CLIENTS];
    private final Queue<Runnable> requests = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private @Nullable UnixSocket listener;
    private boolean full;
    private volatile boolean closing;

    /** One who attaches. */
    private static final class Client {
        final int number;
        final UnixSocket socket;
        final long sinceNanos = System.nanoTime();
        /** The port that it said it is for. */
        @Nullable
        AttachSlot slot;

        boolean attached;

        Client(final int number, final UnixSocket socket) {
            this.number = number;
            this.socket = socket;
        }
    }

    /** Refused, and why; {@code again}: it may go better in a moment. */
    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1;

        final boolean again;

        Refusal(final String message, final boolean again) {
            super(message);
            this.again = again;
        }
    }

    /** Nobody can attach before {@link #open}. */
    AttachServer(final Node node, final Path path) throws PortException {
        this.node = node;
        this.path = path;
        this.poller = new Poller();
        this.thread = Thread.ofPlatform().daemon().name("weft-attach").unstarted(this::run);
    }

    /** Opens the socket, for its owner only. A file of that name is replaced: the caller holds the node's lock. */
    void open() throws IOException {
        try {
            final UnixSocket opened = listen();
            listener = opened;
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            poller.add(opened.fileDescriptor(), LISTENER);
        } catch (final PortException e) {
            throw new IOException("attach socket: " + e.getMessage(), e);
        }
        thread.start();
    }

    /** Another node that ends may remove the directory, when it is empty, between our making it and using it. */
    private UnixSocket listen() throws IOException, PortException {
        for (int i = 1; ; i++) {
            RunDirectory.createPrivate(Objects.requireNonNull(path.getParent()));
            Files.deleteIfExists(path);
            try {
                return UnixSocket.listen(path, BACKLOG);
            } catch (final PortException e) {
                if (i == BIND_TRIES) {
                    throw e;
                }
            }
        }
    }

    /** The interface of {@code port} is gone: it waits for another. Any thread. */
    void lost(final String port) {
        request(() -> {
            detach(port);
            reopen(port);
        });
    }

    /** There is no such port any more. Any thread. */
    void forget(final String port) {
        request(() -> detach(port));
    }

    /** The interface of {@code port} shall be another than was said. Any thread. */
    void changed(final String port) {
        request(() -> {
            final Client client = holder(port);
            if (client != null && client.slot != null) {
                send(client, settings(client.slot));
            }
        });
    }

    private void request(final Runnable work) {
        requests.add(work);
        poller.wakeUp();
    }

    private void run() {
        while (!closing) {
            try {
                final int ready = poller.poll(LOOK_MILLIS);
                for (Runnable work = requests.poll(); work != null; work = requests.poll()) {
                    work.run();
                }
                boolean wanted = full;
                for (int i = 0; i < ready; i++) {
                    wanted |= poller.ready(i) == LISTENER;
                    serve(poller.ready(i) == LISTENER ? null : clients[poller.ready(i)]);
                }
                expire();
                if (wanted) {
                    accept();
                }
            } catch (final RuntimeException e) {
                LOG.error("attach socket", e);
            }
        }
    }

    private void accept() {
        try {
            final int number = freeNumber();
            full = number < 0;
            final UnixSocket socket = full || listener == null ? null : listener.accept();
            if (full && listener != null) {
                // Polls ready for ever otherwise; looked at again when somebody has gone.
                poller.remove(listener.fileDescriptor());
            } else if (socket != null) {
                clients[number] = new Client(number, socket);
                poller.add(socket.fileDescriptor(), number);
            }
        } catch (final PortException e) {
            LOG.warn("attach socket: {}", e.getMessage());
        }
    }

    private int freeNumber() {
        for (int i = 0; i < MAX_CLIENTS; i++) {
            if (clients[i] == null) {
                return i;
            }
        }
        return -1;
    }

    private void expire() {
        for (final Client client : clients) {
            if (client != null && !client.attached && System.nanoTime() - client.sinceNanos > PATIENCE_NANOS) {
                refuse(client, new Refusal("said nothing for too long", true));
            }
        }
    }

    private void serve(final @Nullable Client client) {
        if (client == null) {
            return;
        }
        try {
            final Optional<UnixMessage> received = client.socket.receive();
            if (received.isPresent()) {
                try (UnixMessage message = received.get()) {
                    if (message.isEnd()) {
                        leave(client);
                    } else {
                        handle(client, AttachMessage.parse(message.octets()), message.descriptors());
                    }
                }
            }
        } catch (final PortException | IOException e) {
            refuse(client, new Refusal(String.valueOf(e.getMessage()), false));
        } catch (final Refusal e) {
            refuse(client, e);
        }
    }

    private void handle(final Client client, final AttachMessage message, final Descriptors descriptors)
            throws Refusal, IOException, PortException {
        final AttachSlot slot = client.slot;
        if (slot == null && message.kind().equals(AttachMessage.HELLO) && descriptors.size() == 0) {
            hello(client, message);
        } else if (slot != null && !client.attached && message.kind().equals(AttachMessage.INTERFACE)) {
            attach(client, slot, message, descriptors);
        } else {
            throw new Refusal("message " + message.kind() + " is not one for now", false);
        }
    }

    private void hello(final Client client, final AttachMessage message) throws Refusal, IOException, PortException {
        final int uid = client.socket.peer().uid();
        if (uid != 0 && uid != UnixSocket.ownUid()) {
            throw new Refusal("user " + uid + " may not attach: root may, and the node's own user", false);
        }
        if (!message.get("version").equals(AttachMessage.VERSION)) {
            throw new Refusal("this node speaks version " + AttachMessage.VERSION + " of the attach protocol", false);
        }
        final String port = message.get("port");
        final NodeConfig.PortEntry entry = node.setup().port(port);
        final AttachSlot slot = node.machine().slot(port);
        if (entry == null) {
            throw new Refusal("no such port: " + port, false);
        }
        if (slot == null) {
            throw new Refusal("port " + port + " is none to attach: its entry has no 'attach: true'", false);
        }
        refuseHeld(port);
        client.slot = slot;
        send(client, settings(slot));
    }

    /** A pod that was started again may come before we have seen its end. */
    private void refuseHeld(final String port) throws Refusal, PortException {
        final Client before = holder(port);
        serve(before);
        final Client holder = holder(port);
        if (holder != null) {
            final int pid = holder.socket.peer().pid();
            throw new Refusal(
                    "port " + port + " is attached already" + (pid == 0 ? "" : " (by process " + pid + ")"), true);
        }
    }

    private AttachMessage settings(final AttachSlot slot) {
        return new AttachSettings(slot.config(), node.config().workers()).message();
    }

    private void attach(
            final Client client, final AttachSlot slot, final AttachMessage message, final Descriptors descriptors)
            throws Refusal, IOException, PortException {
        final boolean keep = Boolean.parseBoolean(message.get("keep"));
        refuseHeld(slot.port());
        try (AdoptedTap tap = AdoptedTap.of(slot.config(), node.config().workers(), descriptors)) {
            if (node.machine().slot(slot.port()) != slot) {
                throw new Refusal("no such port: " + slot.port(), false);
            }
            slot.offer(tap);
            node.dataplane().reopenPort(slot.port());
        } catch (final RefusedException e) {
            throw new Refusal(String.valueOf(e.getMessage()), false);
        } finally {
            slot.offer(null);
        }
        node.whyDown(slot.port(), "");
        client.attached = !keep;
        send(client, new AttachMessage(AttachMessage.UP));
        if (keep) {
            remove(client);
        }
    }

    private @Nullable Client holder(final String port) {
        for (final Client client : clients) {
            if (client != null
                    && client.attached
                    && client.slot != null
                    && client.slot.port().equals(port)) {
                return client;
            }
        }
        return null;
    }

    private void send(final Client client, final AttachMessage message) {
        try {
            client.socket.send(message.encode());
        } catch (final PortException e) {
            LOG.debug("attach client: {}", e.getMessage());
        }
    }

    private void refuse(final Client client, final Refusal why) {
        LOG.debug("attach client: {}", why.getMessage());
        send(
                client,
                new AttachMessage(AttachMessage.ERROR)
                        .with("text", String.valueOf(why.getMessage()))
                        .with("again", why.again));
        leave(client);
    }

    /** It has gone, or must. */
    private void leave(final Client client) {
        remove(client);
        if (client.attached && client.slot != null) {
            reopen(client.slot.port());
        }
    }

    private void detach(final String port) {
        final Client client = holder(port);
        if (client != null) {
            remove(client);
        }
    }

    private void remove(final Client client) {
        clients[client.number] = null;
        poller.remove(client.socket.fileDescriptor());
        client.socket.close();
        if (full && listener != null) {
            full = false;
            try {
                poller.add(listener.fileDescriptor(), LISTENER);
            } catch (final PortException e) {
                LOG.warn("attach socket: {}", e.getMessage());
            }
        }
    }

    private void reopen(final String port) {
        try {
            node.dataplane().reopenPort(port);
        } catch (final RefusedException e) {
            LOG.debug("port {}: {}", port, e.getMessage());
        }
    }

    /** Closes the socket, removes the file, leaves who attaches alone; ports keep their interfaces until they are closed. */
    @Override
    public void close() throws IOException {
        closing = true;
        poller.wakeUp();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (listener != null) {
            listener.close();
            Files.deleteIfExists(path);
            RunDirectory.removeIfEmpty(Objects.requireNonNull(path.getParent()));
        }
        for (final Client client : clients) {
            if (client != null) {
                client.socket.close();
            }
        }
        poller.close();
    }
}
