// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.frame.DropReason;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Whole commands against a node with memory ports: no rights needed. */
final class CommandsTest extends CommandFixture {
    private static final String FILE = """
            node: n1
            networks:
              - {name: blue, vni: 100, subnet: 10.100.0.0/24}
              - {name: red, vni: 200}
            """;

    CommandsTest() {
        super(FILE);
    }

    @Test
    void shouldShowTheNode() {
        assertThat(weft(0, "node")).matches("n1 UP pid \\d+ uptime \\d+ networks 2 ports 0 vteps 0 version \\S+\n");
        final JsonNode row = json("node", "show").get(0);
        assertThat(row.get("node").asString()).isEqualTo("n1");
        assertThat(row.get("pid").asLong()).isEqualTo(ProcessHandle.current().pid());
    }

    @Test
    void shouldShowAddAndRemoveNetworks() {
        assertThat(weft(0, "network", "show", "blue"))
                .isEqualTo("blue vni 100 mode switched subnet 10.100.0.0/24 macs 0 ageing 300 learn_limit 4096\n");
        weft(0, "net", "add", "green", "vni", "300", "subnet", "10.3.0.0/16", "tagged", "on", "age", "60");
        final JsonNode row = json("network", "show", "green").get(0);
        assertThat(row.get("vni").asInt()).isEqualTo(300);
        assertThat(row.get("subnet").get(0).asString()).isEqualTo("10.3.0.0/16");
        assertThat(row.get("ageing").asInt()).isEqualTo(60);
        assertThat(error(2, "network", "add", "x", "vni", "300"))
                .isEqualTo("Error: VNI 300 belongs to network green\n");
        assertThat(error(2, "network", "add", "x", "vni", "4", "subnet", "10.3.1.0/24"))
                .isEqualTo("Error: subnet 10.3.1.0/24 overlaps network green\n");
        assertThat(row.get("vrf").asString()).isEqualTo("default");
        weft(0, "network", "del", "green");
        assertThat(error(2, "network", "show", "green")).isEqualTo("Error: no such network: green\n");
        assertThat(json("network")).hasSize(2);
    }

    @Test
    void shouldCheckANetworkAsTheNodeFileDoes() {
        assertThat(error(1, "network", "add", "x", "vni", "0"))
                .isEqualTo("Error: vni: expected a number from 1 to 16777215, found '0'\n");
        assertThat(error(1, "network", "add", "x", "vni", "4", "subnet", "10.3.0.1/16"))
                .isEqualTo("Error: subnet: subnet 10.3.0.1/16 has host bits set, meant is 10.3.0.0/16\n");
        assertThat(error(1, "network", "add", "x", "vni", "4", "mode", "bridged"))
                .isEqualTo("Error: mode: expected one of switched overlay routed, found 'bridged'\n");
        assertThat(error(1, "network", "add", "x", "vni", "4", "subnet", "10.3.0.0/16", "subnet", "10.3.0.0/24"))
                .isEqualTo("Error: subnet: subnet 10.3.0.0/24 overlaps 10.3.0.0/16\n");
        assertThat(error(1, "network", "add", "a/b", "vni", "4")).startsWith("Error: network a/b: not a network name");
        assertThat(error(1, "network", "add", "x", "vni", "4", "remotes", "198.19.0.2"))
                .startsWith("Error: unknown word 'remotes', known here: mode vni subnet prefix gateway vrf tagged ");
        assertThat(json("network")).hasSize(2);
    }

    @Test
    void shouldShowPortsWithTheirCounters() throws Exception {
        port("a", "blue", frame(MAC_A, MAC_B));
        assertThat(weft(0, "port")).isEqualTo("a UP network blue\n");
        await().until(() ->
                json("-s", "port", "show", "a").get(0).get("rx_frames").asLong() == 1);
        assertThat(weft(0, "-s", "port", "network", "blue")).contains(" rx-frames 1 rx-bytes 60 ");
        assertThat(weft(0, "port", "network", "red")).isEmpty();
        weft(0, "port", "del", "a");
        assertThat(json("port")).isEmpty();
        assertThat(error(2, "port", "del", "a")).isEqualTo("Error: no such port: a\n");
    }

    @Test
    void shouldRefusePortsThatCannotBe() {
        assertThat(error(2, "port", "add", "p", "network", "nope")).isEqualTo("Error: no such network: nope\n");
        assertThat(error(1, "port", "add", "p")).isEqualTo("Error: 'network' is missing\n");
        assertThat(error(1, "port", "add", "p", "network", "blue", "address", "10.9.9.9"))
                .isEqualTo("Error: address: address 10.9.9.9 is outside of network blue's subnet 10.100.0.0/24\n");
        assertThat(error(1, "port", "add", "p", "network", "blue", "mtu", "1279"))
                .isEqualTo("Error: mtu: MTU 1279 is below 1280\n");
        assertThat(error(1, "port", "add", "p", "network", "blue", "mac", "01:00:00:00:00:00"))
                .isEqualTo("Error: mac: MAC 01:00:00:00:00:00 is zero or a group address\n");
        assertThat(error(1, "port", "add", "p", "network", "blue", "ifname", "a/b"))
                .isEqualTo("Error: ifname: not an interface name (1 to 15 characters): 'a/b'\n");
        assertThat(error(2, "port", "add", "p", "network", "blue", "netns", "weft-no-such"))
                .startsWith("Error: port p: no network namespace weft-no-such");
        assertThat(error(1, "port", "add", "p", "network", "blue", "dev", "veth0"))
                .isEqualTo("Error: dev: dev belongs to port type packet\n");
        assertThat(error(1, "port", "add", "underlay", "network", "blue"))
                .isEqualTo("Error: not a port name: 'underlay'\n");
        assertThat(error(1, "port", "add", "p/q", "network", "blue")).startsWith("Error: port p/q: not a port name");
        assertThat(json("port")).isEmpty();
    }

    @Test
    void shouldShowLearnedAndChangeStaticEntries() throws Exception {
        port("a", "blue", frame(MAC_A, MAC_B));
        port("b", "blue");
        await().untilAsserted(() -> assertThat(weft(0, "fdb", "show"))
                .matches(MAC_A + " dev a network blue vni 100 age \\d+ state learned\n"));
        weft(0, "fdb", "add", MAC_B, "dev", "b");
        final JsonNode row = json("fdb", "show", MAC_B).get(0);
        assertThat(row.get("mac").asString()).isEqualTo(MAC_B);
        assertThat(row.get("ifname").asString()).isEqualTo("b");
        assertThat(row.get("state").asString()).isEqualTo("static");
        assertThat(error(2, "fdb", "add", MAC_B, "dev", "a")).startsWith("Error: network blue has a static entry");
        weft(0, "fdb", "replace", MAC_B, "dev", "a");
        assertThat(weft(0, "fdb", "dev", "a", "state", "static")).startsWith(MAC_B + " dev a ");
        assertThat(weft(0, "fdb", "flush")).isEqualTo("flushed 1\n");
        assertThat(json("fdb")).hasSize(1);
        weft(0, "fdb", "del", MAC_B, "network", "blue");
        assertThat(error(2, "fdb", "del", MAC_B, "vni", "100"))
                .isEqualTo("Error: network blue has no entry for " + MAC_B + "\n");
        assertThat(error(1, "fdb", "del", MAC_B)).isEqualTo("Error: 'network' is missing: one of blue red\n");
        assertThat(error(2, "fdb", "add", MAC_B, "dev", "nope")).isEqualTo("Error: no network has a port nope\n");
        assertThat(error(1, "fdb", "add", MAC_B)).isEqualTo("Error: one of 'dev PORT' and 'dst VTEP' must be given\n");
        assertThat(error(1, "fdb", "add", "x", "dev", "a")).isEqualTo("Error: not a MAC address: x\n");
    }

    @Test
    void shouldFlushOneMacOfManyAndLeaveStaticOnes() throws Exception {
        port("a", "blue", frame(MAC_A, MAC_B), frame(MAC_B, MAC_A), frame("02:00:00:00:00:0c", MAC_A));
        await().until(() -> json("fdb").size() == 3);
        assertThat(json("fdb", "flush", "mac", MAC_B).get(0).get("flushed").asInt())
                .isOne();
        weft(0, "fdb", "add", MAC_B, "dev", "a");
        assertThat(weft(0, "fdb", "flush", "mac", MAC_B)).isEqualTo("flushed 0\n");
        assertThat(weft(0, "fdb", "flush", "dev", "a", "network", "blue")).isEqualTo("flushed 2\n");
        assertThat(json("fdb")).hasSize(1);
    }

    @Test
    void shouldShowAndRemoveVtepsAndRefuseThemWithoutAnUnderlay() throws Exception {
        assertThat(error(2, "vtep", "add", "198.19.0.2", "network", "blue"))
                .isEqualTo("Error: the node has no underlay address\n");
        node.dataplane().underlayMtu(1500);
        node.dataplane().vteps().add("blue", IpAddress.parse("198.19.0.2"), 4789);
        final JsonNode row = json("vtep", "show", "198.19.0.2").get(0);
        assertThat(row.get("remote").asString()).isEqualTo("198.19.0.2");
        assertThat(row.get("state").asString()).isEqualTo("DOWN");
        assertThat(row.get("networks").get(0).asString()).isEqualTo("blue");
        weft(0, "vtep", "del", "198.19.0.2", "vni", "100");
        assertThat(error(2, "vtep", "del", "198.19.0.2", "vni", "100")).contains("has no VTEP 198.19.0.2");
        assertThat(error(1, "vtep", "add", "198.19.0")).isEqualTo("Error: not an IP address: 198.19.0\n");
    }

    @Test
    void shouldShowVtepsByNameAndWhatKeepsThemFromBeingUsed() throws Exception {
        node.dataplane().underlayMtu(1500);
        node.dataplane().vteps().addNamed("blue", "n2", 4789, 0);
        assertThat(weft(0, "vtep")).isEqualTo("- UNRESOLVED name n2 dstport 4789 networks blue\n");
        assertThat(json("vtep", "show", "n2").get(0).has("remote")).isFalse();
        node.dataplane().vteps().resolved(Map.of("n2", IpAddress.parse("198.19.0.2")));
        assertThat(weft(0, "vtep", "show", "n2"))
                .isEqualTo("198.19.0.2 DOWN name n2 dstport 4789 mtu 1450 networks blue\n");
        assertThat(json("network", "show", "blue").get(0).get("remotes").get(0).asString())
                .isEqualTo("n2");
        assertThat(error(2, "vtep", "del", "198.19.0.2", "network", "blue"))
                .isEqualTo("Error: VTEP 198.19.0.2 is known by its name n2\n");
        weft(0, "vtep", "del", "n2", "network", "blue");
        assertThat(error(2, "vtep", "del", "n2", "network", "blue")).isEqualTo("Error: no VTEP n2\n");
        assertThat(error(1, "vtep", "add", "n2/24")).isEqualTo("Error: neither an address nor a host name: 'n2/24'\n");
    }

    @Test
    void shouldNameDropsAndKeepThoseOfPortsThatAreGone() throws Exception {
        port("a", "blue", frame("01:00:00:00:00:01", MAC_B), frame(MAC_A, "01:80:c2:00:00:00"));
        await().until(() -> json("drop").size() == 2);
        assertThat(weft(0, "drop"))
                .contains("invalid-source-mac 1 The source MAC is zero or a group address.\n")
                .contains("reserved-mac       1 ");
        final JsonNode row = json("-s", "drop", "show").get(0);
        assertThat(row.get("reason").asString()).isEqualTo("invalid-source-mac");
        assertThat(row.get("id").asInt()).isEqualTo(9);
        assertThat(row.get("port").asString()).isEqualTo("a");
        weft(0, "port", "del", "a");
        assertThat(json("drop")).hasSize(2);
        assertThat(weft(0, "-s", "drop")).contains(" port removed ");
        weft(0, "drop", "clear");
        assertThat(json("drop")).isEmpty();
    }

    @Test
    void shouldBalanceTheLedgerAlsoAfterClear() throws Exception {
        port("b", "blue");
        port("a", "blue", frame(MAC_A, MAC_B), frame("00:00:00:00:00:00", MAC_B));
        await().until(() -> json("stats").get(0).get("received").asLong() == 2);
        assertThat(weft(0, "stats"))
                .startsWith("received 2 = transmitted 1 + consumed 0 + dropped 1 + held 0\n  of which created 0\n");
        assertThat(json("stats").get(0).get("imbalance").asLong()).isZero();
        weft(0, "stats", "clear");
        assertThat(weft(0, "st", "sh")).startsWith("received 0 = transmitted 0 + consumed 0 + dropped 0 + held 0\n");
        port("c", "blue", frame(MAC_A, MAC_B));
        await().until(() -> json("stats").get(0).get("received").asLong() > 0);
        assertThat(json("stats").get(0).get("imbalance").asLong()).isZero();
    }

    @Test
    void shouldStreamPortEventsUntilTheClientGoes() throws Exception {
        final ByteArrayOutputStream events = new ByteArrayOutputStream();
        final CompletableFuture<Integer> monitor = CompletableFuture.supplyAsync(() ->
                Main.run(directory, new PrintStream(events, true), new PrintStream(err, true), "port", "monitor"));
        // A monitor shows what comes after it: events go on until it has seen one.
        await().untilAsserted(() -> {
            port("e", "blue");
            weft(0, "port", "del", "e");
            assertThat(events.toString(StandardCharsets.UTF_8))
                    .contains("Z e is up\n")
                    .contains("Z e is removed\n");
        });
        node.close();
        assertThat(monitor.get()).isEqualTo(1);
    }

    @Test
    void shouldWriteACaptureToTheClientsFile() throws Exception {
        final Path file = base.resolve("c.pcapng");
        final CompletableFuture<Integer> capture = CompletableFuture.supplyAsync(() -> Main.run(
                directory,
                new PrintStream(new ByteArrayOutputStream(), true),
                new PrintStream(err, true),
                "capture",
                "-w",
                file.toString(),
                "--point",
                "rx",
                "--count",
                "2"));
        await().until(() -> {
            port("a", "blue", frame(MAC_A, MAC_B));
            weft(0, "port", "del", "a");
            return capture.isDone();
        });
        assertThat(capture.get()).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("2 packets captured, 0 lost");
        assertThat(Files.readAllBytes(file)).startsWith(0x0A, 0x0D, 0x0D, 0x0A);
    }

    @Test
    void shouldWriteStatisticsWhenTheClientEndsTheCapture() throws Exception {
        port("b", "blue");
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(directory.socket("n1")))) {
            ControlProtocol.writeRequest(
                    client, new ControlProtocol.Request(List.of("capture", "--pod", "a,b"), false, false));
            assertThat(ControlProtocol.readReply(client)[0]).isEqualTo((byte) ControlProtocol.STDERR);
        }
        port("a", "blue");
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(directory.socket("n1")))) {
            ControlProtocol.writeRequest(
                    client, new ControlProtocol.Request(List.of("capture", "--network", "blue"), false, false));
            final ByteArrayOutputStream file = new ByteArrayOutputStream();
            byte[] reply = ControlProtocol.readReply(client);
            file.write(reply, 1, reply.length - 1);
            weft(0, "port", "del", "a");
            while (!file.toString(StandardCharsets.ISO_8859_1).contains("dropped, ")) {
                port("c", "blue", frame("00:00:00:00:00:00", MAC_B));
                reply = ControlProtocol.readReply(client);
                file.write(reply, 1, reply.length - 1);
                weft(0, "port", "del", "c");
            }
            client.shutdownOutput();
            final StringBuilder said = new StringBuilder();
            for (reply = ControlProtocol.readReply(client);
                    reply[0] != ControlProtocol.EXIT;
                    reply = ControlProtocol.readReply(client)) {
                if (reply[0] == ControlProtocol.STDOUT) {
                    file.write(reply, 1, reply.length - 1);
                } else {
                    said.append(new String(reply, 1, reply.length - 1, StandardCharsets.UTF_8));
                }
            }
            assertThat(reply[1]).isZero();
            assertThat(said.toString()).contains("packets captured, 0 lost");
            // An interface statistics block, little endian, with its length.
            assertThat(file.toString(StandardCharsets.ISO_8859_1)).contains("\5\0\0\0\114\0\0\0");
        }
    }

    @Test
    void shouldEndACaptureToAFullDiskWithOneLineAndGoOn() throws Exception {
        port("a", "blue", frame(MAC_A, MAC_B));
        assertThat(error(1, "capture", "-w", "/dev/full"))
                .isEqualTo("Error: can't write the output: No space left on device\n");
        port("b", "blue", frame(MAC_B, MAC_A));
        await().until(() -> json("fdb").size() == 2);
    }

    /** As the exposition format 0.0.4 wants it: HELP and TYPE before the samples, each series once, all of one name together. */
    @Test
    void shouldWriteAllCountersForPrometheus() throws Exception {
        port("b", "blue");
        port("a", "blue", frame("00:00:00:00:00:00", MAC_B), frame(MAC_A, MAC_B));
        await().until(() -> json("fdb").size() == 1);
        final List<String> lines =
                weft(0, "stats", "show", "--prometheus").lines().toList();
        assertThat(weft(0, "stats", "prometheus").lines()).hasSameSizeAs(lines);
        final Set<String> names = new HashSet<>();
        final Set<String> series = new HashSet<>();
        String help = "";
        String type = "";
        for (final String line : lines) {
            final String[] words = line.split(" ", 4);
            if (line.startsWith("# HELP ")) {
                help = words[2];
                assertThat(names.add(help)).as(line).isTrue();
                assertThat(words[3]).isNotBlank();
            } else if (line.startsWith("# TYPE ")) {
                assertThat(words[2]).isEqualTo(help);
                assertThat(words[3]).isIn("counter", "gauge");
                type = words[3];
            } else {
                assertThat(line).matches("[a-z][a-z0-9_]*(\\{([a-z]+=\"[^\"\\\\]*\",?)*\\})? [0-9]+");
                assertThat(line.replaceAll("[{ ].*", "")).isEqualTo(help);
                assertThat(help.endsWith("_total")).isEqualTo(type.equals("counter"));
                assertThat(series.add(line.substring(0, line.lastIndexOf(' '))))
                        .as(line)
                        .isTrue();
            }
        }
        assertThat(lines)
                .contains(
                        "weft_drops_total{reason=\"invalid-source-mac\",port=\"a\"} 1",
                        "weft_drops_total{reason=\"no-route\",port=\"\"} 0",
                        "weft_port_rx_frames_total{port=\"a\",network=\"blue\"} 2",
                        "weft_port_up{port=\"b\",network=\"blue\"} 1",
                        "weft_network_macs{network=\"blue\"} 1",
                        "weft_capture_lost_total 0",
                        "weft_dropped_total 1");
        for (final DropReason reason : DropReason.values()) {
            assertThat(series).contains("weft_drops_total{reason=\"" + reason.label() + "\",port=\"\"}");
        }
    }

    @Test
    void shouldShowTheFramesThatWereDroppedLast() throws Exception {
        port("a", "blue", frame("00:00:00:00:00:00", MAC_B), frame(MAC_A, "01:80:c2:00:00:01"));
        await().until(() -> json("drop", "show", "frames").size() == 2);
        assertThat(weft(0, "drop", "show", "--frames")).matches("""
                        \\S+Z invalid-source-mac port a network blue length 60 id 1 00:00:00:00:00:00 > 02:00:00:00:00:0b ethertype 0x88b5
                        \\S+Z reserved-mac       port a network blue length 60 id 2 02:00:00:00:00:0a > 01:80:c2:00:00:01 ethertype 0x88b5
                        """);
        final JsonNode row = json("drop", "show", "frames", "1").get(0);
        assertThat(row.get("reason").asString()).isEqualTo("reserved-mac");
        assertThat(row.get("packet_id").asLong()).isEqualTo(2);
        assertThat(json("drop", "show", "--frames", "--reason", "invalid-source-mac"))
                .hasSize(1);
        assertThat(json("drop", "show", "frames", "port", "b")).isEmpty();
        assertThat(error(1, "drop", "show", "frames", "reason", "x")).isEqualTo("Error: no such reason: x\n");
        weft(0, "drop", "clear");
        assertThat(json("drop", "show", "frames")).isEmpty();
    }

    @Test
    void shouldRefuseCapturesThatCannotBe() {
        assertThat(error(1, "capture"))
                .isEqualTo("Error: say where the packets go: -w FILE, or -w - for standard output\n");
        assertThat(error(1, "capture", "-w", "-", "--point", "x")).contains("no capture point \"x\"");
        assertThat(error(2, "capture", "-w", "-", "--port", "x")).isEqualTo("Error: no such port: x\n");
        assertThat(error(2, "capture", "-w", "-", "--pod", "x,y")).isEqualTo("Error: no such port: x\n");
        assertThat(error(2, "capture", "-w", "-", "--network", "blue,x")).isEqualTo("Error: no such network: x\n");
        assertThat(error(2, "capture", "-w", "-", "--vni", "100,7")).isEqualTo("Error: no network has VNI 7\n");
        assertThat(error(1, "capture", "-w", "-", "--vni", "x")).contains("--vni must be a number from 1 to 16777215");
        assertThat(error(1, "capture", "-w", "-", "tpc", "port", "1"))
                .startsWith("Error: capture filter \"tpc port 1\": ");
        assertThat(error(1, "capture", "-w", "-", "--count", "0")).contains("--count must be a number from 1");
        assertThat(error(1, "capture", "-w", base + "/no/such")).startsWith("Error: can't write " + base + "/no/such");
    }

    @Test
    void shouldShowTheWayOfRealFrames() throws Exception {
        assertThat(error(2, "trace")).isEqualTo("Error: there is no trace: 'weft trace add N [FILTER]' begins one\n");
        weft(0, "trace", "add", "2");
        port("b", "blue");
        port("a", "blue", frame(MAC_A, MAC_B), frame("00:00:00:00:00:00", MAC_B));
        await().until(() ->
                json("trace").size() == 2 && json("trace").get(1).get("steps").size() == 2);
        assertThat(weft(0, "trace", "show")).matches("""
                        1 ethertype 0x88b5
                        \t\\S+\\.\\d{6}Z \\+0\\.000us +rx a 60 02:00:00:00:00:0a > 02:00:00:00:00:0b forwarded to port b; network blue, VNI 100
                        \t\\S+\\.\\d{6}Z \\+\\d+\\.\\d{3}us tx b 60 02:00:00:00:00:0a > 02:00:00:00:00:0b sent to port b; network blue, VNI 100; from port a
                        \t\\+0\\.000us +port           received by port a, 60 octets
                        \t\\+0\\.000us +ethernet-input 02:00:00:00:00:0a > 02:00:00:00:00:0b
                        \t\\+\\d+\\.\\d{3}us bridge         (flooded to b|02:00:00:00:00:0b is behind port b)
                        \t\\+\\d+\\.\\d{3}us port           sent by port b, 60 octets
                        2 ethertype 0x88b5
                        \t\\S+\\.\\d{6}Z \\+0\\.000us +rx   a 60 00:00:00:00:00:00 > 02:00:00:00:00:0b dropped, invalid-source-mac: .*
                        \t\\S+\\.\\d{6}Z \\+\\d+\\.\\d{3}us drop a 60 .* dropped, invalid-source-mac: The source MAC is zero or a group address.; network blue, VNI 100
                        \t\\+0\\.000us +port           received by port a, 60 octets
                        \t\\+0\\.000us +ethernet-input 00:00:00:00:00:00 > 02:00:00:00:00:0b
                        \t\\+\\d+\\.\\d{3}us bridge         dropped, invalid-source-mac: The source MAC is zero or a group address.
                        """);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("2 of 2 frames")
                .contains(", 0 missed\n");
        final JsonNode drop = json("trace", "show", "clear").get(1).get("steps").get(1);
        assertThat(drop.get("point").asString()).isEqualTo("drop");
        assertThat(drop.get("reason").asString()).isEqualTo("invalid-source-mac");
        assertThat(error(2, "trace", "show")).startsWith("Error: there is no trace");
    }

    @Test
    void shouldTraceOnlyFramesThatMatchTheFilter() throws Exception {
        weft(0, "trace", "add", "1000", "ether", "src", MAC_B);
        port("b", "blue");
        port("a", "blue", frame(MAC_A, MAC_B), frame(MAC_B, MAC_A));
        await().until(() -> !json("trace").isEmpty());
        assertThat(json("trace").get(0).get("steps").get(0).get("source").asString())
                .isEqualTo(MAC_B);
        assertThat(json("trace")).hasSize(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("1 of 1000 frames so far, 0 missed\n");
        assertThat(error(1, "trace", "add", "1", "no", "such", "filter"))
                .startsWith("Error: capture filter \"no such filter\": ");
        assertThat(json("trace")).hasSize(1);
    }

    @Test
    void shouldRefuseTracesThatCannotBe() {
        assertThat(error(1, "trace", "add")).isEqualTo("Error: N is missing\n");
        for (final String frames : new String[] {"0", "1001", "-1", "x"}) {
            assertThat(error(1, "trace", "add", frames))
                    .isEqualTo("Error: N must be a number from 1 to 1000, not '" + frames + "'\n");
        }
        assertThat(error(1, "trace", "show", "all")).isEqualTo("Error: unknown word 'all', known here: clear\n");
        assertThat(error(1, "trace", "packet")).isEqualTo("Error: PORT is missing\n");
        assertThat(error(1, "trace", "packet", "a")).isEqualTo("Error: the frame in hexadecimal is missing\n");
        assertThat(error(1, "trace", "packet", "a", "0x00")).isEqualTo("Error: not a hexadecimal digit: 'x'\n");
    }

    @Test
    void shouldAbbreviateAndNameWhatIsUnknown() {
        assertThat(weft(0, "netw", "s")).startsWith("blue ");
        assertThat(error(1, "n")).isEqualTo("Error: 'n' is not unique: it matches 'node', 'network', 'neigh'\n");
        assertThat(error(1, "bogus")).isEqualTo("Error: unknown object 'bogus', 'weft help' lists them\n");
        assertThat(error(1, "fdb", "bogus"))
                .isEqualTo("Error: unknown word 'bogus', known here: network vni dev dst state\n");
        assertThat(error(1, "fdb", "network")).isEqualTo("Error: the value of 'network' is missing\n");
        assertThat(error(1, "-n", "n9", "fdb")).startsWith("Error: node n9 can't be asked: it does not run (no ");
        assertThat(error(1, "-n", "../x", "fdb")).isEqualTo("Error: not a node name: '../x'\n");
        assertThat(weft(0, "fdb", "help")).startsWith("Usage: weft fdb show [MAC] ");
    }

    @Test
    void shouldWantTheNameWhereSeveralNodesRunOrNone() throws Exception {
        try (Node second = Node.start(NodeConfig.parse("n2.yaml", "node: n2\n"), directory)) {
            assertThat(second).isNotNull();
            assertThat(error(1, "node")).isEqualTo("Error: several nodes run: n1 n2; say which with -n NODE\n");
            assertThat(weft(0, "-n", "n2", "node")).startsWith("n2 UP ");
        }
        node.close();
        assertThat(error(1, "node")).isEqualTo("Error: no node runs here (" + directory.base() + ")\n");
        assertThat(directory.base()).isEmptyDirectory();
    }

    private static byte[] frame(final String from, final String to) {
        return FrameBuilder.frame()
                .from(MacAddress.parse(from))
                .to(MacAddress.parse(to))
                .etherType(0x88B5)
                .padTo(60)
                .build();
    }
}
