// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.daemon.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Weft: nodes as users run them, each from a node file. With offloads off, every frame is forwarded by itself; with a journal, every
 * flow is written to disk.
 */
final class WeftSetUps {
    /** Two networks of which a node's router has the gateways; a switched scenario uses the first alone. */
    private static final String SAME_NODE = """
            node: {node}
            networks:
              - { name: blue, mode: switched, subnet: 10.100.0.0/24 }
            ports:
              - { name: a, type: tap, network: blue, netns: {a}, ifname: eth0, address: 10.100.0.1/24 }
              - { name: b, type: tap, network: blue, netns: {b}, ifname: eth0, address: 10.100.0.2/24 }
            """;

    private static final String SAME_NODE_ROUTED = """
            node: {node}
            networks:
              - { name: blue, mode: switched, subnet: 10.100.0.0/24, gateway: 10.100.0.254 }
              - { name: green, mode: switched, subnet: 10.101.0.0/24, gateway: 10.101.0.254 }
            ports:
              - { name: a, type: tap, network: blue, netns: {a}, ifname: eth0, address: 10.100.0.1/24 }
              - { name: b, type: tap, network: green, netns: {b}, ifname: eth0, address: 10.101.0.2/24 }
            """;

    private static final String TWO_NODES = """
            node: {node}
            underlay: { address: 198.19.0.{i} }
            networks:
              - { name: blue, vni: 42, mode: switched, subnet: 10.100.0.0/24, remotes: [198.19.0.{other}] }
            ports:
              - { name: p, type: tap, network: blue, netns: {pod}, ifname: eth0, address: 10.100.0.{i}/24 }
            """;

    private static final String OVERLAY = """
            node: {node}
            underlay: { address: 198.19.0.{i} }
            networks:
              - name: pods
                vni: 42
                mode: overlay
                subnet: 10.244.0.0/16
                prefix: 10.244.{i}.0/24
                remotes: [{ address: 198.19.0.{other}, prefix: 10.244.{other}.0/24 }]
            ports:
              - { name: p, type: tap, network: pods, netns: {pod}, ifname: eth0, address: 10.244.{i}.2/24 }
            """;

    private static final String ROUTED = """
            node: {node}
            networks:
              - { name: wire, mode: switched, subnet: 198.18.7.0/24, gateway: 198.18.7.{i} }
              - name: pods
                mode: routed
                subnet: 10.61.0.0/16
                prefix: 10.61.{i}.0/24
                remotes: [{ address: 198.18.7.{other}, prefix: 10.61.{other}.0/24 }]
            ports:
              - { name: p, type: tap, network: pods, netns: {pod}, ifname: eth0, address: 10.61.{i}.2/24 }
              - { name: w, type: packet, network: wire, dev: u0 }
            """;

    private final Path program;
    /** What node files have at their end. */
    private final String more;

    private WeftSetUps(final Path home, final String more) {
        this.program = home.resolve("scripts/weft");
        this.more = more;
    }

    /** The Weft of the checkout {@code home}. */
    static Contender contender(final Path home) {
        return new WeftSetUps(home, "").contender("weft", "Weft", home, BenchScenario.values());
    }

    /** The same with {@code offloads: false}. */
    static Contender plain(final Path home) {
        return new WeftSetUps(home, "offloads: false\n")
                .contender("weft-plain", "Weft without offloads, frame by frame", home, BenchScenario.values());
    }

    /** The same with a journal of flows, in the folder of the site. */
    static Contender journal(final Path home) {
        return new WeftSetUps(home, "journal: { dir: journal-{node} }\n")
                .contender(
                        "weft-journal",
                        "Weft with a journal of flows",
                        home,
                        BenchScenario.SAME_NODE,
                        BenchScenario.TWO_NODES);
    }

    private Contender contender(
            final String id, final String title, final Path home, final BenchScenario... scenarios) {
        final Map<BenchScenario, Contender.SetUp> setUps = Contender.table();
        setUps.put(BenchScenario.SAME_NODE, site -> oneNode(site, SAME_NODE, "10.100.0.2"));
        setUps.put(BenchScenario.SAME_NODE_ROUTED, site -> oneNode(site, SAME_NODE_ROUTED, "10.101.0.2"));
        setUps.put(BenchScenario.TWO_NODES, site -> twoNodes(site, TWO_NODES, "10.100.0.2"));
        setUps.put(BenchScenario.OVERLAY, site -> twoNodes(site, OVERLAY, "10.244.2.2"));
        setUps.put(BenchScenario.ROUTED, site -> twoNodes(site, ROUTED, "10.61.2.2"));
        setUps.keySet().retainAll(List.of(scenarios));
        return new Contender(id, title, List.of(), () -> MachineInfo.weft(home), setUps);
    }

    private void oneNode(final Site site, final String template, final String address) throws BenchException {
        for (final String space : List.of("a", "b", "n")) {
            site.space(space);
        }
        final Path file = write(site, "n", template);
        site.starts();
        start(site, "n", file);
        site.ends("a", "b", address);
    }

    private void twoNodes(final Site site, final String template, final String address) throws BenchException {
        for (final String space : List.of("a", "b", "n1", "n2")) {
            site.space(space);
        }
        Veth.cable(site, "n1", "n2");
        final boolean hasUnderlay = template.contains("underlay:");
        final Path[] files = new Path[2];
        for (int i = 1; i <= 2; i++) {
            final String node = "n" + i;
            if (hasUnderlay) {
                site.ip(node, "addr", "add", "198.19.0." + i + "/24", "dev", "u0");
            } else {
                // The node takes the wire over: the kernel there is silent.
                site.in(node, "sysctl", "-q", "-w", "net.ipv6.conf.u0.disable_ipv6=1");
            }
            files[i - 1] = write(
                    site,
                    node,
                    template.replace("{pod}", site.namespace(i == 1 ? "a" : "b"))
                            .replace("{i}", Integer.toString(i))
                            .replace("{other}", Integer.toString(3 - i)));
        }
        site.starts();
        start(site, "n1", files[0]);
        start(site, "n2", files[1]);
        site.ends("a", "b", address);
    }

    private Path write(final Site site, final String node, final String template) throws BenchException {
        final String text = (template + more)
                .replace("{node}", site.namespace(node))
                .replace("{a}", site.namespace("a"))
                .replace("{b}", site.namespace("b"));
        final Path file = site.folder().resolve(node + ".yaml");
        try {
            Files.writeString(file, text);
            site.note("cat > ./" + node + ".yaml <<END\n" + Files.readString(file) + "END");
        } catch (final IOException e) {
            throw new BenchException(file + " can't be written: " + e.getMessage(), e);
        }
        return file;
    }

    /** Where the nodes of a site meet their command lines. */
    static Path runDirectory(final Site site) {
        return site.folder().resolve("run");
    }

    private void start(final Site site, final String node, final Path file) throws BenchException {
        final Map<String, String> environment =
                Map.of(RunDirectory.VARIABLE, runDirectory(site).toString());
        site.dataplane(node, environment, program.toString(), "node", "run", "--config", file.toString());
    }
}
