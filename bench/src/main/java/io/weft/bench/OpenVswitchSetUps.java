// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Open vSwitch's userspace datapath ({@code datapath_type=netdev}), a vswitchd per node. As it comes it computes no
 * checksums for veths and cuts no super-frames, so pods have their transmit offloads off; with
 * {@code userspace-tso-enable} they keep them, but it knows no tunnels then.
 */
final class OpenVswitchSetUps {
    private static final String SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";
    private static final List<String> TOOLS = List.of(
            "ovs-vswitchd=openvswitch-switch",
            "ovsdb-server=openvswitch-switch",
            "ovs-vsctl=openvswitch-switch",
            "ethtool=ethtool");

    private OpenVswitchSetUps() {}

    static Contender plain() {
        final Map<BenchScenario, Contender.SetUp> setUps = Contender.table();
        setUps.put(BenchScenario.SAME_NODE, site -> sameNode(site, false));
        setUps.put(BenchScenario.TWO_NODES, OpenVswitchSetUps::twoNodes);
        return new Contender("ovs", "Open vSwitch in userspace (netdev)", TOOLS, OpenVswitchSetUps::version, setUps);
    }

    static Contender withTso() {
        final Map<BenchScenario, Contender.SetUp> setUps = Contender.table();
        setUps.put(BenchScenario.SAME_NODE, site -> sameNode(site, true));
        return new Contender(
                "ovs-tso", "Open vSwitch in userspace, with TSO", TOOLS, OpenVswitchSetUps::version, setUps);
    }

    private static String version() throws BenchException {
        return Command.must(List.of("ovs-vswitchd", "--version"))
                .lines()
                .findFirst()
                .orElse("unknown");
    }

    private static void sameNode(final Site site, final boolean withTso) throws BenchException {
        for (final String space : List.of("a", "b", "r")) {
            site.space(space);
        }
        Veth.pod(site, "a", "r", "pa", "198.18.0.1", Veth.PLAIN_MTU);
        Veth.pod(site, "b", "r", "pb", "198.18.0.2", Veth.PLAIN_MTU);
        if (!withTso) {
            Veth.withoutChecksumOffload(site, "a", "eth0");
            Veth.withoutChecksumOffload(site, "b", "eth0");
        }
        site.starts();
        start(site, "r", withTso);
        configure(site, "r", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev");
        configure(site, "r", "add-port", "br0", "pa", "--", "add-port", "br0", "pb");
        site.ends("a", "b", "198.18.0.2");
    }

    private static void twoNodes(final Site site) throws BenchException {
        for (final String space : List.of("a", "b", "r1", "r2")) {
            site.space(space);
        }
        Veth.cable(site, "r1", "r2");
        for (int i = 1; i <= 2; i++) {
            final String pod = i == 1 ? "a" : "b";
            Veth.pod(site, pod, "r" + i, "pp", "198.18.0." + i, Veth.VXLAN_MTU);
            Veth.withoutChecksumOffload(site, pod, "eth0");
            Veth.withoutChecksumOffload(site, "r" + i, "u0");
        }
        site.starts();
        for (int i = 1; i <= 2; i++) {
            final String node = "r" + i;
            start(site, node, false);
            configure(site, node, "add-br", "brp", "--", "set", "bridge", "brp", "datapath_type=netdev");
            configure(site, node, "add-port", "brp", "u0");
            configure(site, node, "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev");
            site.ip(node, "addr", "add", "198.19.0." + i + "/24", "dev", "brp");
            site.ip(node, "link", "set", "brp", "up");
            configure(
                    site,
                    node,
                    "add-port",
                    "br0",
                    "vx0",
                    "--",
                    "set",
                    "interface",
                    "vx0",
                    "type=vxlan",
                    "options:remote_ip=198.19.0." + (3 - i),
                    "options:key=42");
            configure(site, node, "add-port", "br0", "pp");
            Veth.withoutChecksumOffload(site, node, "brp");
        }
        site.ends("a", "b", "198.18.0.2");
    }

    /** A database and a vswitchd of its own in the namespace {@code node}, with their files in a folder of that name. */
    private static void start(final Site site, final String node, final boolean withTso) throws BenchException {
        final Path folder = site.folder().resolve(node);
        try {
            Files.createDirectories(folder);
        } catch (final IOException e) {
            throw new BenchException(folder + " can't be made: " + e.getMessage(), e);
        }
        site.pidFile(folder.resolve("ovsdb.pid"), false);
        site.pidFile(folder.resolve("vswitchd.pid"), true);
        site.run("ovsdb-tool", "create", folder + "/conf.db", SCHEMA);
        site.in(
                node,
                "env",
                "OVS_RUNDIR=" + folder,
                "ovsdb-server",
                folder + "/conf.db",
                "--remote=punix:" + folder + "/db.sock",
                "--pidfile=" + folder + "/ovsdb.pid",
                "--detach",
                "--log-file=/dev/null");
        site.run("ovs-vsctl", "--db=unix:" + folder + "/db.sock", "--no-wait", "init");
        if (withTso) {
            site.run(
                    "ovs-vsctl",
                    "--db=unix:" + folder + "/db.sock",
                    "--no-wait",
                    "set",
                    "Open_vSwitch",
                    ".",
                    "other_config:userspace-tso-enable=true");
        }
        site.in(
                node,
                "env",
                "OVS_RUNDIR=" + folder,
                "ovs-vswitchd",
                "unix:" + folder + "/db.sock",
                "--pidfile=" + folder + "/vswitchd.pid",
                "--detach",
                "--log-file=/dev/null");
    }

    private static void configure(final Site site, final String node, final String... words) throws BenchException {
        final String[] command = new String[words.length + 3];
        command[0] = "ovs-vsctl";
        command[1] = "--timeout=10";
        command[2] = "--db=unix:" + site.folder().resolve(node).resolve("db.sock");
        System.arraycopy(words, 0, command, 3, words.length);
        site.run(command);
    }
}
