// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.daemon.RunDirectory;
import io.weft.daemon.Terminal;
import io.weft.lab.Topology.Endpoint;
import io.weft.lab.Topology.Kind;
import io.weft.lab.Topology.Node;
import io.weft.lab.Topology.Pod;
import io.weft.wire.IpAddress;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Labs on Docker: a container for each node and each pod, a Docker network for each link. Nodes have NET_ADMIN and
 * /dev/net/tun and nothing else, but NET_RAW where they take over a wire; pods have nothing.
 *
 * <p>A pod is two containers: {@code LAB-POD-net} runs {@code weft attach} and holds the pod's network namespace, as the pause
 * container of a Kubernetes pod does; {@code LAB-POD} is any image and lives in that namespace. So the pod may be restarted
 * as often as it likes and keeps its interface, and a node that is killed gets the interface again from {@code weft attach}.
 *
 * <p>A node's run directory is a directory of the lab's state, so that its control socket is within reach of this machine's
 * command line, as that of any node; the pods see nothing but its subdirectory with the socket to attach.
 */
final class DockerRuntime implements LabRuntime {
    static final String LABEL = "docker";

    /** Behind a pod's name: the container that holds its network. */
    private static final String NET = "-net";

    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final String RUN_SUFFIX = ".run";
    private static final String START_SUFFIX = ".start";

    private final RunDirectory directory;

    DockerRuntime(final RunDirectory directory) {
        this.directory = directory;
    }

    @Override
    public String label() {
        return LABEL;
    }

    @Override
    public void check() throws LabException {
        Docker.check();
        Docker.checkImage(Docker.NODE_IMAGE);
        Docker.checkImage(Docker.POD_IMAGE);
    }

    @Override
    public void checkRights() throws LabException {
        Docker.check();
    }

    @Override
    public void checkTools() {
        // They are in the image of pods, which was checked.
    }

    @Override
    public boolean isUp(final LabState state) throws LabException {
        return state.isReady() && Docker.running(state.name()).containsAll(members(state.topology()));
    }

    /** Every container of the lab. */
    private static List<String> members(final Topology lab) {
        final List<String> names = new ArrayList<>();
        lab.nodes().forEach(node -> names.add(lab.namespace(node.name())));
        for (final Pod pod : lab.pods()) {
            names.add(lab.namespace(pod.name()));
            names.add(lab.namespace(pod.name()) + NET);
        }
        return names;
    }

    @Override
    public void make(final Topology lab, final LabState state) throws LabException {
        for (final String image :
                new HashSet<>(lab.pods().stream().map(DockerRuntime::image).toList())) {
            Docker.checkImage(image);
        }
        final List<DockerLink> links = DockerLink.of(lab);
        for (final DockerLink link : links) {
            network(lab, link);
        }
        final List<Step> steps = new ArrayList<>();
        for (final Node node : lab.nodes()) {
            files(lab, node, links, state);
            steps.add(() -> node(lab, node, links, state));
        }
        lab.pods().forEach(pod -> steps.add(() -> pod(lab, pod, state)));
        together(steps);
        for (final Node node : lab.weftNodes()) {
            awaitReady(lab.namespace(node.name()));
        }
    }

    /** A part of the work that waits for the engine most of its time. */
    private interface Step {
        void run() throws LabException;
    }

    private static void together(final List<Step> steps) throws LabException {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            final List<Future<Object>> futures = new ArrayList<>();
            for (final Step step : steps) {
                futures.add(executor.submit(() -> {
                    step.run();
                    return true;
                }));
            }
            for (final Future<Object> future : futures) {
                future.get();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        } catch (final ExecutionException e) {
            throw new LabException(
                    String.valueOf(Objects.requireNonNull(e.getCause()).getMessage()), e);
        }
    }

    private static void network(final Topology lab, final DockerLink link) throws LabException {
        // No masquerading and no default route (StartScript): what is sent stays on the link.
        Docker.run(
                "network",
                "create",
                "--driver=bridge",
                label(lab),
                "--subnet=" + link.subnet(),
                "--gateway=" + link.gateway(),
                "--opt=com.docker.network.bridge.enable_ip_masquerade=false",
                "--opt=com.docker.network.driver.mtu=" + link.mtu(),
                link.name());
    }

    private static String label(final Topology lab) {
        return "--label=" + Docker.LAB_LABEL + "=" + lab.name();
    }

    /** What the node's container finds on this machine. */
    private void files(final Topology lab, final Node node, final List<DockerLink> links, final LabState state)
            throws LabException {
        final boolean weft = node.kind() == Kind.WEFT;
        final String program = weft ? "weft node run --config /etc/weft/node.yaml" : "sleep infinity";
        state.write(state.file(node.name() + START_SUFFIX), StartScript.text(node, links, program));
        if (!weft) {
            return;
        }
        state.write(state.nodeFile(node.name()), NodeFile.text(lab, node, true, "/run/weft/journal"));
        final String name = lab.namespace(node.name());
        final RunDirectory own = new RunDirectory(runOf(state, node.name()));
        try {
            final var onlyOwner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
            Files.createDirectory(own.base(), onlyOwner);
            Files.createDirectory(own.attachSocket(name).getParent(), onlyOwner);
            Files.createSymbolicLink(directory.socket(name), own.socket(name));
            Files.createSymbolicLink(directory.counters(name), own.counters(name));
        } catch (final IOException e) {
            throw new LabException("the run directory of node " + name + " can't be made: " + e.getMessage(), e);
        }
    }

    private static Path runOf(final LabState state, final String node) {
        return state.file(node + RUN_SUFFIX);
    }

    private static void node(final Topology lab, final Node node, final List<DockerLink> links, final LabState state)
            throws LabException {
        final boolean weft = node.kind() == Kind.WEFT;
        final String name = lab.namespace(node.name());
        final List<String> words = new ArrayList<>(List.of("create", "--name=" + name, "--hostname=" + node.name()));
        words.addAll(List.of(label(lab), "--restart=unless-stopped", "--entrypoint=/bin/sh"));
        words.addAll(List.of("--cap-drop=ALL", "--cap-add=NET_ADMIN", "--security-opt=no-new-privileges"));
        words.addAll(List.of("--read-only", mount(state.file(node.name() + START_SUFFIX), "/etc/weft/start", true)));
        words.addAll(ipv6());
        if (weft) {
            words.addAll(List.of("--label=" + Docker.NODE_LABEL + "=" + name, "--device=/dev/net/tun"));
            words.add(mount(state.nodeFile(node.name()), "/etc/weft/node.yaml", true));
            words.add(mount(runOf(state, node.name()), "/run/weft", false));
            if (node.interfaces().stream().anyMatch(item -> item.network() != null)) {
                // A wire is taken over by a packet socket.
                words.add("--cap-add=NET_RAW");
            }
        } else {
            // iperf3 has a file there.
            words.addAll(List.of("--init", "--tmpfs=/tmp"));
        }
        if (node.forwarding()) {
            words.addAll(List.of("--sysctl=net.ipv4.ip_forward=1", "--sysctl=net.ipv6.conf.all.forwarding=1"));
        }
        final List<List<String>> ends = ends(node, links);
        words.addAll(ends.isEmpty() ? List.of("--network=none") : ends.getFirst());
        words.addAll(List.of(weft ? Docker.NODE_IMAGE : Docker.POD_IMAGE, "/etc/weft/start"));
        Docker.run(words);
        for (final List<String> end : ends.subList(Math.min(1, ends.size()), ends.size())) {
            Docker.run("network", "connect", end.get(1), end.get(0).replace("--network=", ""), name);
        }
        Docker.run("start", name);
    }

    /** The networks of a node: {@code --network=NAME} and {@code --ip=ADDRESS} of each. */
    private static List<List<String>> ends(final Node node, final List<DockerLink> links) {
        final List<List<String>> ends = new ArrayList<>();
        for (final DockerLink link : links) {
            for (final Map.Entry<Endpoint, IpAddress> end : link.addresses().entrySet()) {
                if (end.getKey().node().equals(node.name())) {
                    ends.add(List.of("--network=" + link.name(), "--ip=" + end.getValue()));
                }
            }
        }
        return ends;
    }

    /** Docker switches IPv6 off where it gives no IPv6 address itself. Addresses are the lab's own: no detection of duplicates. */
    private static List<String> ipv6() {
        return Arrays.asList(
                "--sysctl=net.ipv6.conf.all.disable_ipv6=0",
                "--sysctl=net.ipv6.conf.default.disable_ipv6=0",
                "--sysctl=net.ipv6.conf.all.accept_dad=0",
                "--sysctl=net.ipv6.conf.default.accept_dad=0");
    }

    private static String mount(final Path source, final String target, final boolean readOnly) {
        return "--volume=" + source.toAbsolutePath() + ":" + target + (readOnly ? ":ro" : "");
    }

    private static void pod(final Topology lab, final Pod pod, final LabState state) throws LabException {
        final String name = lab.namespace(pod.name());
        final String node = lab.namespace(pod.node());
        final RunDirectory run = new RunDirectory(runOf(state, pod.node()));
        final List<String> net = new ArrayList<>(List.of("run", "-d", "--name=" + name + NET, label(lab)));
        net.addAll(List.of("--restart=unless-stopped", "--no-healthcheck", "--hostname=" + pod.name()));
        net.addAll(List.of("--cap-drop=ALL", "--cap-add=NET_ADMIN", "--security-opt=no-new-privileges"));
        net.addAll(List.of("--read-only", "--network=none", "--device=/dev/net/tun"));
        net.addAll(ipv6());
        net.add(mount(Objects.requireNonNull(run.attachSocket(node).getParent()), "/run/weft/attach", false));
        net.addAll(List.of(Docker.NODE_IMAGE, "-n", node, "attach", pod.name()));
        Docker.run(net);
        // A terminal keeps the shell running that many images start with.
        Docker.run(
                "run",
                "-dit",
                "--name=" + name,
                label(lab),
                "--restart=unless-stopped",
                "--network=container:" + name + NET,
                image(pod));
    }

    private static String image(final Pod pod) {
        return pod.image() == null ? Docker.POD_IMAGE : pod.image();
    }

    private void awaitReady(final String node) throws LabException {
        final long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!directory.isRunning(node)) {
            if (System.nanoTime() - deadline > 0 || hasEnded(node)) {
                throw new LabException("node " + node + " is not ready: " + Docker.run("logs", "--tail=1", node));
            }
            NodeLauncher.pause();
        }
    }

    /** A node that ends is started again, and again: it has told why by then. */
    private static boolean hasEnded(final String node) throws LabException {
        return !Docker.run("inspect", "--format", "{{.RestartCount}}", node)
                .strip()
                .equals("0");
    }

    @Override
    public void takeAway(final LabState state) throws LabException {
        final List<String> containers = Docker.containers(state.name());
        final List<Step> steps = new ArrayList<>();
        // Volumes without a name that an image asked for go with it.
        containers.forEach(container -> steps.add(() -> Docker.run("rm", "--force", "--volumes", container)));
        together(steps);
        for (final String network : Docker.networks(state.name())) {
            Docker.run("network", "rm", network);
        }
        try (DirectoryStream<Path> runs = Files.newDirectoryStream(state.directory(), "*" + RUN_SUFFIX)) {
            for (final Path run : runs) {
                final String file = run.getFileName().toString();
                final String node = file.substring(0, file.length() - RUN_SUFFIX.length());
                directory.remove(state.name() + "-" + node);
            }
        } catch (final NoSuchFileException e) {
            // Nothing was made yet.
        } catch (final IOException e) {
            throw new LabException("files of lab " + state.name() + " can't be removed: " + e.getMessage(), e);
        }
    }

    @Override
    public List<String> enter(final Topology lab, final String member) {
        final String terminal = Terminal.is(0) && Terminal.is(1) ? "-it" : "-i";
        return List.of("docker", "exec", terminal, lab.namespace(member));
    }

    /** A node's image has neither ping nor iperf3, and a pod's may be any: then a container of ours joins its namespace. */
    @Override
    public List<String> tools(final Topology lab, final String member) {
        final String name = lab.namespace(member);
        final boolean own = lab.pods().stream().anyMatch(pod -> pod.name().equals(member) && pod.image() == null)
                || lab.nodes().stream().anyMatch(node -> node.name().equals(member) && node.kind() == Kind.HOST);
        return own
                ? List.of("docker", "exec", name)
                : List.of("docker", "run", "--rm", "--network=container:" + name, Docker.POD_IMAGE);
    }

    @Override
    public Set<String> running(final Topology lab, final LabState state) throws LabException {
        return Set.copyOf(Docker.running(state.name()));
    }

    @Override
    public long pid(final LabState state, final String node) throws LabException {
        final String name = state.name() + "-" + node;
        if (!Docker.running(state.name()).contains(name)) {
            return 0;
        }
        return Long.parseLong(
                Docker.run("inspect", "--format", "{{.State.Pid}}", name).strip());
    }
}
