// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Independent judges: the kernel's vxlan device, Open vSwitch's userspace datapath, and tshark. */
@Tag("netns")
class InteropSystemTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"198.19.0.1, 198.19.0.2, 24, 1450", "fd00:198::1, fd00:198::2, 64, 1430"})
    void shouldTalkToAKernelVxlanDevice(final String ours, final String theirs, final int length, final int mtu)
            throws Exception {
        final String yaml = """
                name: kernel
                nodes:
                  n1: { underlay: "%s/%d" }
                  h: { kind: host, underlay: "%s/%d" }
                networks:
                  blue: { vni: 100, subnet: [10.100.0.0/24, "fd00:100::/64"], remotes: ["%s"] }
                pods:
                  a: { node: n1, network: blue, address: [10.100.0.1, "fd00:100::1"] }
                """.formatted(ours, length, theirs, length, theirs);
        try (RunningLab lab = RunningLab.ofText(yaml)) {
            lab.in(
                            "h", "ip", "link", "add", "vx0", "mtu", "" + mtu, "type", "vxlan", "id", "100", "dstport",
                            "4789", "local", theirs, "remote", ours)
                    .ok();
            lab.in("h", "ip", "addr", "add", "10.100.0.9/24", "dev", "vx0").ok();
            lab.in("h", "ip", "addr", "add", "fd00:100::9/64", "dev", "vx0", "nodad")
                    .ok();
            lab.in("h", "ip", "link", "set", "vx0", "up").ok();

            lab.ping("a", "10.100.0.9");
            lab.tcp("a", "h", "10.100.0.9", 100);
            lab.tcp("h", "a", "10.100.0.1", 100);
            lab.tcp("a", "h", "fd00:100::9", 100);
            lab.tcp("h", "a", "fd00:100::1", 100);
            lab.in("h", "ping", "-n", "-c1", "-W2", "-M", "do", "-s", "" + (mtu - 28), "10.100.0.1")
                    .ok();
            lab.assertConservation("n1");
        }
    }

    /** {@code a - n1 (weft) --- h (Open vSwitch) - o}. Its userspace datapath wants checksums from its neighbours. */
    @Test
    void shouldTalkToOpenVswitch() throws Exception {
        final List<Path> pidFiles = new ArrayList<>();
        try (RunningLab lab = RunningLab.ofText("""
                name: ovs
                nodes:
                  n1: { underlay: 198.19.0.1/24 }
                  h: { kind: host, interfaces: { u0: [], pp: [] } }
                  o: { kind: host, interfaces: { eth0: [10.100.0.9/24, "fd00:100::9/64"] } }
                links:
                  - { endpoints: ["n1:eth1", "h:u0"] }
                  - { endpoints: ["o:eth0", "h:pp"] }
                networks:
                  blue: { vni: 100, subnet: [10.100.0.0/24, "fd00:100::/64"], remotes: [198.19.0.2] }
                pods:
                  a: { node: n1, network: blue, address: [10.100.0.1, "fd00:100::1"] }
                """)) {
            try {
                startOpenVswitch(lab, pidFiles);
                lab.in("o", "ip", "link", "set", "eth0", "mtu", "1450").ok();

                Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> lab.ping("a", "10.100.0.9"));
                lab.tcp("a", "o", "10.100.0.9", 20);
                lab.tcp("o", "a", "10.100.0.1", 20);
                lab.tcp("a", "o", "fd00:100::9", 20);
                lab.tcp("o", "a", "fd00:100::1", 20);
                lab.assertConservation("n1");
            } finally {
                end(pidFiles);
            }
        }
    }

    private void startOpenVswitch(final RunningLab lab, final List<Path> pidFiles) throws Exception {
        final String script = """
                set -eu
                cd "$1"
                export OVS_RUNDIR=$1
                ovsdb-tool create conf.db /usr/share/openvswitch/vswitch.ovsschema
                ip netns exec "$2" ovsdb-server conf.db --remote=punix:"$1"/db.sock --pidfile="$1"/ovsdb.pid --detach \\
                  --log-file=/dev/null
                v="ovs-vsctl --timeout=10 --db=unix:$1/db.sock"
                $v --no-wait init
                ip netns exec "$2" ovs-vswitchd unix:"$1"/db.sock --pidfile="$1"/vswitchd.pid --detach --log-file=/dev/null
                $v add-br brp -- set bridge brp datapath_type=netdev -- add-port brp u0
                $v add-br br0 -- set bridge br0 datapath_type=netdev
                ip -n "$2" addr add 198.19.0.2/24 dev brp
                ip -n "$2" link set brp up
                $v add-port br0 vx0 -- set interface vx0 type=vxlan options:remote_ip=198.19.0.1 options:key=100
                $v add-port br0 pp
                for d in brp u0; do ip netns exec "$2" ethtool -K $d tx off; done
                ip netns exec "$3" ethtool -K eth1 tx off
                ip netns exec "$4" ethtool -K eth0 tx off
                """;
        pidFiles.add(folder.resolve("vswitchd.pid"));
        pidFiles.add(folder.resolve("ovsdb.pid"));
        Program.run(
                        "bash",
                        "-c",
                        script,
                        "bash",
                        folder.toString(),
                        lab.namespace("h"),
                        lab.namespace("n1"),
                        lab.namespace("o"))
                .ok();
    }

    private static void end(final List<Path> pidFiles) throws IOException, InterruptedException {
        for (final Path file : pidFiles) {
            if (Files.exists(file)) {
                final long pid = Long.parseLong(Files.readString(file).strip());
                ProcessHandle.of(pid).ifPresent(process -> {
                    process.destroy();
                    process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
                });
            }
        }
    }

    /**
     * With the underlay's transmit offloads off, the wire between the nodes carries finished frames: tshark has to find every
     * checksum right, outer and inner.
     */
    @Test
    void shouldSendFramesThatTsharkFindsFaultless() throws Exception {
        final Path file = folder.resolve("underlay.pcap");
        try (RunningLab lab = RunningLab.up("two-nodes")) {
            for (final String node : List.of("n1", "n2")) {
                lab.in(node, "ethtool", "-K", "eth1", "tx", "off").ok();
            }
            final Process tcpdump = new ProcessBuilder(
                            "ip",
                            "netns",
                            "exec",
                            lab.namespace("n2"),
                            "tcpdump",
                            "-i",
                            "eth1",
                            "-U",
                            "-s0",
                            "-B",
                            "16384",
                            "-w",
                            file.toString())
                    .redirectErrorStream(true)
                    .start();
            try (var log = tcpdump.inputReader()) {
                assertThat(log.readLine()).contains("listening");
                lab.ping("a", "10.100.0.3");
                lab.ping("c", "fd00:100::1");
                lab.tcp("a", "c", "10.100.0.3", 5);
                lab.tcp("c", "a", "fd00:100::1", 5);
                lab.iperf("a", "c", "fd00:100::3", "-u", "-b", "20M", "-l", "1200", "-n", "200K");
                lab.iperf("c", "a", "10.100.0.1", "-u", "-b", "20M", "-l", "8000", "-n", "200K");
                tcpdump.destroy();
                assertThat(tcpdump.waitFor(10, TimeUnit.SECONDS)).isTrue();
            } finally {
                tcpdump.destroyForcibly();
            }
        }

        assertThat(frames(file, "vxlan.vni == 100 && tcp.checksum.status == 1 && udp.checksum.status == 1"))
                .hasSizeGreaterThan(5_000);
        assertThat(frames(file, "icmp.checksum.status == 1")).isNotEmpty();
        assertThat(frames(file, "icmpv6.checksum.status == 1")).isNotEmpty();
        assertThat(frames(
                        file,
                        "_ws.malformed || _ws.unreassembled || ip.checksum.status == 0 || udp.checksum.status == 0"
                                + " || tcp.checksum.status == 0 || icmp.checksum.status == 0"
                                + " || icmpv6.checksum.status == 0"))
                .isEmpty();
    }

    private static List<String> frames(final Path file, final String filter) throws Exception {
        return Program.run(
                        "tshark",
                        "-r",
                        file.toString(),
                        "-o",
                        "ip.check_checksum:TRUE",
                        "-o",
                        "udp.check_checksum:TRUE",
                        "-o",
                        "tcp.check_checksum:TRUE",
                        "-Y",
                        filter)
                .ok()
                .lines()
                .toList();
    }
}
