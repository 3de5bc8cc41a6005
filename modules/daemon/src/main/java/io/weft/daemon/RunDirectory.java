// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The directory (0700) where the nodes of a machine meet their command lines: {@code NODE.sock}, the control socket,
 * {@code NODE.counters}, and {@code NODE.lock}, which keeps two nodes from having one name.
 *
 * @param base /run/weft unless the environment says otherwise
 */
public record RunDirectory(Path base) {
    /** Names another base directory. */
    public static final String VARIABLE = "WEFT_RUN_DIR";

    private static final String SOCKET = ".sock";
    /** Octets of a Unix-domain path, with its end (sun_path, unix(7)). */
    private static final int MAX_SOCKET_PATH = 107;

    /** The one of this process's environment. */
    public static RunDirectory ofEnvironment() {
        final String named = System.getenv(VARIABLE);
        return new RunDirectory(Path.of(named == null || named.isEmpty() ? "/run/weft" : named));
    }

    /** Makes it if it isn't there, readable by its owner only. */
    public void create() throws IOException {
        if (!Files.isDirectory(base)) {
            Files.createDirectories(
                    base, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwx------"));
    }

    /** The control socket of {@code node}; it is there when the node is ready. */
    public Path socket(final String node) {
        return base.resolve(node + SOCKET);
    }

    /** Where pods attach to {@code node}; in a directory of its own, so that pods may share that and nothing else. */
    public Path attachSocket(final String node) {
        return base.resolve("attach").resolve(node + SOCKET);
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
        Files.deleteIfExists(counters(node));
        Files.deleteIfExists(lock(node));
    }

    /** False if the path of the socket would be longer than the kernel takes. */
    boolean socketFits(final String node) {
        return socket(node).toString().getBytes(StandardCharsets.UTF_8).length <= MAX_SOCKET_PATH;
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
