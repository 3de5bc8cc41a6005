// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.daemon.ConfigException;
import io.weft.daemon.RunDirectory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@code weft lab} does, verb by verb. */
final class Labs {
    /** Names the checkout: labs by name are {@code docker/labs/NAME.yaml} in it, and nodes are started by its launcher. */
    static final String HOME = "weft.home";

    private static final Duration REACH_LIMIT = Duration.ofSeconds(30);

    private final Path home;
    private final List<LabRuntime> runtimes;

    Labs(final Path home) {
        this.home = home;
        final RunDirectory directory = RunDirectory.ofEnvironment();
        final NodeLauncher launcher = new NodeLauncher(home.resolve("scripts/weft"), directory);
        this.runtimes = List.of(new NetnsRuntime(launcher), new DockerRuntime(directory));
    }

    /** The labs of the checkout whose launcher runs this program. */
    static Labs ofCheckout() throws LabException {
        final String home = System.getProperty(HOME);
        if (home == null) {
            throw new LabException(
                    "labs are run by scripts/weft (system property weft.home is not set)", LabException.WRONG);
        }
        return new Labs(Path.of(home));
    }

    /** One line of {@code lab show}; {@code netns} is the name of the namespace or container. */
    record Row(
            String lab,
            String name,
            String kind,
            String runtime,
            String netns,
            String state,
            long pid,
            String address) {}

    /** Brings a lab up under its own name or another; returns it when every pod can be reached. */
    Topology up(final String nameOrFile, final @Nullable String rename, final String runtimeLabel)
            throws LabException, ConfigException {
        final LabRuntime runtime = runtime(runtimeLabel);
        final Path file = resolve(nameOrFile);
        final Topology read = TopologyParser.read(file);
        final Topology lab = rename == null ? read : renamed(read, rename);
        runtime.check();
        try (LabState state = LabState.lock(lab.name())) {
            up(runtime, lab, text(file), state);
        }
        return lab;
    }

    /** Brings {@code lab} up from {@code labFile}, its text; when it can't, takes away what was made and says why. */
    private void up(final LabRuntime runtime, final Topology lab, final String labFile, final LabState state)
            throws LabException {
        if (runtime(state.runtime()).isUp(state)) {
            throw new LabException("lab " + lab.name() + " is up already (weft lab down " + lab.name() + ")");
        }
        final Thread undo = new Thread(() -> undo(state), "undo");
        Runtime.getRuntime().addShutdownHook(undo);
        boolean done = false;
        try {
            clear(state);
            state.addProcess(LabProcess.of("up", ProcessHandle.current().pid()));
            state.setRuntime(runtime.label());
            state.write(state.file(LabState.LAB_FILE), labFile);
            runtime.make(lab, state);
            Reachability.await(runtime, lab, REACH_LIMIT);
            state.markReady();
            done = true;
        } finally {
            Runtime.getRuntime().removeShutdownHook(undo);
            if (!done) {
                undo(state);
            }
        }
    }

    private void clear(final LabState state) throws LabException {
        runtime(state.runtime()).takeAway(state);
        state.clear();
    }

    private void undo(final LabState state) {
        try {
            clear(state);
            state.delete();
        } catch (final LabException e) {
            System.err.println("Error: " + e.getMessage());
        }
    }

    /** Takes a lab away; true if there was anything of it. */
    boolean down(final String name) throws LabException {
        final LabState found = LabState.find(name);
        if (found == null) {
            return false;
        }
        runtime(found.runtime()).checkRights();
        try (LabState state = LabState.lock(name)) {
            clear(state);
            state.delete();
        }
        return true;
    }

    private LabRuntime runtime(final String label) throws LabException {
        for (final LabRuntime runtime : runtimes) {
            if (runtime.label().equals(label)) {
                return runtime;
            }
        }
        throw new LabException(
                "no runtime " + label + ", there are: "
                        + String.join(
                                " ", runtimes.stream().map(LabRuntime::label).toList()),
                LabException.WRONG);
    }

    /** The names of all labs there are. */
    static List<String> names() throws LabException {
        return LabState.names();
    }

    /** The one lab there is, where none is named. */
    static String only(final @Nullable String name) throws LabException {
        if (name != null) {
            return name;
        }
        final List<String> names = names();
        if (names.size() != 1) {
            throw new LabException(
                    names.isEmpty() ? "no lab is up" : "several labs are up, name one: " + String.join(" ", names),
                    LabException.WRONG);
        }
        return names.getFirst();
    }

    /** Every node and pod of every lab, or of the one named. */
    List<Row> show(final @Nullable String only) throws LabException {
        final List<Row> rows = new ArrayList<>();
        for (final String name : only == null ? names() : List.of(only)) {
            final LabState state = existing(name);
            final Topology lab;
            try {
                lab = state.topology();
            } catch (final LabException e) {
                rows.add(new Row(name, "-", "-", state.runtime(), "-", "broken", 0, "-"));
                continue;
            }
            rows.addAll(rows(lab, state));
        }
        return rows;
    }

    private List<Row> rows(final Topology lab, final LabState state) throws LabException {
        final LabRuntime runtime = runtime(state.runtime());
        final Set<String> running = runtime.running(lab, state);
        final List<Row> rows = new ArrayList<>();
        for (final Topology.Node node : lab.nodes()) {
            final String address = String.valueOf(node.underlay() == null ? "-" : node.underlay());
            final boolean weft = node.kind() == Topology.Kind.WEFT;
            final long pid = weft ? runtime.pid(state, node.name()) : 0;
            rows.add(row(lab, runtime, running, node.name(), weft ? "weft" : "host", pid, address));
        }
        for (final Topology.Pod pod : lab.pods()) {
            final String addresses = String.join(
                    " ", pod.addresses().stream().map(Object::toString).toList());
            rows.add(row(lab, runtime, running, pod.name(), "pod", 0, addresses));
        }
        return rows;
    }

    private static Row row(
            final Topology lab,
            final LabRuntime runtime,
            final Set<String> running,
            final String member,
            final String kind,
            final long pid,
            final String address) {
        final String name = lab.namespace(member);
        final String state = running.contains(name) ? "up" : "down";
        return new Row(lab.name(), member, kind, runtime.label(), name, state, pid, address);
    }

    /** Proves every way of a running lab ({@link Ways}). */
    List<Reachability.Proof> check(final @Nullable String name) throws LabException {
        final LabState state = existing(only(name));
        final LabRuntime runtime = runtime(state.runtime());
        runtime.check();
        runtime.checkTools();
        final Topology lab = state.topology();
        final List<Reachability.Proof> proofs = new ArrayList<>();
        for (final Ways.Way way : Ways.of(lab)) {
            proofs.add(Reachability.prove(runtime, lab, way));
        }
        return proofs;
    }

    /** The topology of a running lab, of a lab of this checkout, or of a file. */
    Topology topology(final String nameOrFile) throws LabException, ConfigException {
        final LabState state = isFile(nameOrFile) ? null : LabState.find(nameOrFile);
        return state != null ? state.topology() : TopologyParser.read(resolve(nameOrFile));
    }

    /**
     * Runs a command in a node or pod, with this process's input and output.
     *
     * @param member {@code a}, or with its lab in front as in {@code two-nodes-a}
     * @return the command's exit code
     */
    int exec(final String member, final List<String> command) throws LabException {
        final Row row = member(member);
        final LabRuntime runtime = runtime(row.runtime());
        runtime.checkRights();
        final List<String> words =
                new ArrayList<>(runtime.enter(existing(row.lab()).topology(), row.name()));
        words.addAll(command);
        try {
            return new ProcessBuilder(words).inheritIO().start().waitFor();
        } catch (final IOException e) {
            throw new LabException(words.getFirst() + " can't be run: " + e.getMessage(), e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }

    private Row member(final String member) throws LabException {
        final List<Row> found = show(null).stream()
                .filter(row -> row.name().equals(member) || row.netns().equals(member))
                .toList();
        if (found.size() != 1) {
            throw new LabException(
                    found.isEmpty()
                            ? "no node or pod " + member + " in any lab (weft lab show)"
                            : member + " is in several labs, write one of: "
                                    + String.join(
                                            " ", found.stream().map(Row::netns).toList()),
                    LabException.WRONG);
        }
        return found.getFirst();
    }

    private static LabState existing(final String name) throws LabException {
        final LabState state = TopologyParser.isName(name) ? LabState.find(name) : null;
        if (state == null) {
            throw new LabException("no lab " + name + " (weft lab show)", LabException.WRONG);
        }
        return state;
    }

    private static Topology renamed(final Topology lab, final String name) throws LabException {
        final Topology renamed = lab.named(name);
        if (!TopologyParser.isName(name)
                || renamed.nodes().stream()
                        .anyMatch(node -> renamed.namespace(node.name()).length() > TopologyParser.MAX_NODE_NAME)) {
            throw new LabException(
                    "not a name for this lab (too long, or other than a-z 0-9 -): " + name, LabException.WRONG);
        }
        return renamed;
    }

    private static boolean isFile(final String nameOrFile) {
        return nameOrFile.contains("/") || nameOrFile.endsWith(".yaml") || nameOrFile.endsWith(".yml");
    }

    private Path resolve(final String nameOrFile) throws LabException {
        if (isFile(nameOrFile)) {
            return Path.of(nameOrFile);
        }
        final Path file = home.resolve("docker/labs").resolve(nameOrFile + ".yaml");
        if (!TopologyParser.isName(nameOrFile) || !Files.exists(file)) {
            throw new LabException(
                    "no lab " + nameOrFile + ", there are: " + String.join(" ", known()), LabException.WRONG);
        }
        return file;
    }

    private List<String> known() throws LabException {
        final List<String> known = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(home.resolve("docker/labs"), "*.yaml")) {
            for (final Path file : files) {
                known.add(file.getFileName().toString().replace(".yaml", ""));
            }
        } catch (final IOException e) {
            throw new LabException(home.resolve("docker/labs") + " can't be read: " + e.getMessage(), e);
        }
        known.sort(null);
        return known;
    }

    private static String text(final Path file) throws LabException {
        try {
            return Files.readString(file);
        } catch (final IOException e) {
            throw new LabException(file + " can't be read: " + e.getMessage(), e);
        }
    }
}
