// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Unix-domain socket of sequenced packets (unix(7), SOCK_SEQPACKET): a message is sent and received as one, with file
 * descriptors beside it (SCM_RIGHTS). One thread at a time.
 *
 * <p>Nothing that the other side sends can leave descriptors behind: what comes with a message that is refused is closed.
 */
public final class UnixSocket implements AutoCloseable {
    /** Octets of the longest message. */
    public static final int MAX_LENGTH = 1 << 14;
    /** Descriptors that come with one message at most. */
    public static final int MAX_DESCRIPTORS = 16;

    /** Octets of a path, without its end. */
    private static final int MAX_PATH = 107;

    private static final int SO_PEERCRED = 17;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CTRUNC = 0x08;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;

    /** {@code struct msghdr}: as in {@link Message}. */
    private static final int IOVEC = 64;

    private static final int CONTROL = 80;
    private static final int CONTROL_HEADER_LENGTH = 16;
    private static final int CONTROL_LENGTH = CONTROL_HEADER_LENGTH + MAX_DESCRIPTORS * Integer.BYTES;

    private final int fd;
    private final ByteBuffer header = Libc.bytes(CONTROL + CONTROL_LENGTH);
    private final ByteBuffer data = Libc.bytes(MAX_LENGTH);
    private boolean closed;

    private UnixSocket(final int fd) {
        this.fd = fd;
        final long address = Libc.addressOf(header);
        header.putLong(16, address + IOVEC);
        header.putLong(24, 1);
        header.putLong(32, address + CONTROL);
        header.putLong(IOVEC, Libc.addressOf(data));
    }

    /**
     * The process at the other end, as it was when it connected.
     *
     * @param pid 0 if its process namespace can't be seen from here
     */
    public record Peer(int pid, int uid) {}

    /** Waits for others at {@code path}, where no file may be. */
    public static UnixSocket listen(final Path path, final int backlog) throws PortException {
        final byte[] address = address(path);
        final int fd = socket(Libc.SOCK_NONBLOCK);
        if (Libc.bind(fd, address, address.length) < 0 || Libc.listen(fd, backlog) < 0) {
            throw closing(fd, "listen on " + path);
        }
        return new UnixSocket(fd);
    }

    /** Connects to whoever listens at {@code path}; {@link #receive} waits then. */
    public static UnixSocket connect(final Path path) throws PortException {
        final byte[] address = address(path);
        final int fd = socket(0);
        if (Libc.connect(fd, address, address.length) < 0) {
            throw closing(fd, "connect to " + path);
        }
        return new UnixSocket(fd);
    }

    /** One that has connected, and whose {@link #receive} does not wait; null if there is none. */
    public @Nullable UnixSocket accept() throws PortException {
        final int client = Libc.accept4(fd, null, null, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
        if (client < 0 && Libc.errno() != Errno.EAGAIN) {
            throw PortException.of("accept", Libc.errno());
        }
        return client < 0 ? null : new UnixSocket(client);
    }

    /** True if a socket may have this path: its length has a limit. */
    public static boolean isPath(final Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_PATH;
    }

    /** The user whose rights this process has. */
    public static int ownUid() {
        return Libc.geteuid();
    }

    private static int socket(final int flags) throws PortException {
        return Libc.check(
                Libc.socket(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC | flags, 0), "socket AF_UNIX");
    }

    private static PortException closing(final int fd, final String what) {
        final int errno = Libc.errno();
        Libc.close(fd);
        return new PortException(what + ": " + Errno.text(errno));
    }

    /** {@code struct sockaddr_un}: family (2), path. */
    private static byte[] address(final Path path) throws PortException {
        if (!isPath(path)) {
            throw new PortException("the path of a socket has at most " + MAX_PATH + " octets: " + path);
        }
        final byte[] octets = path.toString().getBytes(StandardCharsets.UTF_8);
        final byte[] address = new byte[2 + octets.length + 1];
        Libc.bytes(2).putShort(0, (short) Libc.AF_UNIX).get(0, address, 0, 2);
        System.arraycopy(octets, 0, address, 2, octets.length);
        return address;
    }

    /** For a {@link Poller}. */
    public int fileDescriptor() {
        return fd;
    }

    /** Who connected. */
    public Peer peer() throws PortException {
        // struct ucred: process, user, group.
        final ByteBuffer credentials = Libc.bytes(12);
        Libc.check(
                Libc.getsockopt(fd, Libc.SOL_SOCKET, SO_PEERCRED, credentials, new int[] {12}),
                "getsockopt SO_PEERCRED");
        return new Peer(credentials.getInt(0), credentials.getInt(4));
    }

    /**
     * Sends a message.
     *
     * @param octets 1 to {@link #MAX_LENGTH}
     * @param descriptors at most {@link #MAX_DESCRIPTORS}; the other side gets descriptors of its own, these stay open
     * @throws PortException also if the other side has gone, or, on a socket that was accepted, does not read
     */
    public void send(final byte[] octets, final Descriptors descriptors) throws PortException {
        final int[] fds = descriptors.get();
        if (octets.length == 0 || octets.length > MAX_LENGTH || fds.length > MAX_DESCRIPTORS) {
            throw new PortException(
                    "a message of " + octets.length + " octets and " + fds.length + " descriptors is out of range");
        }
        data.put(0, octets);
        header.putLong(IOVEC + 8, octets.length);
        final int controlLength = fds.length == 0 ? 0 : CONTROL_HEADER_LENGTH + fds.length * Integer.BYTES;
        // The length of the whole is padded, as CMSG_SPACE has it.
        header.putLong(40, (controlLength + 7) & -8);
        header.putLong(CONTROL, controlLength);
        header.putInt(CONTROL + 8, Libc.SOL_SOCKET);
        header.putInt(CONTROL + 12, SCM_RIGHTS);
        for (int i = 0; i < fds.length; i++) {
            header.putInt(CONTROL + CONTROL_HEADER_LENGTH + i * Integer.BYTES, fds[i]);
        }
        Libc.check((int) Libc.sendmsg(fd, header, MSG_NOSIGNAL), "send");
    }

    /** The same without descriptors. */
    public void send(final byte[] octets) throws PortException {
        try (Descriptors none = new Descriptors()) {
            send(octets, none);
        }
    }

    /**
     * The next message; the end of the connection is one too. Empty: there is none for now, on a socket that was accepted.
     *
     * @throws PortException if the socket fails, or a message is longer or has more descriptors than may be
     */
    public Optional<UnixMessage> receive() throws PortException {
        header.putLong(IOVEC + 8, MAX_LENGTH);
        header.putLong(40, CONTROL_LENGTH);
        header.putInt(48, 0);
        int length = (int) Libc.recvmsg(fd, header, MSG_CMSG_CLOEXEC);
        while (length < 0 && Libc.errno() == Errno.EINTR) {
            length = (int) Libc.recvmsg(fd, header, MSG_CMSG_CLOEXEC);
        }
        if (length < 0) {
            final int errno = Libc.errno();
            if (errno == Errno.EAGAIN) {
                return Optional.empty();
            }
            throw PortException.of("receive", errno);
        }
        final Descriptors descriptors = descriptors();
        if ((header.getInt(48) & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
            descriptors.close();
            throw new PortException(
                    "a message of more than " + MAX_LENGTH + " octets or " + MAX_DESCRIPTORS + " descriptors");
        }
        final byte[] octets = new byte[length];
        data.get(0, octets);
        return UnixMessage.of(octets, descriptors);
    }

    /** Those of all control messages of the last recvmsg(2). */
    private Descriptors descriptors() {
        final int[] fds = new int[MAX_DESCRIPTORS];
        int count = 0;
        final int end = CONTROL + (int) header.getLong(40);
        int position = CONTROL;
        while (position + CONTROL_HEADER_LENGTH <= end) {
            final int length = (int) header.getLong(position);
            if (header.getInt(position + 8) == Libc.SOL_SOCKET && header.getInt(position + 12) == SCM_RIGHTS) {
                for (int i = CONTROL_HEADER_LENGTH; i + Integer.BYTES <= length; i += Integer.BYTES) {
                    fds[count++] = header.getInt(position + i);
                }
            }
            position += Math.max(CONTROL_HEADER_LENGTH, (length + 7) & -8);
        }
        return new Descriptors(Arrays.copyOf(fds, count));
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Libc.close(fd);
        }
    }
}
