// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The life of real nodes, each a process of its own.
 *
 * <pre>
 *   pod a (10.77.0.1) --+                                    +-- pod b (10.77.0.2)
 *                       | node n1, 198.19.77.1 ---- 198.19.77.2, node n2 |
 * </pre>
 */
@Tag("netns")
class NodeLifeTest extends ProcessFixture {
    NodeLifeTest() {
        super("wd", "n1", "n2", "a", "b");
    }

    @BeforeEach
    void connectNodes() throws Exception {
        run(
                "ip",
                "link",
                "add",
                "underlay",
                "netns",
                ns("n1"),
                "type",
                "veth",
                "peer",
                "name",
                "underlay",
                "netns",
                ns("n2"));
        for (final int node : new int[] {1, 2}) {
            run("ip", "-n", ns("n" + node), "address", "add", "198.19.77." + node + "/24", "dev", "underlay");
            run("ip", "-n", ns("n" + node), "link", "set", "underlay", "up");
        }
    }

    @Test
    void shouldCarryPingsBetweenTwoNodesAndEndCleanly() throws Exception {
        final Process one = start("n1", file("n1", 1, 2, "a"));
        final Process two = start("n2", file("n2", 2, 1, "b"));
        awaitPing("a", "10.77.0.2");
        awaitPing("b", "fd00:77::1");
        assertThat(weft("-n", prefix + "n1", "fdb", "dst", "198.19.77.2")).contains(" vni 77 ");
        for (final Process node : List.of(one, two)) {
            node.destroy();
            assertThat(node.waitFor(2, TimeUnit.SECONDS)).isTrue();
            assertThat(node.exitValue()).isZero();
        }
        assertThat(runDirectory()).isEmptyDirectory();
        assertThat(run("ip", "-n", ns("a"), "link")).doesNotContain("eth0");
    }

    @Test
    void shouldReplaceWhatAKilledNodeLeftAndRefuseASecondOne() throws Exception {
        final Path file = file("n1", 1, 2, "a");
        start("n1", file).destroyForcibly().waitFor();
        assertThat(directory().socket(prefix + "n1")).exists();
        start("n1", file);
        final Process second = launch("n1", file);
        assertThat(second.waitFor()).isEqualTo(1);
        assertThat(stderr(second)).isEqualTo("Error: node " + prefix + "n1 runs already\n");
    }

    @Test
    void shouldBringBackAPortWhoseNamespaceOrInterfaceWentAway() throws Exception {
        start("n1", file("n1", 1, 2, "a"));
        start("n2", file("n2", 2, 1, "b"));
        awaitPing("a", "10.77.0.2");
        run("ip", "netns", "del", ns("a"));
        await().atMost(PATIENCE)
                .until(() -> weft("-n", prefix + "n1", "port", "show", "a").contains("reason no network namespace"));
        run("ip", "netns", "add", ns("a"));
        awaitPing("a", "10.77.0.2");
        run("ip", "-n", ns("a"), "link", "del", "eth0");
        awaitPing("a", "10.77.0.2");
        assertThat(weft("-n", prefix + "n1", "-j", "stats")).contains("\"imbalance\":0");
    }

    @Test
    void shouldLetPodsFollowTheUnderlaysMtu() throws Exception {
        start("n1", file("n1", 1, 2, "a"));
        assertThat(run("ip", "-n", ns("a"), "link", "show", "eth0")).contains(" mtu 1450 ");
        run("ip", "-n", ns("n1"), "link", "set", "underlay", "mtu", "1400");
        await().atMost(PATIENCE)
                .until(() -> run("ip", "-n", ns("a"), "link", "show", "eth0").contains(" mtu 1350 "));
        assertThat(weft("-n", prefix + "n1", "vtep")).contains(" mtu 1350 ");
    }

    @Test
    void shouldLetTunnelsFollowAPathThatGetsWiderAgain() throws Exception {
        run("ip", "-n", ns("n1"), "route", "add", "198.19.77.2/32", "dev", "underlay", "mtu", "1400");
        start("n1", file("n1", 1, 2, "a"));
        awaitTunnelMtu(1350);
        run("ip", "-n", ns("n1"), "route", "del", "198.19.77.2/32");
        awaitTunnelMtu(1450);
        assertThat(run("ip", "-n", ns("a"), "link", "show", "eth0")).contains(" mtu 1450 ");
    }

    private void awaitTunnelMtu(final int mtu) {
        await().atMost(PATIENCE).until(() -> weft("-n", prefix + "n1", "vtep").contains(" mtu " + mtu + " "));
    }

    @Test
    void shouldRefuseBeforeAnythingIsTouched() throws Exception {
        assertRefused(
                file("n1", 9, 2, "a"), ":3: underlay address 198.19.77.9 is on no interface of this network namespace");
        assertRefused(file("n1", 1, 2, "gone"), ":11: no network namespace " + ns("gone"));
        run("ip", "-n", ns("n1"), "link", "set", "underlay", "mtu", "1300");
        assertRefused(file("n1", 1, 2, "a"), ":3: the underlay's MTU 1300 leaves pods 1250, which is below 1280");
        assertThat(runDirectory()).doesNotExist();
    }

    @Test
    void shouldRouteBetweenPodsOfTwoNetworksAndItsOwnNamespace() throws Exception {
        start("n1", routed());
        assertThat(run("ip", "-n", ns("a"), "route")).contains("default via 10.77.0.254 dev eth0");
        assertThat(run("ip", "-n", ns("a"), "-6", "route")).contains("default via fd00:77::fe dev eth0");
        assertThat(run("ip", "-n", ns("n1"), "route"))
                .contains("10.78.0.0/24 via 10.77.0.254 dev weft0")
                .doesNotContain("default");
        awaitPing("a", "10.78.0.2");
        awaitPing("b", "10.77.0.9");
        awaitPing("b", "198.19.77.1");
        awaitPing("n1", "10.78.0.2");
        assertThat(run("ip", "netns", "exec", ns("a"), "traceroute", "-n", "-q1", "-w2", "10.78.0.2"))
                .contains(" 1  10.77.0.254 ", " 2  10.78.0.2 ");
    }

    @Test
    void shouldUndoWhatItMadeWhenARouteIsRefused() throws Exception {
        // The node itself has a route to its underlay address, which the file's reader can't know.
        final Path file = routed();
        Files.writeString(file, Files.readString(file) + "  - { dst: 198.19.77.1/32, via: 10.78.0.2 }\n");
        final Process node = launch("n1", file);
        assertThat(node.waitFor()).isEqualTo(1);
        assertThat(stderr(node)).isEqualTo("Error: " + file + ":15: route exists: 198.19.77.1/32\n");
        assertThat(run("ip", "-n", ns("a"), "link")).doesNotContain("eth0");
        assertThat(run("ip", "-n", ns("n1"), "link")).doesNotContain("weft0");
        assertThat(runDirectory()).isEmptyDirectory();
    }

    @Test
    void shouldRefuseToTakeOverAnInterfaceThatIsNotThere() throws Exception {
        final Path file = routed();
        Files.writeString(
                file,
                Files.readString(file)
                        .replace("routes:", "  - { name: w, type: packet, network: red, dev: nosuch0 }\nroutes:"));
        assertRefused(file, ":13: no interface nosuch0 to take over: interface nosuch0 index: No such device");
    }

    /** Two networks with a router, a pod in each, and a host port in the first. */
    private Path routed() throws IOException {
        return Files.writeString(base.resolve("routed.yaml"), """
                node: %s
                underlay: { address: 198.19.77.1 }
                networks:
                  - name: blue
                    vni: 77
                    subnet: [10.77.0.0/24, "fd00:77::/64"]
                    gateway: [10.77.0.254, "fd00:77::fe"]
                  - { name: red, subnet: 10.78.0.0/24, gateway: 10.78.0.254 }
                ports:
                  - { name: a, type: tap, network: blue, netns: %s, address: [10.77.0.1, "fd00:77::1"] }
                  - { name: b, type: tap, network: red, netns: %s, address: 10.78.0.2 }
                  - { name: host, type: tap, network: blue, ifname: weft0, address: 10.77.0.9 }
                routes:
                  - { dst: 10.9.0.0/16, via: 10.78.0.2 }
                """.formatted(prefix + "n1", ns("a"), ns("b")));
    }

    @Test
    void shouldUndoWhatItMadeWhenAPortFails() throws Exception {
        run("ip", "-n", ns("b"), "tuntap", "add", "eth0", "mode", "tun");
        final Path file = file("n1", 1, 2, "a");
        Files.writeString(
                file, Files.readString(file) + "  - {name: b, type: tap, network: blue, netns: " + ns("b") + "}\n");
        final Process node = launch("n1", file);
        assertThat(node.waitFor()).isEqualTo(1);
        assertThat(stderr(node)).startsWith("Error: " + file + ":12: port b: ").containsOnlyOnce("\n");
        assertThat(run("ip", "-n", ns("a"), "link")).doesNotContain("eth0");
        assertThat(runDirectory()).isEmptyDirectory();
    }

    private void assertRefused(final Path file, final String reason) throws Exception {
        final Process node = launch("n1", file);
        assertThat(node.waitFor()).isEqualTo(1);
        assertThat(stderr(node)).isEqualTo("Error: " + file + reason + "\n");
        assertThat(run("ip", "-n", ns("a"), "link")).doesNotContain("eth0");
    }

    private Path file(final String name, final int own, final int remote, final String pod) throws IOException {
        return Files.writeString(
                base.resolve(name + ".yaml"), """
                node: %s
                underlay:
                  address: 198.19.77.%d
                networks:
                  - name: blue
                    vni: 77
                    mode: switched
                    subnet: [10.77.0.0/24, "fd00:77::/64"]
                    remotes: [198.19.77.%d]
                ports:
                  - {name: %s, type: tap, network: blue, netns: %s, address: [10.77.0.%d, "fd00:77::%d"]}
                """.formatted(prefix + name, own, remote, pod, ns(pod), own, own));
    }

    private Process start(final String name, final Path file) throws Exception {
        return awaitNode(prefix + name, launch(name, file));
    }

    private Process launch(final String namespace, final Path file) throws IOException {
        return launch(namespace, List.of(), "node", "run", "--config", file.toString());
    }
}
