// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.lab.Topology.Endpoint;
import io.weft.lab.Topology.Link;
import io.weft.lab.Topology.Node;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Labs on network namespaces. Every interface is made inside a namespace of the lab, never in the machine's own; so taking the
 * namespaces away takes everything away. Order: namespaces, underlay, nodes. Each thing is written to {@link LabState} before
 * it is made.
 */
final class NetnsRuntime implements LabRuntime {
    static final String LABEL = "netns";

    private static final Path NAMESPACES = Path.of("/run/netns");

    private final NodeLauncher launcher;

    NetnsRuntime(final NodeLauncher launcher) {
        this.launcher = launcher;
    }

    @Override
    public String label() {
        return LABEL;
    }

    @Override
    public void check() throws LabException {
        Requirements.checkMachine();
    }

    @Override
    public void checkRights() throws LabException {
        Requirements.checkRights();
    }

    @Override
    public void checkTools() throws LabException {
        Requirements.checkTool("iperf3", "iperf3");
    }

    @Override
    public boolean isUp(final LabState state) {
        return state.isReady()
                && state.nodesAlive()
                && state.namespaces().stream().allMatch(NetnsRuntime::exists);
    }

    @Override
    public void make(final Topology lab, final LabState state) throws LabException {
        refuseForeign(lab);
        namespaces(lab, state);
        underlay(lab);
        nodes(lab, state);
    }

    @Override
    public List<String> enter(final Topology lab, final String member) {
        return List.of("ip", "netns", "exec", lab.namespace(member));
    }

    @Override
    public List<String> tools(final Topology lab, final String member) {
        return enter(lab, member);
    }

    @Override
    public Set<String> running(final Topology lab, final LabState state) {
        final Set<String> running = new HashSet<>();
        for (final String namespace : lab.namespaces()) {
            if (exists(namespace)) {
                running.add(namespace);
            }
        }
        for (final Node node : lab.weftNodes()) {
            if (pid(state, node.name()) == 0) {
                running.remove(lab.namespace(node.name()));
            }
        }
        return running;
    }

    @Override
    public long pid(final LabState state, final String node) {
        return state.nodeProcesses().stream()
                .filter(process -> process.name().equals(node) && process.isAlive())
                .findFirst()
                .map(LabProcess::pid)
                .orElse(0L);
    }

    @Override
    public void takeAway(final LabState state) throws LabException {
        final List<LabProcess> nodes = new ArrayList<>(state.nodeProcesses());
        for (final String node : state.nodes()) {
            nodes.addAll(LabProcess.nodesRunning(node, state.nodeFile(node)));
        }
        LabProcess.end(nodes);
        for (final String node : state.nodes()) {
            launcher.removeLeftovers(state.name() + "-" + node);
        }
        final StringBuilder batch = new StringBuilder();
        for (final String namespace : state.namespaces()) {
            if (exists(namespace)) {
                batch.append("netns del ").append(namespace).append('\n');
            }
        }
        if (!batch.isEmpty()) {
            Shell.feed(batch.toString(), "ip", "-batch", "-");
        }
    }

    /** True if there is a network namespace of that name. */
    static boolean exists(final String namespace) {
        return Files.exists(NAMESPACES.resolve(namespace));
    }

    /** A namespace that stands now is not this lab's: those were taken away just before. */
    private static void refuseForeign(final Topology lab) throws LabException {
        for (final String namespace : lab.namespaces()) {
            if (exists(namespace)) {
                throw new LabException("network namespace " + namespace + " exists already and is not of this lab");
            }
        }
    }

    private static void namespaces(final Topology lab, final LabState state) throws LabException {
        final StringBuilder batch = new StringBuilder();
        final StringBuilder script = new StringBuilder();
        for (final String namespace : lab.namespaces()) {
            state.addNamespace(namespace);
            batch.append("netns add ").append(namespace).append('\n');
            // No duplicate address detection: addresses are the lab's own, and pods shall speak at once.
            script.append("ip netns exec ")
                    .append(namespace)
                    .append(" sh -c 'ip link set lo up; for f in default all; do")
                    .append(" echo 0 2>/dev/null >/proc/sys/net/ipv6/conf/$f/accept_dad; done; true'\n");
        }
        for (final Node node : lab.nodes()) {
            if (node.forwarding()) {
                script.append("ip netns exec ")
                        .append(lab.namespace(node.name()))
                        .append(" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward;")
                        .append(" echo 1 2>/dev/null >/proc/sys/net/ipv6/conf/all/forwarding; true'\n");
            }
        }
        Shell.feed(batch.toString(), "ip", "-batch", "-");
        Shell.feed(script.toString(), "sh", "-eu");
    }

    private static void underlay(final Topology lab) throws LabException {
        final StringBuilder links = new StringBuilder();
        final StringBuilder inside = new StringBuilder();
        int bridges = 0;
        int ports = 0;
        for (final Link link : lab.links()) {
            if (link.isCable()) {
                final Endpoint peer = link.ends().get(1);
                links.append(cable(lab, link.ends().get(0), lab.namespace(peer.node()), peer.ifname(), link.mtu()));
                continue;
            }
            final String bridge = "br" + bridges++;
            inside.append("link add ")
                    .append(bridge)
                    .append(" type bridge\nlink set ")
                    .append(bridge)
                    .append(" up\n");
            for (final Endpoint end : link.ends()) {
                final String port = "p" + ++ports;
                links.append(cable(lab, end, lab.switchNamespace(), port, link.mtu()));
                inside.append("link set ")
                        .append(port)
                        .append(" master ")
                        .append(bridge)
                        .append(" up\n");
            }
        }
        if (!links.isEmpty()) {
            Shell.feed(links.toString(), "ip", "-batch", "-");
        }
        if (!inside.isEmpty()) {
            Shell.feed(inside.toString(), "ip", "-n", lab.switchNamespace(), "-batch", "-");
        }
        for (final Node node : lab.nodes()) {
            final String batch = IpBatch.of(node);
            if (!batch.isEmpty()) {
                Shell.feed(batch, "ip", "-n", lab.namespace(node.name()), "-batch", "-");
            }
        }
    }

    private static String cable(
            final Topology lab, final Endpoint end, final String peerNamespace, final String peer, final int mtu) {
        return "link add " + end.ifname() + " mtu " + mtu + " netns " + lab.namespace(end.node())
                + " type veth peer name " + peer + " mtu " + mtu + " netns " + peerNamespace + "\n";
    }

    /** All nodes start side by side; then each is waited for. */
    private void nodes(final Topology lab, final LabState state) throws LabException {
        for (final Node node : lab.weftNodes()) {
            final String journal = state.file(node.name() + ".journal").toString();
            state.write(state.nodeFile(node.name()), NodeFile.text(lab, node, false, journal));
            state.addNode(node.name());
            state.addProcess(launcher.start(
                    node.name(), lab.namespace(node.name()), state.nodeFile(node.name()), state.logFile(node.name())));
        }
        for (final Node node : lab.weftNodes()) {
            final LabProcess process = state.processes().stream()
                    .filter(candidate -> candidate.name().equals(node.name()))
                    .findFirst()
                    .orElseThrow();
            launcher.awaitReady(process, lab.namespace(node.name()), state.logFile(node.name()));
        }
    }
}
