// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.port.NetworkNamespace;
import io.weft.testkit.TcpTransfer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/** A lab that a test brought up under a name of its own. Closing takes it down and proves that nothing is left. */
final class RunningLab implements AutoCloseable {
    /** Where nodes have their control sockets. */
    static final Path RUN_DIRECTORY = Path.of("/run/weft");

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String name;

    private RunningLab(final String name) {
        this.name = name;
    }

    /** A lab's name that no other test, of this run or another, has. */
    static String uniqueName() {
        return "t" + ProcessHandle.current().pid() + "x" + COUNT.incrementAndGet();
    }

    /** Brings up a lab of the checkout, or of a file. */
    static RunningLab up(final String nameOrFile) throws Exception {
        final RunningLab lab = new RunningLab(uniqueName());
        Program.weft("lab", "up", nameOrFile, "--name", lab.name).ok();
        return lab;
    }

    /** Brings up a lab whose file has this text. */
    static RunningLab ofText(final String yaml) throws Exception {
        final Path file = Files.createTempFile("weft-lab", ".yaml");
        try {
            Files.writeString(file, yaml);
            return up(file.toString());
        } finally {
            Files.delete(file);
        }
    }

    String name() {
        return name;
    }

    String namespace(final String member) {
        return name + "-" + member;
    }

    /** The control socket of a node. */
    Path socket(final String node) {
        return RUN_DIRECTORY.resolve(namespace(node) + ".sock");
    }

    /** Runs a command in the namespace of a node or pod. */
    Program.Result in(final String member, final String... command) throws IOException {
        return Program.run(List.of("ip", "netns", "exec", namespace(member)), command);
    }

    /** Asks a node; the answer is JSON. */
    JsonNode ask(final String node, final String... words) throws IOException {
        return Program.run(List.of(Program.WEFT, "-n", namespace(node), "-j"), words)
                .json();
    }

    /** The events of a node's journal; {@code words} say which. */
    List<JsonNode> observe(final String node, final String... words) throws IOException {
        final List<String> command =
                new ArrayList<>(List.of(Program.WEFT, "-n", namespace(node), "flow", "observe", "-o", "jsonl"));
        command.addAll(List.of(words));
        return Program.run(command).lines();
    }

    /** Where a node's journal is. */
    Path journal(final String node) {
        return RUN_DIRECTORY.resolve("labs").resolve(name).resolve(node + ".journal");
    }

    /** The statistics of a port. */
    JsonNode port(final String node, final String port) throws IOException {
        for (final JsonNode row : ask(node, "-s", "port", "show")) {
            if (row.path("ifname").asString().equals(port)) {
                return row;
            }
        }
        throw new AssertionError("node " + node + " has no port " + port);
    }

    /** The MAC of an interface of a node or pod. */
    String mac(final String member, final String ifname) throws IOException {
        return in(member, "cat", "/sys/class/net/" + ifname + "/address").ok().strip();
    }

    /** The MAC of a node's router in a network. */
    String routerMac(final String node, final String network) throws IOException {
        return ask(node, "network", "show", network).get(0).path("lladdr").asString();
    }

    /** The MAC that the kernel of a node or pod knows for an address; empty if it knows none. */
    String neighborMac(final String member, final String address) throws IOException {
        return in(member, "ip", "-j", "neigh", "show", "to", address)
                .json()
                .path(0)
                .path("lladdr")
                .asString("");
    }

    /** The MAC that a node's router knows for an address; empty if it knows none. */
    String nodeNeighborMac(final String node, final String address) throws IOException {
        for (final JsonNode row : ask(node, "neigh", "show")) {
            if (row.path("dst").asString().equals(address)) {
                return row.path("lladdr").asString("");
            }
        }
        return "";
    }

    /**
     * Who answers traceroute on the way to an address. The neighbors there are known before: of what waits for one, only the
     * last few packets are kept. One probe at a time: of many at once a Linux host answers the first six, and probes of several
     * ports may overtake each other.
     */
    List<String> hops(final String from, final String address) throws IOException {
        ping(from, address);
        return in(from, "traceroute", address.contains(":") ? "-6" : "-4", "-n", "-q1", "-N1", "-w2", address)
                .ok()
                .lines()
                .skip(1)
                .map(line -> line.strip().split("\\s+", -1)[1])
                .toList();
    }

    void ping(final String from, final String address) throws IOException {
        in(from, "ping", "-n", "-c", "3", "-i", "0.05", "-W", "2", address).ok();
    }

    /** The {@code end} of an iperf3 report, for a transfer from one member to the address of another. */
    JsonNode iperf(final String from, final String to, final String address, final String... options)
            throws IOException, InterruptedException {
        final Process server = new ProcessBuilder(
                        "ip", "netns", "exec", namespace(to), "iperf3", "-s", "-1", "-B", address, "--forceflush")
                .redirectErrorStream(true)
                .start();
        try (var log = server.inputReader()) {
            String line = log.readLine();
            while (line != null && !line.contains("listening")) {
                line = log.readLine();
            }
            assertThat(line).as("iperf3 server").isNotNull();
            final List<String> command = new ArrayList<>(List.of("timeout", "30", "iperf3", "-J", "-c", address));
            command.addAll(List.of(options));
            final JsonNode report = in(from, command.toArray(String[]::new)).json();
            return report.path("end");
        } finally {
            server.destroyForcibly();
            server.waitFor(10, TimeUnit.SECONDS);
        }
    }

    /** Sends {@code megabytes} by TCP and proves that each octet arrived. */
    void tcp(final String from, final String to, final String address, final int megabytes) throws Exception {
        final long octets = megabytes * 1_000_000L;
        final InetAddress receiver = InetAddress.getByName(address);
        try (TcpTransfer transfer = new TcpTransfer(
                NetworkNamespace.call(namespace(to), () -> TcpTransfer.receiver(receiver)),
                NetworkNamespace.call(namespace(from), () -> TcpTransfer.sender(receiver)))) {
            assertThat(transfer.run(octets))
                    .as("octets received by %s from %s", to, from)
                    .isEqualTo(octets);
        }
    }

    /** Proves the conservation line of a node's worker: every frame is accounted for. */
    void assertConservation(final String node) throws IOException {
        final JsonNode stats = ask(node, "stats").get(0);
        assertThat(stats.path("received").asLong())
                .as("stats of %s: %s", node, stats)
                .isPositive()
                .isEqualTo(stats.path("transmitted").asLong()
                        + stats.path("consumed").asLong()
                        + stats.path("dropped").asLong()
                        + stats.path("held").asLong());
    }

    /** What stands of a lab's namespaces, processes and files. */
    static List<String> remains(final String name) throws IOException {
        final List<String> remains = new ArrayList<>();
        Program.run("ip", "netns", "list")
                .ok()
                .lines()
                .filter(line -> line.startsWith(name + "-"))
                .forEach(remains::add);
        ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains("/labs/" + name + "/"))
                .forEach(process -> remains.add("process " + process.pid()));
        if (Files.isDirectory(RUN_DIRECTORY)) {
            try (var files = Files.walk(RUN_DIRECTORY, 2)) {
                files.filter(file -> file.getFileName().toString().equals(name)
                                || file.getFileName().toString().startsWith(name + "-"))
                        .forEach(file -> remains.add(file.toString()));
            }
        }
        return remains;
    }

    /** Takes the lab down and proves that nothing of it is left. */
    @Override
    public void close() throws IOException {
        final Program.Result down = Program.weft("lab", "down", name);
        assertThat(down.code()).as(down.toString()).isZero();
        assertNothingLeft(name);
    }

    /** Dead processes take a moment to vanish from the process table. */
    static void assertNothingLeft(final String name) {
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(remains(name)).isEmpty());
    }
}
