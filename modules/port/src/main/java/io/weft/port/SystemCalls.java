// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * The system calls of the data path, as foreign downcalls. Addresses are {@code long}s, nothing is allocated, and an
 * error comes back as the negative error number.
 *
 * <p>The error number is captured into memory of the instance, so an instance serves one thread at a time: every port
 * and poller has its own.
 *
 * <p>What is called seldom is in {@link Libc}.
 */
final class SystemCalls {
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle READ = bind("read", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle WRITE = bind("write", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle WRITEV = bind("writev", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SENDMSG = bind("sendmsg", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECVMSG = bind("recvmsg", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SENDMMSG = bind("sendmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle RECVMMSG =
            bind("recvmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle IOCTL = link(
            "ioctl",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle GETSOCKNAME = bind("getsockname", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle CONNECT = bind("connect", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle GETSOCKOPT =
            bind("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle EPOLL_CREATE1 = bind("epoll_create1", JAVA_INT, JAVA_INT);
    private static final MethodHandle EPOLL_CTL = bind("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle EPOLL_WAIT =
            bind("epoll_wait", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle EVENTFD = bind("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    /** glibc has no wrappers for io_uring's; their numbers are the same on all of Linux's newer architectures. */
    private static final MethodHandle SYSCALL = link(
            "syscall",
            FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(1));

    private static final long IO_URING_SETUP = 425;
    private static final long IO_URING_ENTER = 426;
    private static final MethodHandle MMAP =
            bind("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = bind("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED_POPULATE = 0x8001;
    private static final MethodHandle CLOSE = bind("close", JAVA_INT, JAVA_INT);

    private final MemorySegment state = Arena.ofAuto().allocate(STATE);

    private static MethodHandle bind(final String name, final MemoryLayout result, final MemoryLayout... arguments) {
        return link(name, FunctionDescriptor.of(result, arguments), Linker.Option.captureCallState("errno"));
    }

    private static MethodHandle link(
            final String name, final FunctionDescriptor descriptor, final Linker.Option... options) {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
    }

    /** read(2). */
    long read(final int fd, final long address, final long length) {
        try {
            return result((long) READ.invokeExact(state, fd, address, length));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** write(2). */
    long write(final int fd, final long address, final long length) {
        try {
            return result((long) WRITE.invokeExact(state, fd, address, length));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** writev(2). */
    long writev(final int fd, final long iovecs, final int count) {
        try {
            return result((long) WRITEV.invokeExact(state, fd, iovecs, count));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** sendmsg(2). */
    long sendmsg(final int fd, final long message, final int flags) {
        try {
            return result((long) SENDMSG.invokeExact(state, fd, message, flags));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** recvmsg(2). */
    long recvmsg(final int fd, final long message, final int flags) {
        try {
            return result((long) RECVMSG.invokeExact(state, fd, message, flags));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** sendmmsg(2): how many messages were sent. */
    int sendmmsg(final int fd, final long messages, final int count, final int flags) {
        try {
            return (int) result((int) SENDMMSG.invokeExact(state, fd, messages, count, flags));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** recvmmsg(2) without a time limit of its own: how many messages were received. */
    int recvmmsg(final int fd, final long messages, final int count, final int flags) {
        try {
            return (int) result((int) RECVMMSG.invokeExact(state, fd, messages, count, flags, 0L));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** ioctl(2) with a pointer. */
    int ioctl(final int fd, final long request, final long argument) {
        try {
            return (int) result((int) IOCTL.invokeExact(state, fd, request, argument));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** getsockname(2). */
    int getsockname(final int fd, final long sockaddr, final long length) {
        try {
            return (int) result((int) GETSOCKNAME.invokeExact(state, fd, sockaddr, length));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** connect(2). */
    int connect(final int fd, final long sockaddr, final int length) {
        try {
            return (int) result((int) CONNECT.invokeExact(state, fd, sockaddr, length));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** getsockopt(2). */
    int getsockopt(final int fd, final int level, final int option, final long value, final long length) {
        try {
            return (int) result((int) GETSOCKOPT.invokeExact(state, fd, level, option, value, length));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** epoll_create1(2). */
    int epollCreate(final int flags) {
        try {
            return (int) result((int) EPOLL_CREATE1.invokeExact(state, flags));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** epoll_ctl(2). */
    int epollControl(final int epoll, final int operation, final int fd, final long event) {
        try {
            return (int) result((int) EPOLL_CTL.invokeExact(state, epoll, operation, fd, event));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** epoll_wait(2). */
    int epollWait(final int epoll, final long events, final int maxEvents, final int timeoutMillis) {
        try {
            return (int) result((int) EPOLL_WAIT.invokeExact(state, epoll, events, maxEvents, timeoutMillis));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** eventfd(2). */
    int eventfd(final int initial, final int flags) {
        try {
            return (int) result((int) EVENTFD.invokeExact(state, initial, flags));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** io_uring_setup(2). */
    int ioUringSetup(final int entries, final long parameters) {
        return (int) syscall(IO_URING_SETUP, entries, parameters, 0, 0);
    }

    /** io_uring_enter(2) without a signal mask: how many submissions were taken. */
    int ioUringEnter(final int ring, final int submit, final int minComplete, final int flags) {
        return (int) syscall(IO_URING_ENTER, ring, submit, minComplete, flags);
    }

    private long syscall(final long number, final long first, final long second, final long third, final long fourth) {
        try {
            return result((long) SYSCALL.invokeExact(state, number, first, second, third, fourth, 0L, 0L));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** mmap(2), shared, to read and write: the address. */
    long map(final int fd, final long length, final long offset) {
        try {
            return result((long) MMAP.invokeExact(state, 0L, length, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** munmap(2). */
    int unmap(final long address, final long length) {
        try {
            return (int) result((int) MUNMAP.invokeExact(state, address, length));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** close(2). */
    int close(final int fd) {
        try {
            return (int) result((int) CLOSE.invokeExact(state, fd));
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    private long result(final long returned) {
        return returned >= 0 ? returned : -state.get(JAVA_INT, ERRNO_OFFSET);
    }

    /** A downcall throws only if its handle and its call site disagree. */
    private static AssertionError unexpected(final Throwable cause) {
        return new AssertionError("system call", cause);
    }
}
