// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The system calls of set-up, by JNA direct mapping: seldom called, from any thread. The wrappers throw a
 * {@link PortException} that says what was tried.
 */
final class Libc {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;

    static final int AF_UNIX = 1;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_SEQPACKET = 5;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x80000;

    static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_RCVBUFFORCE = 33;

    static {
        Native.register(Libc.class, Platform.C_LIBRARY_NAME);
    }

    private Libc() {}

    static native int open(String path, int flags);

    static native int close(int fd);

    static native long read(int fd, ByteBuffer data, long length);

    static native long write(int fd, ByteBuffer data, long length);

    static native int ioctl(int fd, long request, ByteBuffer argument);

    static native int ioctl(int fd, long request, long argument);

    static native int socket(int family, int type, int protocol);

    static native int bind(int fd, byte[] address, int length);

    static native int setsockopt(int fd, int level, int option, ByteBuffer value, int length);

    static native int getsockopt(int fd, int level, int option, ByteBuffer value, int[] length);

    static native int getsockname(int fd, byte[] address, int[] length);

    static native int connect(int fd, byte[] address, int length);

    static native int listen(int fd, int backlog);

    static native int accept4(int fd, byte @Nullable [] address, int @Nullable [] length, int flags);

    static native long sendmsg(int fd, ByteBuffer message, int flags);

    static native long recvmsg(int fd, ByteBuffer message, int flags);

    static native int fcntl(int fd, int command, long argument);

    static native int geteuid();

    static native int getpid();

    static native int kill(int pid, int signal);

    static native int waitid(int kind, int id, ByteBuffer info, int options);

    static native int waitpid(int pid, int @Nullable [] status, int options);

    static native int setns(int fd, int kind);

    static native int getifaddrs(PointerByReference list);

    static native void freeifaddrs(Pointer list);

    static native String strerror(int errno);

    /** The error number of this thread's last call. */
    static int errno() {
        return Native.getLastError();
    }

    /** Passes a result on, or throws if it is negative. */
    static int check(final int result, final String what) throws PortException {
        if (result < 0) {
            throw PortException.of(what, errno());
        }
        return result;
    }

    /** A datagram socket of the calling thread's namespace. */
    static int datagramSocket(final int family) throws PortException {
        return check(
                socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                family == AF_INET ? "socket AF_INET" : "socket AF_INET6");
    }

    /** Sets an int option; false if the kernel does not want it. */
    static boolean trySetOption(final int fd, final int level, final int option, final int value) {
        return setsockopt(fd, level, option, bytes(4).putInt(0, value), 4) == 0;
    }

    /** Sets an int option. */
    static void setOption(final int fd, final int level, final int option, final int value, final String name)
            throws PortException {
        check(setsockopt(fd, level, option, bytes(4).putInt(0, value), 4), "setsockopt " + name);
    }

    /** Octets that may wait to be received. Without CAP_NET_ADMIN the kernel gives what net.core allows. */
    static void receiveBuffer(final int fd, final int length) {
        if (!trySetOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, length)) {
            trySetOption(fd, SOL_SOCKET, SO_RCVBUF, length);
        }
    }

    /** Octets that may wait to be sent, with the same limit. */
    static void sendBuffer(final int fd, final int length) {
        if (!trySetOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, length)) {
            trySetOption(fd, SOL_SOCKET, SO_SNDBUF, length);
        }
    }

    /** Where the memory of a direct buffer is, for a structure that points to it. */
    static long addressOf(final ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }

    /** Zeroed memory in the machine's byte order. */
    static ByteBuffer bytes(final int length) {
        return ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
    }

    /** A {@code struct ifreq} (40 octets) for an interface; the union starts at 16. */
    static ByteBuffer ifreq(final String interfaceName) throws PortException {
        final byte[] name = interfaceName.getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length > 15 || interfaceName.matches(".*[/\\s].*")) {
            throw new PortException("not an interface name (1 to 15 octets): " + interfaceName);
        }
        return bytes(40).put(0, name);
    }
}
