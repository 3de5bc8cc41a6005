// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

/** The wiring that set-ups share: pods on veths or TAPs, and the wire between nodes. */
final class Veth {
    /** MTU on one node. */
    static final int PLAIN_MTU = 1500;
    /** MTU of pods whose frames go over IPv4 in VXLAN. */
    static final int VXLAN_MTU = PLAIN_MTU - 50;

    /** As long as the TAP queues of the C loops and of Weft are. */
    private static final String TAP_QUEUE = "4000";

    private Veth() {}

    /** A pod {@code pod} with a veth whose other end is {@code dev} in {@code node}. */
    static void pod(
            final Site site, final String pod, final String node, final String dev, final String address, final int mtu)
            throws BenchException {
        final String octets = Integer.toString(mtu);
        site.run(
                "ip",
                "link",
                "add",
                "eth0",
                "mtu",
                octets,
                "netns",
                site.namespace(pod),
                "type",
                "veth",
                "peer",
                "name",
                dev,
                "mtu",
                octets,
                "netns",
                site.namespace(node));
        site.ip(pod, "addr", "add", address + "/24", "dev", "eth0");
        site.ip(pod, "link", "set", "eth0", "up");
        site.ip(node, "link", "set", dev, "up");
        // A lost first ARP request must not cost the start a second.
        site.in(pod, "sysctl", "-q", "-w", "net.ipv4.neigh.eth0.retrans_time_ms=20");
    }

    /** Gives TAP {@code dev} of {@code node} to a pod. */
    static void tapPod(
            final Site site, final String pod, final String node, final String dev, final String address, final int mtu)
            throws BenchException {
        site.ip(node, "link", "set", dev, "netns", site.namespace(pod), "name", "eth0");
        site.ip(pod, "link", "set", "eth0", "mtu", Integer.toString(mtu), "txqueuelen", TAP_QUEUE, "up");
        site.ip(pod, "addr", "add", address + "/24", "dev", "eth0");
    }

    /** A cable {@code u0} between two nodes. */
    static void cable(final Site site, final String first, final String second) throws BenchException {
        site.run(
                "ip",
                "link",
                "add",
                "u0",
                "netns",
                site.namespace(first),
                "type",
                "veth",
                "peer",
                "name",
                "u0",
                "netns",
                site.namespace(second));
        site.ip(first, "link", "set", "u0", "up");
        site.ip(second, "link", "set", "u0", "up");
    }

    /** Has the pods, and the sender in front of them, finish their checksums. */
    static void withoutChecksumOffload(final Site site, final String space, final String dev) throws BenchException {
        site.in(space, "ethtool", "-K", dev, "tx", "off");
    }
}
