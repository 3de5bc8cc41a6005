// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Runs set-up inside a network namespace. A thread that has done setns(2) is in the other namespace for good, so each
 * piece of work gets a thread of its own that ends with it; descriptors that it opens belong to the namespace and stay.
 */
public final class NetworkNamespace {
    private static final String DIRECTORY = "/run/netns/";
    private static final int CLONE_NEWNET = 0x4000_0000;

    private NetworkNamespace() {}

    /** Work that may fail in the ways of a port. */
    @FunctionalInterface
    public interface Work<T> {
        /** Runs in the namespace. */
        T run() throws PortException;
    }

    /**
     * Runs {@code work} in a namespace and waits for it.
     *
     * @param namespace a name as {@code ip netns} has it, an absolute path such as {@code /proc/42/ns/net}, or null for
     *     the namespace of this process
     * @throws PortException if there is no such namespace, or from the work
     */
    public static <T> T call(final @Nullable String namespace, final Work<T> work) throws PortException {
        if (namespace == null) {
            return work.run();
        }
        final FutureTask<T> task = new FutureTask<>(() -> {
            enter(namespace);
            return work.run();
        });
        Thread.ofPlatform().name("netns-" + namespace).start(task);
        return await(task, namespace);
    }

    private static <T> T await(final FutureTask<T> task, final String namespace) throws PortException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (final InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof PortException cause) {
                throw cause;
            }
            throw new IllegalStateException("in network namespace " + namespace, e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Number of the calling thread's namespace: the inode of its file. */
    static long id() throws PortException {
        return inode(Path.of("/proc/thread-self/ns/net"));
    }

    /** True if {@code namespace} is the one of this number; always for null. */
    static boolean isStill(final @Nullable String namespace, final long id) {
        try {
            return namespace == null || inode(Path.of(path(namespace))) == id;
        } catch (final PortException e) {
            return false;
        }
    }

    private static long inode(final Path path) throws PortException {
        try {
            return (long) Files.getAttribute(path, "unix:ino");
        } catch (final IOException e) {
            throw new PortException("stat " + path + ": " + e.getMessage(), e);
        }
    }

    private static String path(final String namespace) {
        return namespace.startsWith("/") ? namespace : DIRECTORY + namespace;
    }

    private static void enter(final String namespace) throws PortException {
        if (!namespace.startsWith("/") && !namespace.matches("[A-Za-z0-9_.][A-Za-z0-9_.@:-]*")) {
            throw new PortException("not the name of a network namespace: " + namespace);
        }
        final String path = path(namespace);
        final int fd = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (fd < 0) {
            final int errno = Libc.errno();
            throw errno == Errno.ENOENT
                    ? new PortException("no network namespace " + namespace + " (" + path + ")")
                    : PortException.of("open " + path, errno);
        }
        try {
            if (Libc.setns(fd, CLONE_NEWNET) < 0) {
                throw PortException.of("setns " + path, Libc.errno());
            }
        } finally {
            Libc.close(fd);
        }
    }
}
