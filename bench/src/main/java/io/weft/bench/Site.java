// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where one system is set up in one scenario: network namespaces of its own, the processes in them, a folder for their
 * files. All of it goes when this is closed, which any thread may do at any time: what comes after is refused.
 */
final class Site implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(4);
    private static final long FIRST_REPLY_SECONDS = 20;
    private static final long POLL_MILLIS = 5;

    private final String prefix;
    private final Path folder;
    private final List<String> namespaces = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();
    private final List<Path> pidFiles = new ArrayList<>();
    private final List<Process> dataplane = new ArrayList<>();
    private final List<Path> dataplanePidFiles = new ArrayList<>();
    private final List<String> commands = new ArrayList<>();
    private @Nullable Ends ends;
    private String answering = "";
    private long startedAt;
    private boolean closed;

    /** The pods: namespaces of the one that asks and the one that answers, and the latter's address. */
    record Ends(String from, String to, String address) {}

    /**
     * A site without anything in it.
     *
     * @param prefix in front of the names of all its namespaces; nobody else's
     * @param folder its own, made here
     */
    Site(final String prefix, final Path folder) throws BenchException {
        this.prefix = prefix;
        this.folder = folder;
        try {
            Files.createDirectories(folder);
        } catch (final IOException e) {
            throw new BenchException(folder + " can't be made: " + e.getMessage(), e);
        }
    }

    /** For files of the system. */
    Path folder() {
        return folder;
    }

    /** The namespace that is {@code name} here, as the machine knows it. */
    String namespace(final String name) {
        return prefix + name;
    }

    /** Makes a namespace. */
    void space(final String name) throws BenchException {
        synchronized (this) {
            checkOpen();
            namespaces.add(namespace(name));
            run("ip", "netns", "add", namespace(name));
        }
        ip(name, "link", "set", "lo", "up");
    }

    /** {@code ip} in a namespace. */
    void ip(final String space, final String... words) throws BenchException {
        run(concat(new String[] {"ip", "-n", namespace(space)}, words));
    }

    /** A command in a namespace. */
    void in(final String space, final String... words) throws BenchException {
        run(concat(new String[] {"ip", "netns", "exec", namespace(space)}, words));
    }

    /** A command; its failure is one of the set-up. */
    synchronized void run(final String... words) throws BenchException {
        final List<String> command = List.of(words);
        note(String.join(" ", command));
        Command.must(command);
    }

    /** Adds to {@link #commands} what was done otherwise than by a command. */
    synchronized void note(final String command) throws BenchException {
        checkOpen();
        commands.add(command.replace(prefix, "").replace(folder.toString(), "."));
    }

    private void checkOpen() throws BenchException {
        if (closed) {
            throw new BenchException("interrupted");
        }
    }

    /** Starts a process of the dataplane in a namespace; it ends with the site. */
    void dataplane(final String space, final Map<String, String> environment, final String... words)
            throws BenchException {
        final Process process = spawn(space, environment, words);
        synchronized (this) {
            dataplane.add(process);
        }
    }

    /** Starts a server in the pod that answers; it ends with the site. */
    void serve(final String... words) throws BenchException {
        spawn(answering, Map.of(), words);
    }

    private synchronized Process spawn(final String space, final Map<String, String> environment, final String... words)
            throws BenchException {
        final List<String> command = List.of(concat(new String[] {"ip", "netns", "exec", namespace(space)}, words));
        note(environment.entrySet().stream().map(entry -> entry + " ").reduce("", String::concat)
                + String.join(" ", command) + " &");
        try {
            final ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log" + processes.size()).toFile());
            builder.environment().putAll(environment);
            final Process process = builder.start();
            processes.add(process);
            return process;
        } catch (final IOException e) {
            throw new BenchException(words[0] + " can't be run: " + e.getMessage(), e);
        }
    }

    /** Says that a daemon will have written its pid there: it ends with the site. */
    synchronized void pidFile(final Path file, final boolean isDataplane) {
        pidFiles.add(file);
        if (isDataplane) {
            dataplanePidFiles.add(file);
        }
    }

    /** Everything that a dataplane finds when it starts is there. From here on, the time to the first reply counts. */
    void starts() {
        startedAt = System.nanoTime();
    }

    /** Says who measures with whom: the pods' names here, and the address of the second. */
    void ends(final String from, final String to, final String address) {
        answering = to;
        ends = new Ends(namespace(from), namespace(to), address);
    }

    /** Between whom is measured. */
    Ends ends() {
        final Ends known = ends;
        if (known == null) {
            throw new IllegalStateException("the set-up did not say between whom is measured");
        }
        return known;
    }

    /** How it was set up: the commands, with the names that the namespaces have here. */
    synchronized List<String> commands() {
        return List.copyOf(commands);
    }

    /** Waits until {@code command} succeeds in a namespace, or a process ends, or for ten seconds. */
    void until(final String space, final String... words) throws BenchException {
        final List<String> command = List.of(concat(new String[] {"ip", "netns", "exec", namespace(space)}, words));
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!Command.run(Command.LIMIT, command).ok()) {
            checkAlive();
            if (System.nanoTime() - deadline > 0) {
                throw new BenchException("not ready after 10 s: " + String.join(" ", words));
            }
            pause();
        }
    }

    /**
     * Waits for the first reply to a ping.
     *
     * @return milliseconds since {@link #starts}
     */
    double awaitReply() throws BenchException {
        final Ends pods = ends();
        final List<String> ping =
                List.of("ip", "netns", "exec", pods.from(), "ping", "-n", "-q", "-c1", "-W", "0.2", pods.address());
        while (!Command.run(Command.LIMIT, ping).ok()) {
            synchronized (this) {
                checkOpen();
            }
            checkAlive();
            if (System.nanoTime() - startedAt > TimeUnit.SECONDS.toNanos(FIRST_REPLY_SECONDS)) {
                throw new BenchException("started, but its pods don't reach each other");
            }
        }
        return (System.nanoTime() - startedAt) / 1e6;
    }

    /** Throws with the last line that a process of this site wrote if it has ended. */
    synchronized void checkAlive() throws BenchException {
        for (int i = 0; i < processes.size(); i++) {
            if (!processes.get(i).isAlive()) {
                throw new BenchException("ended: " + lastLine(folder.resolve("log" + i)));
            }
        }
    }

    private static String lastLine(final Path log) {
        try {
            return new Command.Result(0, Files.readString(log)).lastLine();
        } catch (final IOException e) {
            return "no log (" + e.getMessage() + ")";
        }
    }

    /** The processes that forward frames; none where the kernel does. */
    synchronized List<Long> dataplanePids() {
        final List<Long> pids = new ArrayList<>();
        dataplane.forEach(process -> pids.add(process.pid()));
        dataplanePidFiles.forEach(file -> pid(file).ifPresent(handle -> pids.add(handle.pid())));
        return pids;
    }

    private static Optional<ProcessHandle> pid(final Path file) {
        try {
            return ProcessHandle.of(Long.parseLong(Files.readString(file).strip()));
        } catch (final IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Ends the processes, then removes namespaces and files. Again: does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        final List<ProcessHandle> handles = new ArrayList<>();
        processes.forEach(process -> handles.add(process.toHandle()));
        pidFiles.forEach(file -> pid(file).ifPresent(handles::add));
        handles.forEach(ProcessHandle::destroy);
        final long deadline = System.nanoTime() + GRACE.toNanos();
        for (final ProcessHandle handle : handles) {
            while (handle.isAlive() && System.nanoTime() - deadline < 0 && pause()) {
                // Daemons are no children: nothing tells when they end.
            }
            handle.destroyForcibly();
        }
        for (final String namespace : namespaces) {
            try {
                Command.run(Command.LIMIT, List.of("ip", "netns", "del", namespace));
            } catch (final BenchException e) {
                // The next may still go; one that stays is seen by its name.
            }
        }
        deleteFolder();
    }

    private void deleteFolder() {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes)
                        throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(final Path directory, final @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (final IOException e) {
            // Files of a few octets in the temporary directory; nothing depends on them.
        }
    }

    /** False if this thread was interrupted. */
    static boolean pause() {
        try {
            Thread.sleep(POLL_MILLIS);
            return true;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String[] concat(final String[] first, final String[] second) {
        final String[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
