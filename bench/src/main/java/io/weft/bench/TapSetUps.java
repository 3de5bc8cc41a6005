// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Other programs on TAPs: vde_switch, and C loops that only copy from one TAP to the other, or into a tunnel and out: no
 * table, no counter, so a bound for whatever one thread does that way. The loops are no part of this project; the folder of their
 * sources is named by {@code WEFT_BASELINES}.
 */
final class TapSetUps {
    private TapSetUps() {}

    static Contender vde() {
        final Map<BenchScenario, Contender.SetUp> setUps = Contender.table();
        setUps.put(BenchScenario.SAME_NODE, TapSetUps::vdeSameNode);
        return new Contender(
                "vde",
                "vde_switch",
                List.of("vde_switch=vde2", "vde_plug2tap=vde2"),
                () -> Command.must(List.of("vde_switch", "--version"))
                        .lines()
                        .filter(line -> !line.isBlank())
                        .findFirst()
                        .orElse("unknown"),
                setUps);
    }

    /** The C loops of {@code folder}, which pass super-frames whole. */
    static Contender loops(final Path folder) {
        final Map<BenchScenario, Contender.SetUp> setUps = Contender.table();
        setUps.put(BenchScenario.SAME_NODE, site -> spliceSameNode(site, folder, true));
        setUps.put(BenchScenario.TWO_NODES, site -> spliceTwoNodes(site, folder));
        return loop("c", "C loop on TAPs, without any table", setUps);
    }

    /** The same without offloads: frame by frame. */
    static Contender plainLoops(final Path folder) {
        final Map<BenchScenario, Contender.SetUp> setUps = Contender.table();
        setUps.put(BenchScenario.SAME_NODE, site -> spliceSameNode(site, folder, false));
        return loop("c-plain", "C loop on TAPs without offloads, frame by frame", setUps);
    }

    private static Contender loop(
            final String id, final String title, final Map<BenchScenario, Contender.SetUp> setUps) {
        return new Contender(
                id,
                title,
                List.of("gcc=gcc"),
                () -> Command.must(List.of("gcc", "--version"))
                        .lines()
                        .findFirst()
                        .orElse("unknown"),
                setUps);
    }

    private static void vdeSameNode(final Site site) throws BenchException {
        spaces(site, "a", "b", "r");
        final String control = site.folder().resolve("ctl").toString();
        site.starts();
        final Path pid = site.folder().resolve("vde.pid");
        site.pidFile(pid, true);
        site.in("r", "vde_switch", "-s", control, "-t", "tapa", "-d", "-p", pid.toString());
        site.until("r", "test", "-S", control + "/ctl");
        site.dataplane("r", Map.of(), "vde_plug2tap", "-s", control, "tapb");
        tapPods(site);
    }

    private static void spliceSameNode(final Site site, final Path folder, final boolean offloads)
            throws BenchException {
        spaces(site, "a", "b", "r");
        final String program = compile(site, folder, "tap_splice");
        site.starts();
        site.dataplane("r", Map.of(), program, offloads ? "1" : "0", "0");
        site.until("r", "ip", "link", "show", "dev", "tapb");
        tapPods(site);
    }

    private static void tapPods(final Site site) throws BenchException {
        site.until("r", "ip", "link", "show", "dev", "tapb");
        Veth.tapPod(site, "a", "r", "tapa", "198.18.0.1", Veth.PLAIN_MTU);
        Veth.tapPod(site, "b", "r", "tapb", "198.18.0.2", Veth.PLAIN_MTU);
        site.ends("a", "b", "198.18.0.2");
    }

    private static void spliceTwoNodes(final Site site, final Path folder) throws BenchException {
        spaces(site, "a", "b", "r1", "r2");
        Veth.cable(site, "r1", "r2");
        site.ip("r1", "addr", "add", "198.19.0.1/24", "dev", "u0");
        site.ip("r2", "addr", "add", "198.19.0.2/24", "dev", "u0");
        final String program = compile(site, folder, "vxlan_splice");
        site.starts();
        site.dataplane("r1", Map.of(), program, "198.19.0.1", "198.19.0.2");
        site.dataplane("r2", Map.of(), program, "198.19.0.2", "198.19.0.1");
        site.until("r1", "ip", "link", "show", "dev", "tap0");
        site.until("r2", "ip", "link", "show", "dev", "tap0");
        Veth.tapPod(site, "a", "r1", "tap0", "198.18.0.1", Veth.VXLAN_MTU);
        Veth.tapPod(site, "b", "r2", "tap0", "198.18.0.2", Veth.VXLAN_MTU);
        site.ends("a", "b", "198.18.0.2");
    }

    private static String compile(final Site site, final Path folder, final String name) throws BenchException {
        final String program = site.folder().resolve(name).toString();
        site.run("gcc", "-O3", "-w", "-o", program, folder.resolve(name + ".c").toString());
        return program;
    }

    private static void spaces(final Site site, final String... names) throws BenchException {
        for (final String name : names) {
            site.space(name);
        }
    }
}
