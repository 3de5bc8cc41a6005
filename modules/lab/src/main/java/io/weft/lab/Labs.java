// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.daemon.ConfigException;
import io.weft.daemon.RunDirectory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code weft lab} does, verb by verb. */
final class Labs {
    /** Names the checkout: labs by name are {@code docker/labs/NAME.yaml} in it, and nodes are started by its launcher. */
    static final String HOME = "weft.home";

    private final Path home;
    private final NetnsRuntime runtime;

    Labs(final Path home) {
        this.home = home;
        this.runtime = new NetnsRuntime(new NodeLauncher(home.resolve("scripts/weft"), RunDirectory.ofEnvironment()));
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

    /** One line of {@code lab show}. */
    record Row(String lab, String name, String kind, String netns, String state, long pid, String address) {}

    /** Brings a lab up under its own name or another; returns it when every pod can be reached. */
    Topology up(final String nameOrFile, final @Nullable String rename) throws LabException, ConfigException {
        final Path file = resolve(nameOrFile);
        final Topology read = TopologyParser.read(file);
        final Topology lab = rename == null ? read : renamed(read, rename);
        Requirements.checkMachine();
        try (LabState state = LabState.lock(lab.name())) {
            runtime.up(lab, text(file), state);
        }
        return lab;
    }

    /** Takes a lab away; true if there was anything of it. */
    boolean down(final String name) throws LabException {
        if (LabState.find(name) == null) {
            return false;
        }
        Requirements.checkRights();
        try (LabState state = LabState.lock(name)) {
            runtime.down(state);
        }
        return true;
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
    static List<Row> show(final @Nullable String only) throws LabException {
        final List<Row> rows = new ArrayList<>();
        for (final String name : only == null ? names() : List.of(only)) {
            final LabState state = existing(name);
            final Topology lab;
            try {
                lab = state.topology();
            } catch (final LabException e) {
                rows.add(new Row(name, "-", "-", "-", "broken", 0, "-"));
                continue;
            }
            for (final Topology.Node node : lab.nodes()) {
                rows.add(row(lab, state, node));
            }
            for (final Topology.Pod pod : lab.pods()) {
                final String netns = lab.namespace(pod.name());
                final String addresses = String.join(
                        " ", pod.addresses().stream().map(Object::toString).toList());
                rows.add(new Row(name, pod.name(), "pod", netns, namespaceState(netns), 0, addresses));
            }
        }
        return rows;
    }

    private static Row row(final Topology lab, final LabState state, final Topology.Node node) {
        final String netns = lab.namespace(node.name());
        final String address = String.valueOf(node.underlay() == null ? "-" : node.underlay());
        if (node.kind() == Topology.Kind.HOST) {
            return new Row(lab.name(), node.name(), "host", netns, namespaceState(netns), 0, address);
        }
        for (final LabProcess process : state.nodeProcesses()) {
            if (process.name().equals(node.name()) && process.isAlive()) {
                return new Row(lab.name(), node.name(), "weft", netns, "up", process.pid(), address);
            }
        }
        return new Row(lab.name(), node.name(), "weft", netns, "down", 0, address);
    }

    private static String namespaceState(final String netns) {
        return NetnsRuntime.exists(netns) ? "up" : "down";
    }

    /** Proves every way of a running lab ({@link Ways}). */
    static List<Reachability.Proof> check(final @Nullable String name) throws LabException {
        Requirements.checkMachine();
        Requirements.checkTool("iperf3", "iperf3");
        final Topology lab = existing(only(name)).topology();
        final List<Reachability.Proof> proofs = new ArrayList<>();
        for (final Ways.Way way : Ways.of(lab)) {
            proofs.add(Reachability.prove(lab, way));
        }
        return proofs;
    }

    /** The topology of a running lab, of a lab of this checkout, or of a file. */
    Topology topology(final String nameOrFile) throws LabException, ConfigException {
        final LabState state = isFile(nameOrFile) ? null : LabState.find(nameOrFile);
        return state != null ? state.topology() : TopologyParser.read(resolve(nameOrFile));
    }

    /**
     * Runs a command in a node's or pod's namespace, with this process's input and output.
     *
     * @param member {@code a}, or with its lab in front as in {@code two-nodes-a}
     * @return the command's exit code
     */
    static int exec(final String member, final List<String> command) throws LabException {
        Requirements.checkRights();
        final List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", namespace(member)));
        words.addAll(command);
        try {
            return new ProcessBuilder(words).inheritIO().start().waitFor();
        } catch (final IOException e) {
            throw new LabException("ip can't be run: " + e.getMessage(), e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }

    private static String namespace(final String member) throws LabException {
        final List<String> found = new ArrayList<>();
        for (final Row row : show(null)) {
            if (row.name().equals(member) || row.netns().equals(member)) {
                found.add(row.netns());
            }
        }
        if (found.size() != 1) {
            throw new LabException(
                    found.isEmpty()
                            ? "no node or pod " + member + " in any lab (weft lab show)"
                            : member + " is in several labs, write one of: " + String.join(" ", found),
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
