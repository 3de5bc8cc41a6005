// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.port.UnixSocket;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The directory (0700) where the nodes of a machine meet their command lines: {@code NODE.sock}, the control socket,
 * {@code NODE.counters}, and {@code NODE.lock}, which keeps two nodes from having one name. In a directory by itself, which
 * may be shared with pods, is {@code attach/NODE.sock}, where they attach.
 *
 * @param base /run/weft unless the environment says otherwise
 */
public record RunDirectory(Path base) {
    /** Names another base directory. */
    public static final String VARIABLE = "WEFT_RUN_DIR";

    private static final String SOCKET = ".sock";

    /** The one of this process's environment. */
    public static RunDirectory ofEnvironment() {
        final String named = System.getenv(VARIABLE);
        return new RunDirectory(Path.of(named == null || named.isEmpty() ? "/run/weft" : named));
    }

    /** Makes it if it isn't there, readable by its owner only. */
    public void create() throws IOException {
        createPrivate(base);
    }

    /** A directory that its owner only may read, whether it was there or not. */
    static void createPrivate(final Path directory) throws IOException {
        createIfAbsent(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }

    /** Makes a directory if it isn't there, readable by its owner only; who made it before has decided who may. */
    static void createIfAbsent(final Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    /** Removes a directory; false if it has something in it, another node's socket, or is a volume, and so stays. */
    static boolean removeIfEmpty(final Path directory) {
        try {
            return Files.deleteIfExists(directory);
        } catch (final IOException e) {
            return false;
        }
    }

    /** The directory of the sockets where pods attach. */
    Path attachDirectory() {
        return base.resolve("attach");
    }

    /** The socket where pods of {@code node} attach. */
    public Path attachSocket(final String node) {
        return attachDirectory().resolve(node + SOCKET);
    }

    /** The nodes that have an attach socket, whether they run or not, in the order of their names. */
    List<String> attachable() {
        final List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> sockets = Files.newDirectoryStream(attachDirectory(), "*" + SOCKET)) {
            for (final Path socket : sockets) {
                final String file = socket.getFileName().toString();
                names.add(file.substring(0, file.length() - SOCKET.length()));
            }
        } catch (final IOException e) {
            return List.of();
        }
        Collections.sort(names);
        return names;
    }

    /** The control socket of {@code node}; it is there when the node is ready. */
    public Path socket(final String node) {
        return base.resolve(node + SOCKET);
    }

    /** The counters of {@code node}, for {@code Counters.open}. */
    public Path counters(final String node) {
        return base.resolve(node + ".counters");
    }

    /** Locked while {@code node} runs. */
    Path lock(final String node) {
        return base.resolve(node + ".lock");
    }

    /** Removes what {@code node} leaves when it is killed. Only for a node that does not run. */
    public void remove(final String node) throws IOException {
        Files.deleteIfExists(socket(node));
        Files.deleteIfExists(attachSocket(node));
        removeIfEmpty(attachDirectory());
        Files.deleteIfExists(counters(node));
        Files.deleteIfExists(lock(node));
    }

    /** False if the path of a socket would be longer than the kernel takes. */
    boolean socketFits(final String node) {
        return UnixSocket.isPath(attachSocket(node)) && UnixSocket.isPath(socket(node));
    }

    /** True if {@code node} answers on its socket; false also for what a dead node left behind. */
    public boolean isRunning(final String node) {
        if (!Files.exists(socket(node)) || !socketFits(node)) {
            return false;
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket(node)))) {
            return channel.isConnected();
        } catch (final IOException e) {
            return false;
        }
    }

    /** The nodes that run, in the order of their names. */
    public List<String> running() {
        final List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> sockets = Files.newDirectoryStream(base, "*" + SOCKET)) {
            for (final Path socket : sockets) {
                final String file = socket.getFileName().toString();
                final String name = file.substring(0, file.length() - SOCKET.length());
                if (isRunning(name)) {
                    names.add(name);
                }
            }
        } catch (final IOException e) {
            return List.of();
        }
        Collections.sort(names);
        return names;
    }
}
