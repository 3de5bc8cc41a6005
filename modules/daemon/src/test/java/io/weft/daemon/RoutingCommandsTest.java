// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.frame.DropReason;
import io.weft.testkit.FrameBuilder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The router's commands against a node with two routed networks. */
final class RoutingCommandsTest extends CommandFixture {
    RoutingCommandsTest() {
        super(ROUTED + "  - {name: flat, vni: 300, subnet: 10.210.0.0/24}\n");
    }

    @Test
    void shouldShowTheRouterOfANetwork() {
        final JsonNode blue = json("network", "show", "blue").get(0);
        assertThat(blue.get("gateway").get(0).asString()).isEqualTo("10.100.0.254/24");
        assertThat(blue.get("gateway").get(1).asString()).isEqualTo("fd00:100::fe/64");
        final String mac = blue.get("lladdr").asString();
        assertThat(mac).matches("[0-9a-f]{2}(:[0-9a-f]{2}){5}");
        assertThat(weft(0, "network", "show", "blue"))
                .contains(" gateway 10.100.0.254/24 fd00:100::fe/64 lladdr " + mac + " ");
        assertThat(weft(0, "network", "show", "flat")).doesNotContain("gateway").doesNotContain("lladdr");
    }

    @Test
    void shouldAddARoutedNetworkAndItsConnectedRoute() {
        weft(0, "network", "add", "green", "mode", "routed", "subnet", "10.3.0.0/16", "prefix", "10.3.1.0/24");
        final JsonNode green = json("network", "show", "green").get(0);
        assertThat(green.get("mode").asString()).isEqualTo("routed");
        assertThat(green.get("vni")).isNull();
        assertThat(green.get("gateway").get(0).asString()).isEqualTo("10.3.1.1/24");
        assertThat(weft(0, "route", "10.3.1.0/24")).isEqualTo("10.3.1.0/24 dev green proto kernel metric 0\n");
        assertThat(error(1, "network", "add", "x", "vni", "5", "subnet", "10.4.0.0/24", "gateway", "10.5.0.1"))
                .startsWith("Error: gateway: ");
    }

    @Test
    void shouldAddShowGetReplaceAndRemoveRoutes() {
        weft(0, "route", "add", "10.9.0.0/16", "via", "10.100.0.7");
        assertThat(weft(0, "route", "show", "10.9.0.0/16"))
                .isEqualTo("10.9.0.0/16 via 10.100.0.7 dev blue proto static metric 0\n");
        assertThat(weft(0, "route", "get", "10.9.1.2"))
                .isEqualTo("10.9.1.2 via 10.100.0.7 dev blue proto static metric 0 match 10.9.0.0/16\n");
        assertThat(error(2, "route", "add", "10.9.0.0/16", "via", "10.200.0.7")).startsWith("Error: ");
        weft(0, "route", "replace", "10.9.0.0/16", "via", "10.200.0.7", "dev", "red");
        final JsonNode row = json("route", "show", "10.9.0.0/16").get(0);
        assertThat(row.get("gateway").asString()).isEqualTo("10.200.0.7");
        assertThat(row.get("dev").asString()).isEqualTo("red");
        assertThat(row.get("type").asString()).isEqualTo("unicast");
        assertThat(row.get("flags")).isEmpty();
        weft(0, "route", "del", "10.9.0.0/16");
        assertThat(json("route", "show", "10.9.0.0/16")).isEmpty();
        assertThat(error(2, "route", "del", "10.9.0.0/16")).startsWith("Error: ");
        assertThat(error(2, "route", "get", "10.9.1.2")).isEqualTo("Error: no route to 10.9.1.2\n");
    }

    @Test
    void shouldShowTheRoutersOwnRoutesWhenAskedForThem() {
        assertThat(weft(0, "route", "root", "10.0.0.0/8")).isEqualTo("""
                        10.100.0.0/24 dev blue proto kernel metric 0
                        10.200.0.0/24 dev red proto kernel metric 0
                        """);
        assertThat(weft(0, "route", "type", "local", "root", "10.0.0.0/8")).isEqualTo("""
                        local 10.100.0.254 dev blue proto kernel metric 0
                        local 10.200.0.254 dev red proto kernel metric 0
                        """);
        assertThat(weft(0, "route", "type", "broadcast", "root", "10.200.0.0/24"))
                .isEqualTo("""
                        broadcast 10.200.0.0 proto kernel metric 0
                        broadcast 10.200.0.255 proto kernel metric 0
                        """);
        assertThat(json("route", "type", "all")).hasSize(3 + 3 + 4);
    }

    @Test
    void shouldUseTheRouteOfTheLowestMetric() {
        weft(0, "route", "add", "default", "via", "10.100.0.7", "metric", "20");
        weft(0, "route", "add", "default", "via", "10.100.0.8", "metric", "10");
        weft(0, "route", "add", "default", "via", "fd00:100::7");
        assertThat(weft(0, "route", "default")).isEqualTo("""
                        default via 10.100.0.8 dev blue proto static metric 10
                        default via 10.100.0.7 dev blue proto static metric 20 unused
                        """);
        assertThat(weft(0, "route", "to", "::/0")).isEqualTo("::/0 via fd00:100::7 dev blue proto static metric 0\n");
        weft(0, "route", "del", "default", "metric", "10");
        assertThat(weft(0, "route", "default")).isEqualTo("default via 10.100.0.7 dev blue proto static metric 20\n");
    }

    @Test
    void shouldShowTheNextHopsOfARoute() {
        weft(0, "route", "add", "10.9.0.0/16", "nexthop", "via", "10.100.0.7", "nexthop", "via", "10.200.0.7");
        assertThat(weft(0, "route", "show", "proto", "static")).isEqualTo("""
                        10.9.0.0/16 proto static metric 0
                        \tnexthop via 10.100.0.7 dev blue weight 1
                        \tnexthop via 10.200.0.7 dev red weight 1
                        """);
        assertThat(json("route", "network", "red", "proto", "static").get(0).get("nexthops"))
                .hasSize(2);
    }

    @Test
    void shouldFlushAllButTheRoutersOwn() {
        final int before = json("route").size();
        assertThat(before).isPositive();
        weft(0, "route", "add", "blackhole", "10.9.0.0/16");
        weft(0, "route", "add", "unreachable", "fd00:9::/32");
        assertThat(weft(0, "route", "type", "blackhole")).isEqualTo("blackhole 10.9.0.0/16 proto static metric 0\n");
        assertThat(weft(0, "route", "flush", "proto", "boot")).isEqualTo("flushed 0\n");
        assertThat(weft(0, "route", "flush")).isEqualTo("flushed 2\n");
        assertThat(json("route")).hasSize(before);
        assertThat(error(2, "route", "del", "10.100.0.0/24")).startsWith("Error: ");
    }

    @Test
    void shouldRefuseRoutesThatCannotBeAndLeaveNothing() {
        final int before = json("route").size();
        assertThat(error(2, "route", "add", "10.9.0.1/16", "via", "10.100.0.7")).contains("host bits");
        assertThat(error(2, "route", "add", "10.9.0.0/16", "via", "10.1.1.1")).startsWith("Error: ");
        assertThat(error(2, "route", "add", "10.9.0.0/16", "via", "fd00:100::7"))
                .startsWith("Error: ");
        assertThat(error(2, "route", "add", "10.9.0.0/16", "via", "10.100.0.254"))
                .startsWith("Error: ");
        assertThat(error(2, "route", "add", "10.9.0.0/16", "via", "10.100.0.7", "network", "red"))
                .startsWith("Error: ");
        assertThat(error(2, "route", "add", "10.9.0.0/16", "via", "10.100.0.7", "vrf", "none"))
                .startsWith("Error: ");
        assertThat(error(2, "route", "show", "vrf", "none")).startsWith("Error: ");
        assertThat(error(1, "route", "add", "10.9.0.0/16")).isEqualTo("Error: 'via' or 'network' is missing\n");
        assertThat(json("route")).hasSize(before);
    }

    @Test
    void shouldAddReplaceAndRemovePermanentNeighbors() {
        weft(0, "neigh", "add", "10.100.0.7", "lladdr", MAC_A);
        assertThat(weft(0, "neigh", "show", "10.100.0.7"))
                .matches("10\\.100\\.0\\.7 dev blue lladdr " + MAC_A + " age \\d+ PERMANENT\n");
        assertThat(error(2, "neigh", "add", "10.100.0.7", "lladdr", MAC_B, "dev", "blue"))
                .startsWith("Error: ");
        weft(0, "neigh", "replace", "10.100.0.7", "lladdr", MAC_B, "network", "blue");
        final JsonNode row = json("neigh", "nud", "permanent").get(0);
        assertThat(row.get("lladdr").asString()).isEqualTo(MAC_B);
        assertThat(row.get("state").get(0).asString()).isEqualTo("PERMANENT");
        assertThat(json("neigh", "dev", "red")).isEmpty();
        assertThat(weft(0, "neigh", "flush")).isEqualTo("flushed 0\n");
        weft(0, "neigh", "del", "10.100.0.7");
        assertThat(json("neigh")).isEmpty();
        assertThat(error(2, "neigh", "del", "10.100.0.7")).startsWith("Error: ");
        assertThat(error(1, "neigh", "add", "10.9.0.7", "lladdr", MAC_A)).isEqualTo("Error: 'network' is missing\n");
        assertThat(error(1, "neigh", "add", "10.100.0.7")).isEqualTo("Error: 'lladdr' is missing\n");
        assertThat(error(1, "neigh", "add", "10.100.0.7", "lladdr", "01:00:00:00:00:00"))
                .isEqualTo("Error: MAC 01:00:00:00:00:00 is zero or a group address\n");
        assertThat(error(2, "neigh", "show", "network", "none")).isEqualTo("Error: no such network: none\n");
    }

    @Test
    void shouldTraceAMadeUpFrameStageByStage() throws Exception {
        port("a", "blue");
        final String router =
                json("network", "show", "blue").get(0).get("lladdr").asString();
        final String frame = HexFormat.ofDelimiter(":")
                .formatHex(FrameBuilder.frame()
                        .from(MAC_A)
                        .to(router)
                        .ipv4("10.100.0.1", "10.9.0.1")
                        .udp(4000, 5000)
                        .build());
        weft(0, "route", "add", "blackhole", "10.9.0.0/16");
        final JsonNode stages = json("trace", "packet", "a", frame);
        assertThat(stages.get(0).get("stage").asString()).isEqualTo("port");
        assertThat(stages.get(1).get("stage").asString()).isEqualTo("ethernet-input");
        assertThat(stages.get(stages.size() - 1).get("text").asString()).contains("blackhole");
        assertThat(weft(0, "trace", "packet", "a", frame)).startsWith("1 port ");
        assertThat(error(2, "trace", "packet", "nope", frame)).isEqualTo("Error: no such port: nope\n");
        assertThat(node.counters().getDrop(DropReason.BLACKHOLE_ROUTE))
                .as("made up")
                .isZero();
    }

    @Test
    void shouldStreamRouteEventsUntilTheClientGoes() throws Exception {
        final ByteArrayOutputStream events = new ByteArrayOutputStream();
        final CompletableFuture<Integer> monitor = CompletableFuture.supplyAsync(() ->
                Main.run(directory, new PrintStream(events, true), new PrintStream(err, true), "route", "monitor"));
        // A monitor shows what comes after it: routes come and go until it has seen one.
        await().untilAsserted(() -> {
            weft(0, "route", "replace", "blackhole", "10.9.0.0/16");
            weft(0, "route", "del", "10.9.0.0/16");
            assertThat(events.toString(StandardCharsets.UTF_8)).contains("10.9.0.0/16");
        });
        node.close();
        assertThat(monitor.get()).isEqualTo(1);
    }

    @Test
    void shouldShowThatNothingIsWrong() {
        assertThat(json("node").get(0).get("alarms")).isEmpty();
        assertThat(weft(0, "node")).doesNotContain("alarm");
    }
}
