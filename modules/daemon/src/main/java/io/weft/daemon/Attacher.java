// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RefusedException;
import io.weft.port.Descriptors;
import io.weft.port.PodTap;
import io.weft.port.PortException;
import io.weft.port.UnixMessage;
import io.weft.port.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The pod's side of attaching ({@link AttachMessage}): makes the TAP that the node asks for, in the network namespace of this
 * process, and hands its descriptors over. It keeps them too: when the node dies, the interface stays, with its addresses, routes
 * and the connections over them, and the next node of that name gets the same descriptors.
 *
 * <p>Runs on one thread, and ends with the process: the kernel removes the TAP with its last descriptor.
 */
final class Attacher {
    private static final long RETRY_MILLIS = 100;
    /** How long "attached already" may be the dying predecessor of this pod. */
    private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Path path;
    private final String port;
    private final Consumer<String> say;
    private String said = "";
    private @Nullable PodTap tap;
    private @Nullable AttachSettings settings;

    Attacher(final Path path, final String port, final Consumer<String> say) {
        this.path = path;
        this.port = port;
        this.say = say;
    }

    /** The node does not want, for a reason that may be over in a moment. */
    private static final class NotNowException extends Exception {
        private static final long serialVersionUID = 1;

        NotNowException(final String message) {
            super(message);
        }
    }

    /**
     * Attaches for the first time, and waits for the node as long as it takes.
     *
     * @param waitMillis at most so long; negative: without an end
     * @param keep true: the node goes on with the interface when this connection ends
     * @return the connection, which {@link #stay} goes on with
     * @throws CommandException the machine does not let us, or the time is over
     * @throws RefusedException the node does not
     */
    UnixSocket attach(final long waitMillis, final boolean keep)
            throws CommandException, RefusedException, InterruptedException {
        final long start = System.nanoTime();
        String why = "";
        while (true) {
            final long waited = System.nanoTime() - start;
            if (waitMillis >= 0 && waited > TimeUnit.MILLISECONDS.toNanos(waitMillis) && !why.isEmpty()) {
                throw new CommandException(
                        "port " + port + " is not attached after " + waitMillis / 1000 + " s: " + why);
            }
            try {
                final UnixSocket socket = UnixSocket.connect(path);
                try {
                    handOver(socket, keep);
                    return socket;
                } catch (final NotNowException e) {
                    socket.close();
                    if (waited > AGAIN_NANOS) {
                        throw new RefusedException(String.valueOf(e.getMessage()));
                    }
                    why = String.valueOf(e.getMessage());
                } catch (final IOException e) {
                    socket.close();
                    why = String.valueOf(e.getMessage());
                } catch (final PortException e) {
                    socket.close();
                    throw new CommandException(String.valueOf(e.getMessage()));
                }
            } catch (final PortException e) {
                why = String.valueOf(e.getMessage());
                if (Files.exists(path) && !Files.isWritable(path)) {
                    throw new CommandException(
                            "socket " + path + " may not be used: run as root or as the node's user");
                }
                tell("waits for the node: " + (Files.exists(path) ? why : "no " + path));
            }
            Thread.sleep(RETRY_MILLIS);
        }
    }

    /** Stays attached, to every next node too; does not return. What goes wrong is said, and tried again. */
    void stay(final UnixSocket first) throws InterruptedException {
        UnixSocket socket = first;
        while (true) {
            follow(socket);
            socket.close();
            tell("the node has gone: interface "
                    + (settings == null ? "" : settings.tap().interfaceName() + " ") + "stays, until it is back");
            socket = again();
        }
    }

    private UnixSocket again() throws InterruptedException {
        while (true) {
            Thread.sleep(RETRY_MILLIS);
            final UnixSocket socket = tryConnect();
            if (socket != null) {
                try {
                    handOver(socket, false);
                    return socket;
                } catch (final NotNowException | RefusedException | IOException | PortException e) {
                    socket.close();
                    tell(String.valueOf(e.getMessage()));
                }
            }
        }
    }

    /** Null while nobody listens: that the node has gone was said. */
    private @Nullable UnixSocket tryConnect() {
        try {
            return UnixSocket.connect(path);
        } catch (final PortException e) {
            return null;
        }
    }

    private void handOver(final UnixSocket socket, final boolean keep)
            throws NotNowException, RefusedException, IOException, PortException {
        send(
                socket,
                new AttachMessage(AttachMessage.HELLO)
                        .with("version", AttachMessage.VERSION)
                        .with("port", port),
                null);
        final AttachSettings wanted = AttachSettings.of(port, answer(socket, AttachMessage.SETTINGS));
        final PodTap made = make(wanted);
        send(socket, new AttachMessage(AttachMessage.INTERFACE).with("keep", keep), made.descriptors());
        answer(socket, AttachMessage.UP);
        tell("attached: interface " + wanted.tap().interfaceName() + " "
                + Names.join(wanted.tap().addresses()) + " mtu " + wanted.tap().mtu());
    }

    /** The interface as it is to be: what there is, where that can follow. */
    private PodTap make(final AttachSettings wanted) throws PortException {
        final PodTap before = tap;
        settings = wanted;
        if (before != null && before.isThere() && before.canFollow(wanted.tap(), wanted.queues())) {
            before.follow(wanted.tap());
            return before;
        }
        if (before != null) {
            before.close();
            tap = null;
        }
        final PodTap made = PodTap.open(wanted.tap(), wanted.queues());
        tap = made;
        return made;
    }

    /** Does what the node says until the connection ends. */
    private void follow(final UnixSocket socket) {
        boolean open = true;
        while (open) {
            try {
                final AttachMessage message = receive(socket);
                if (message.kind().equals(AttachMessage.SETTINGS)) {
                    changed(AttachSettings.of(port, message));
                }
            } catch (final IOException e) {
                // By whatever means it ended, a new one is made.
                open = false;
            }
        }
    }

    private void changed(final AttachSettings wanted) {
        final PodTap present = tap;
        try {
            if (present != null && present.canFollow(wanted.tap(), wanted.queues())) {
                present.follow(wanted.tap());
                tell("interface " + wanted.tap().interfaceName() + " has mtu "
                        + wanted.tap().mtu());
            }
        } catch (final PortException e) {
            tell(String.valueOf(e.getMessage()));
        }
    }

    private static void send(final UnixSocket socket, final AttachMessage message, final @Nullable Descriptors fds)
            throws IOException {
        try {
            if (fds == null) {
                socket.send(message.encode());
            } else {
                socket.send(message.encode(), fds);
            }
        } catch (final PortException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static AttachMessage answer(final UnixSocket socket, final String kind)
            throws NotNowException, RefusedException, IOException {
        final AttachMessage message = receive(socket);
        if (message.kind().equals(AttachMessage.ERROR)) {
            final String text = message.get("text");
            if (Boolean.parseBoolean(message.get("again"))) {
                throw new NotNowException(text);
            }
            throw new RefusedException(text);
        }
        if (!message.kind().equals(kind)) {
            throw new IOException("the node answered " + message.kind() + ", not " + kind);
        }
        return message;
    }

    private static AttachMessage receive(final UnixSocket socket) throws IOException {
        try {
            final Optional<UnixMessage> received = socket.receive();
            if (received.isPresent()) {
                try (UnixMessage message = received.get()) {
                    if (!message.isEnd()) {
                        return AttachMessage.parse(message.octets());
                    }
                }
            }
            throw new IOException("the node has closed the connection");
        } catch (final PortException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** One line for a change of state, and none for more of the same. */
    private void tell(final String text) {
        if (!text.equals(said)) {
            said = text;
            say.accept("weft attach " + port + ": " + text);
        }
    }
}
