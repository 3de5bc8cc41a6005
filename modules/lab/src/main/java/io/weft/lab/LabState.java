// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.daemon.ConfigException;
import io.weft.daemon.RunDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known on disk of one lab: {@code /run/weft/labs/LAB/}. Its file {@code state} is a list of lines, each written before
 * the thing that it names is made, so that whoever finds the file after a crash can take everything away:
 *
 * <pre>
 * runtime NAME              what it runs on; without this line netns
 * process up PID START      the `lab up` that works on it, or worked
 * netns NAME                a namespace
 * node NAME                 a node is about to be started
 * process NAME PID START    it runs
 * ready                     `up` has done its work
 * </pre>
 *
 * <p>A line that a crash cut short is ignored: what it would have named was not made yet. Whoever changes a lab holds its lock,
 * which ends with the process.
 */
final class LabState implements AutoCloseable {
    private static final RunDirectory RUN = RunDirectory.ofEnvironment();
    private static final Path DIRECTORY = RUN.base().resolve("labs");

    /** What a lab's directory holds besides the node files and logs. */
    static final String LAB_FILE = "lab.yaml";

    private static final String STATE_FILE = "state";
    private static final String LOCK_FILE = "lock";

    private final String name;
    private final Path directory;
    private final @Nullable FileLock lock;

    private String runtime = NetnsRuntime.LABEL;
    private final List<String> namespaces = new ArrayList<>();
    private final List<String> nodes = new ArrayList<>();
    private final List<LabProcess> processes = new ArrayList<>();
    private boolean ready;

    private LabState(final String name, final @Nullable FileLock lock) throws LabException {
        this.name = name;
        this.directory = DIRECTORY.resolve(name);
        this.lock = lock;
        load();
    }

    /** Opens the state of {@code name} to change it; there need be none yet. */
    static LabState lock(final String name) throws LabException {
        final Path directory = DIRECTORY.resolve(name);
        try {
            while (true) {
                RUN.create();
                Files.createDirectories(directory);
                final Path file = directory.resolve(LOCK_FILE);
                final FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                final Object opened = key(file);
                final FileLock lock = tryLock(channel);
                if (lock == null) {
                    channel.close();
                    throw new LabException("another command is working on lab " + name);
                }
                // `down` removes the file that it holds, and a lock on a removed file locks nothing.
                if (opened != null && opened.equals(key(file))) {
                    return new LabState(name, lock);
                }
                channel.close();
            }
        } catch (final IOException e) {
            throw new LabException(directory + " can't be written: " + e.getMessage(), e);
        }
    }

    /** The state of {@code name} to look at, or null if there is no such lab. */
    static @Nullable LabState find(final String name) throws LabException {
        return Files.isDirectory(DIRECTORY.resolve(name)) ? new LabState(name, null) : null;
    }

    /** Names of all labs that have left something on disk. */
    static List<String> names() throws LabException {
        final List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(DIRECTORY)) {
            for (final Path entry : entries) {
                final String name = entry.getFileName().toString();
                if (TopologyParser.isName(name) && Files.isDirectory(entry)) {
                    names.add(name);
                }
            }
        } catch (final NoSuchFileException e) {
            return names;
        } catch (final IOException e) {
            throw new LabException(DIRECTORY + " can't be read: " + e.getMessage(), e);
        }
        names.sort(null);
        return names;
    }

    String name() {
        return name;
    }

    List<String> namespaces() {
        return namespaces;
    }

    /** Nodes that were started, or were about to be. */
    List<String> nodes() {
        return nodes;
    }

    List<LabProcess> processes() {
        return processes;
    }

    /** The processes of nodes: all but the {@code lab up} itself. */
    List<LabProcess> nodeProcesses() {
        return processes.stream()
                .filter(process -> nodes.contains(process.name()))
                .toList();
    }

    /** What the lab runs on. */
    String runtime() {
        return runtime;
    }

    /** True if {@code up} came to its end. */
    boolean isReady() {
        return ready;
    }

    /** True if every node that was started as a process runs. */
    boolean nodesAlive() {
        return nodes.stream()
                .allMatch(node ->
                        processes.stream().anyMatch(process -> process.name().equals(node) && process.isAlive()));
    }

    /** Where all of it is. */
    Path directory() {
        return directory;
    }

    Path file(final String file) {
        return directory.resolve(file);
    }

    Path nodeFile(final String node) {
        return file(node + ".yaml");
    }

    Path logFile(final String node) {
        return file(node + ".log");
    }

    /** The lab as it was brought up. */
    Topology topology() throws LabException {
        try {
            return TopologyParser.read(file(LAB_FILE)).named(name);
        } catch (final ConfigException e) {
            throw new LabException("lab " + name + " was not brought up completely (weft lab down " + name + ")", e);
        }
    }

    void setRuntime(final String label) throws LabException {
        append("runtime " + label);
        runtime = label;
    }

    void addNamespace(final String namespace) throws LabException {
        append("netns " + namespace);
        namespaces.add(namespace);
    }

    void addNode(final String node) throws LabException {
        append("node " + node);
        nodes.add(node);
    }

    void addProcess(final LabProcess process) throws LabException {
        append("process " + process.name() + " " + process.pid() + " " + process.start());
        processes.add(process);
    }

    void markReady() throws LabException {
        append("ready");
        ready = true;
    }

    void write(final Path file, final String text) throws LabException {
        try {
            Files.writeString(file, text);
        } catch (final IOException e) {
            throw new LabException(file + " can't be written: " + e.getMessage(), e);
        }
    }

    /** Removes every file of this lab but its lock, the state after what it names. */
    void clear() throws LabException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (final Path entry : entries) {
                if (!entry.endsWith(STATE_FILE) && !entry.endsWith(LOCK_FILE)) {
                    remove(entry);
                }
            }
            Files.deleteIfExists(file(STATE_FILE));
        } catch (final IOException e) {
            throw new LabException("the files of lab " + name + " can't be removed: " + e.getMessage(), e);
        }
        namespaces.clear();
        nodes.clear();
        processes.clear();
        runtime = NetnsRuntime.LABEL;
        ready = false;
    }

    /** A file, or a directory with all that it holds; links are not followed. */
    private static void remove(final Path entry) throws IOException {
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> children = Files.newDirectoryStream(entry)) {
                for (final Path child : children) {
                    remove(child);
                }
            }
        }
        Files.deleteIfExists(entry);
    }

    /** Removes this lab's cleared directory, and its parents where they are empty now. */
    void delete() throws LabException {
        try {
            Files.deleteIfExists(file(LOCK_FILE));
            deleteIfEmpty(directory);
            deleteIfEmpty(DIRECTORY);
            deleteIfEmpty(RUN.base());
        } catch (final IOException e) {
            throw new LabException(directory + " can't be removed: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            if (lock != null) {
                lock.acquiredBy().close();
            }
        } catch (final IOException e) {
            // The lock ends with this process in any case.
        }
    }

    private void load() throws LabException {
        final String text;
        try {
            text = Files.readString(file(STATE_FILE), StandardCharsets.UTF_8);
        } catch (final NoSuchFileException e) {
            return;
        } catch (final IOException e) {
            throw new LabException(file(STATE_FILE) + " can't be read: " + e.getMessage(), e);
        }
        final int whole = text.lastIndexOf('\n') + 1;
        for (final String line : text.substring(0, whole).split("\n", -1)) {
            final String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "runtime" -> runtime = words[1];
                case "netns" -> namespaces.add(words[1]);
                case "node" -> nodes.add(words[1]);
                case "process" ->
                    processes.add(new LabProcess(words[1], Long.parseLong(words[2]), Long.parseLong(words[3])));
                case "ready" -> ready = true;
                default -> {
                    // A line of a later version names nothing that this one can take away.
                }
            }
        }
    }

    private void append(final String line) throws LabException {
        try {
            Files.writeString(file(STATE_FILE), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (final IOException e) {
            throw new LabException(file(STATE_FILE) + " can't be written: " + e.getMessage(), e);
        }
    }

    private static @Nullable FileLock tryLock(final FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (final OverlappingFileLockException e) {
            return null;
        }
    }

    /** What tells one file from another of the same name; null if there is none. */
    private static @Nullable Object key(final Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (final NoSuchFileException e) {
            return null;
        }
    }

    private static void deleteIfEmpty(final @Nullable Path directory) throws IOException {
        try {
            if (directory != null) {
                Files.deleteIfExists(directory);
            }
        } catch (final DirectoryNotEmptyException e) {
            // Others use it.
        }
    }
}
