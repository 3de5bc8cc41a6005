// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.port.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Nodes that know each other by name, and whose addresses change. Names are in a file of the form of hosts(5), which stands for
 * Docker's DNS.
 *
 * <pre>
 *   a ─┐                                   ┌─ c      network blue, switched, 10.100.0.1 and .3
 *      n1 ── 198.19.0.1 ── br0 ── .2 ── n2
 *   p ─┘                                   └─ q      network pods, overlay, 10.244.1.2 and 10.244.2.2
 * </pre>
 */
@Tag("netns")
class PeersSystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String[] SWITCHED = {"a", "c", "10.100.0.3"};
    private static final String[] OVERLAY = {"p", "q", "10.244.2.2"};

    @TempDir
    Path directory;

    private final String lab = RunningLab.uniqueName();
    private final Map<String, Process> nodes = new HashMap<>();
    private final Map<String, String> addresses = new HashMap<>();
    private final List<Talk> talks = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        for (final String member : List.of("core", "n1", "n2", "a", "c", "p", "q")) {
            ip("netns", "add", ns(member));
        }
        ip("-n", ns("core"), "link", "add", "br0", "up", "type", "bridge");
        for (final String node : List.of("n1", "n2")) {
            ip("-n", ns(node), "link", "set", "lo", "up");
            ip("-n", ns(node), "link", "add", "underlay", "type", "veth", "peer", "name", node, "netns", ns("core"));
            ip("-n", ns("core"), "link", "set", node, "master", "br0", "up");
            ip("-n", ns(node), "link", "set", "underlay", "up");
        }
    }

    @AfterEach
    void end() throws Exception {
        for (final Talk talk : talks) {
            talk.close();
        }
        for (final Process node : nodes.values()) {
            node.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
        for (final String member : List.of("core", "n1", "n2", "a", "c", "p", "q")) {
            Program.run("ip", "netns", "del", ns(member));
        }
    }

    @Test
    void shouldGoOnWhenARunningNodeMovesOrTwoSwapTheirAddresses() throws Exception {
        running();
        move("n2", "198.19.0.22");
        writeHosts();
        resumes("n2 has moved");
        awaitVtep("n1", "n2", "remote", "198.19.0.22");
        awaitVtep("n2", "n2", "state", "SELF");

        final String first = Objects.requireNonNull(addresses.get("n1"));
        ip("-n", ns("n1"), "addr", "flush", "dev", "underlay");
        move("n2", first);
        move("n1", "198.19.0.22");
        writeHosts();
        resumes("n1 and n2 have swapped");
        awaitVtep("n1", "n2", "remote", first);
        awaitVtep("n2", "n1", "remote", "198.19.0.22");

        ip("-n", ns("n2"), "addr", "flush", "dev", "underlay");
        await().atMost(LIMIT)
                .until(() -> port("n2").path("operstate").asString().equals("WAITING"));
        assertThat(port("n2").path("reason").asString()).isEqualTo("no address in 198.19.0.0/24");
        move("n2", first);
        resumes("n2 has its address again");
    }

    @Test
    void shouldFindANodeThatComesBackElsewhere() throws Exception {
        running();
        final Process killed = Objects.requireNonNull(nodes.remove("n2"));
        killed.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        move("n2", "198.19.0.33");
        startNode("n2");
        writeHosts();
        awaitVtep("n1", "n2", "remote", "198.19.0.33");
        // Its pods are new, and so are what their kernels knew of connections.
        pings(SWITCHED, "n2 is back elsewhere");
        pings(OVERLAY, "n2 is back elsewhere");
    }

    @Test
    void shouldStartWithoutAnAddressAndWithNamesThatNobodyKnows() throws Exception {
        writeHosts();
        startNode("n1");
        assertThat(port("n1").path("operstate").asString()).isEqualTo("WAITING");
        assertThat(vtep("n1", "n2").path("state").asString()).isEqualTo("UNRESOLVED");
        startNode("n2");
        move("n1", "198.19.0.1");
        move("n2", "198.19.0.2");
        writeHosts();
        pings(SWITCHED, "the addresses have come");
        pings(OVERLAY, "the addresses have come");
    }

    /** Both nodes, and a connection in each mode. */
    private void running() throws Exception {
        move("n1", "198.19.0.1");
        move("n2", "198.19.0.2");
        writeHosts();
        startNode("n1");
        startNode("n2");
        for (final String[] way : List.of(SWITCHED, OVERLAY)) {
            pings(way, "start");
            final Talk talk = new Talk(ns(way[0]), ns(way[1]), way[2]);
            talks.add(talk);
            talk.say();
        }
    }

    /** Pings go through again, and connections that were open go on. */
    private void resumes(final String what) throws Exception {
        final long start = System.nanoTime();
        pings(SWITCHED, what);
        pings(OVERLAY, what);
        for (final Talk talk : talks) {
            talk.say();
        }
        System.out.println(what + ": connections went on after " + millisSince(start) + " ms");
    }

    private void pings(final String[] way, final String what) {
        final long start = System.nanoTime();
        await().atMost(LIMIT)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> Program.run("ip", "netns", "exec", ns(way[0]), "ping", "-n", "-c1", "-W0.2", way[2])
                                .code()
                        == 0);
        System.out.println(what + ": " + way[0] + " reached " + way[2] + " after " + millisSince(start) + " ms");
    }

    private static long millisSince(final long start) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    private void move(final String node, final String address) throws IOException {
        ip("-n", ns(node), "addr", "flush", "dev", "underlay");
        ip("-n", ns(node), "addr", "add", address + "/24", "dev", "underlay");
        addresses.put(node, address);
    }

    private Path hosts() {
        return directory.resolve("hosts");
    }

    private void writeHosts() throws IOException {
        final StringBuilder text = new StringBuilder();
        addresses.forEach(
                (name, address) -> text.append(address).append(' ').append(name).append('\n'));
        final Path next = Files.writeString(directory.resolve("hosts.new"), text);
        Files.move(next, hosts(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void startNode(final String node) throws Exception {
        final String number = node.substring(1);
        final String other = number.equals("1") ? "2" : "1";
        final Path file = Files.writeString(directory.resolve(node + ".yaml"), """
                node: %1$s
                workers: %2$s
                underlay: { address: 198.19.0.0/24 }
                networks:
                  - { name: blue, vni: 100, subnet: 10.100.0.0/24, remotes: [n1, n2] }
                  - name: pods
                    vni: 200
                    mode: overlay
                    subnet: 10.244.0.0/16
                    prefix: 10.244.%2$s.0/24
                    remotes: [{ address: n%3$s, prefix: 10.244.%3$s.0/24 }]
                ports:
                  - { name: a, type: tap, network: blue, netns: %4$s, address: 10.100.0.%5$s }
                  - { name: p, type: tap, network: pods, netns: %6$s, address: 10.244.%2$s.2 }
                """.formatted(
                        node,
                        number,
                        other,
                        ns(number.equals("1") ? "a" : "c"),
                        number.equals("1") ? "1" : "3",
                        ns(number.equals("1") ? "p" : "q")));
        final ProcessBuilder builder = new ProcessBuilder(
                "ip", "netns", "exec", ns(node), Program.WEFT, "node", "run", "--config", file.toString());
        builder.environment().put("WEFT_RUN_DIR", run(node).toString());
        builder.environment().put("JDK_JAVA_OPTIONS", "-Djdk.net.hosts.file=" + hosts());
        nodes.put(
                node,
                builder.redirectOutput(directory.resolve(node + ".out").toFile())
                        .redirectError(directory.resolve(node + ".err").toFile())
                        .start());
        await().atMost(LIMIT)
                .until(() -> Files.readString(directory.resolve(node + ".out")).contains("ready"));
    }

    private Path run(final String node) {
        return directory.resolve("run-" + node);
    }

    private JsonNode ask(final String node, final String... words) throws IOException {
        return Program.run(List.of("env", "WEFT_RUN_DIR=" + run(node), Program.WEFT, "-n", node, "-j"), words)
                .json();
    }

    private JsonNode vtep(final String node, final String name) throws IOException {
        return ask(node, "vtep", "show", name).path(0);
    }

    private void awaitVtep(final String node, final String name, final String key, final String value) {
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(vtep(node, name).path(key).asString("")).isEqualTo(value));
    }

    private JsonNode port(final String node) throws IOException {
        return ask(node, "port", "show", "underlay").path(0);
    }

    private String ns(final String member) {
        return lab + "-" + member;
    }

    private static void ip(final String... words) throws IOException {
        Program.run(List.of("ip"), words).ok();
    }

    /** A connection over which every octet comes back. */
    private static final class Talk implements AutoCloseable {
        private final ServerSocketChannel server;
        private final SocketChannel client;
        private int said;

        Talk(final String from, final String to, final String address) throws Exception {
            server = NetworkNamespace.call(to, () -> open(address));
            Thread.ofPlatform().daemon().name("echo").start(this::echo);
            client = NetworkNamespace.call(from, Talk::socket);
            client.connect(server.getLocalAddress());
            client.socket().setSoTimeout((int) LIMIT.toMillis());
        }

        private static ServerSocketChannel open(final String address) {
            try {
                return ServerSocketChannel.open(StandardProtocolFamily.INET).bind(new InetSocketAddress(address, 0));
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static SocketChannel socket() {
            try {
                return SocketChannel.open(StandardProtocolFamily.INET);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void echo() {
            try (SocketChannel peer = server.accept()) {
                peer.socket().getInputStream().transferTo(peer.socket().getOutputStream());
            } catch (final IOException e) {
                // The test is over.
            }
        }

        void say() throws IOException {
            said = (said + 1) & 0xFF;
            client.socket().getOutputStream().write(said);
            assertThat(client.socket().getInputStream().read()).isEqualTo(said);
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }
}
