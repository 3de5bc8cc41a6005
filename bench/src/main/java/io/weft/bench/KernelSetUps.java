// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.List;
import java.util.Map;

/** The kernel's own bridge, router and VXLAN device: what a dataplane in userspace gives up. */
final class KernelSetUps {
    private KernelSetUps() {}

    static Contender contender() {
        final Map<BenchScenario, Contender.SetUp> setUps = Contender.table();
        setUps.put(BenchScenario.SAME_NODE, KernelSetUps::sameNode);
        setUps.put(BenchScenario.SAME_NODE_ROUTED, KernelSetUps::sameNodeRouted);
        setUps.put(BenchScenario.TWO_NODES, KernelSetUps::twoNodes);
        setUps.put(BenchScenario.OVERLAY, KernelSetUps::overlay);
        setUps.put(BenchScenario.ROUTED, KernelSetUps::routed);
        return new Contender(
                "kernel",
                "Linux bridge, router and VXLAN device",
                List.of(),
                () -> "Linux " + System.getProperty("os.version"),
                setUps);
    }

    private static void sameNode(final Site site) throws BenchException {
        spaces(site, "a", "b", "r");
        bridge(site, "r");
        Veth.pod(site, "a", "r", "pa", "198.18.0.1", Veth.PLAIN_MTU);
        Veth.pod(site, "b", "r", "pb", "198.18.0.2", Veth.PLAIN_MTU);
        site.starts();
        site.ip("r", "link", "set", "pa", "master", "br0");
        site.ip("r", "link", "set", "pb", "master", "br0");
        site.ends("a", "b", "198.18.0.2");
    }

    private static void twoNodes(final Site site) throws BenchException {
        spaces(site, "a", "b", "r1", "r2");
        Veth.cable(site, "r1", "r2");
        for (int i = 1; i <= 2; i++) {
            vxlan(site, i);
            bridge(site, "r" + i);
            site.ip("r" + i, "link", "set", "vx0", "master", "br0");
            Veth.pod(site, i == 1 ? "a" : "b", "r" + i, "pp", "198.18.0." + i, Veth.VXLAN_MTU);
        }
        site.starts();
        site.ip("r1", "link", "set", "pp", "master", "br0");
        site.ip("r2", "link", "set", "pp", "master", "br0");
        site.ends("a", "b", "198.18.0.2");
    }

    private static void sameNodeRouted(final Site site) throws BenchException {
        spaces(site, "a", "b", "r");
        routedPod(site, "a", "r", "pa", "10.1.1", Veth.PLAIN_MTU);
        routedPod(site, "b", "r", "pb", "10.1.2", Veth.PLAIN_MTU);
        site.starts();
        forwarding(site, "r");
        site.ends("a", "b", "10.1.2.2");
    }

    private static void overlay(final Site site) throws BenchException {
        spaces(site, "a", "b", "r1", "r2");
        Veth.cable(site, "r1", "r2");
        vxlan(site, 1);
        vxlan(site, 2);
        routedNodes(site, "vx0", Veth.VXLAN_MTU);
    }

    private static void routed(final Site site) throws BenchException {
        spaces(site, "a", "b", "r1", "r2");
        Veth.cable(site, "r1", "r2");
        routedNodes(site, "u0", Veth.PLAIN_MTU);
    }

    /** Two nodes, each with a pod of a subnet of its own, that are neighbors on {@code dev}. */
    private static void routedNodes(final Site site, final String dev, final int mtu) throws BenchException {
        for (int i = 1; i <= 2; i++) {
            site.ip("r" + i, "addr", "add", "198.18.7." + i + "/24", "dev", dev);
            routedPod(site, i == 1 ? "a" : "b", "r" + i, "pp", "10.2." + i, mtu);
            site.ip("r" + i, "route", "add", "10.2." + (3 - i) + ".0/24", "via", "198.18.7." + (3 - i));
        }
        site.starts();
        forwarding(site, "r1");
        forwarding(site, "r2");
        site.ends("a", "b", "10.2.2.2");
    }

    private static void routedPod(
            final Site site, final String pod, final String node, final String dev, final String subnet, final int mtu)
            throws BenchException {
        Veth.pod(site, pod, node, dev, subnet + ".2", mtu);
        site.ip(node, "addr", "add", subnet + ".1/24", "dev", dev);
        site.ip(pod, "route", "add", "default", "via", subnet + ".1");
    }

    private static void vxlan(final Site site, final int i) throws BenchException {
        final String node = "r" + i;
        site.ip(node, "addr", "add", "198.19.0." + i + "/24", "dev", "u0");
        site.ip(
                node,
                "link",
                "add",
                "vx0",
                "type",
                "vxlan",
                "id",
                "42",
                "dstport",
                "4789",
                "local",
                "198.19.0." + i,
                "remote",
                "198.19.0." + (3 - i));
        site.ip(node, "link", "set", "vx0", "up");
    }

    private static void bridge(final Site site, final String node) throws BenchException {
        site.ip(node, "link", "add", "br0", "type", "bridge");
        site.ip(node, "link", "set", "br0", "up");
    }

    private static void forwarding(final Site site, final String node) throws BenchException {
        site.in(node, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
    }

    private static void spaces(final Site site, final String... names) throws BenchException {
        for (final String name : names) {
            site.space(name);
        }
    }
}
