// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.NetworkStatus;
import io.weft.dataplane.PortStatus;
import io.weft.dataplane.RefusedException;
import io.weft.frame.Counters;
import io.weft.frame.PortCounter;
import io.weft.port.PacketPort;
import io.weft.port.Port;
import io.weft.port.PortException;
import io.weft.port.TapPort;
import io.weft.port.UdpUnderlay;
import io.weft.wire.MacAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code weft port}. */
final class PortVerbs {
    private PortVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb("show", "[PORT] [network NETWORK]", PortVerbs::show),
                new Verb(
                        "add",
                        "PORT network NETWORK [type tap] [netns NETNS | attach on] [ifname NAME] [address ADDRESS]... [mac MAC]"
                                + " [mtu MTU] [offloads on|off] | PORT network NETWORK type packet dev NAME"
                                + " [netns NETNS] [offloads on|off]",
                        PortVerbs::add),
                new Verb("del", "PORT", PortVerbs::delete),
                new Verb("monitor", "", Monitors.of("port")));
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        final List<PortStatus> ports = call.node().dataplane().ports();
        final Words words = call.words();
        final List<String> names = ports.stream().map(PortStatus::name).toList();
        final String only = names.contains(words.peek()) ? words.next("port") : null;
        final String network = words.keys("network").get("network");
        final List<Row> rows = new ArrayList<>();
        for (final PortStatus port : ports) {
            if ((only == null || only.equals(port.name())) && (network == null || network.equals(port.network()))) {
                rows.add(row(call, port));
            }
        }
        call.show(rows);
    }

    private static Row row(final Call call, final PortStatus port) throws RefusedException {
        final Node node = call.node();
        final Row row = new Row()
                .word("ifname", port.name())
                .word("operstate", port.state().name().replace("_", "-"));
        final NodeConfig.PortEntry entry = node.setup().port(port.name());
        final NodeConfig.Underlay underlay = node.config().underlay();
        if (entry != null && port.port() instanceof PacketPort packet) {
            row.pair("network", port.network())
                    .pair("netns", entry.netns())
                    .pair("dev", "link", entry.ifname())
                    .pair("mtu", mtu(packet))
                    .pair("offloads", entry.offloads() ? null : "off");
        } else if (entry != null) {
            row.word("address", MacAddress.format(node.machine().mac(entry)))
                    .pair("network", port.network())
                    .pair("netns", entry.netns())
                    .pair("attach", entry.attach() ? "on" : null)
                    .pair("dev", "link", entry.ifname())
                    .pair("inet", "addr_info", entry.addresses())
                    .pair("mtu", node.machine().mtu(entry))
                    .pair("offloads", port.port() instanceof TapPort tap ? tap.offloads() : "");
        } else if (underlay != null && port.network() == null) {
            row.word("local", node.machine().underlayAddress())
                    .pair("dstport", underlay.port())
                    .pair("mtu", node.machine().underlayMtu());
        } else {
            row.pair("network", port.network());
        }
        row.pair("reason", node.whyDown(port));
        return call.statistics() ? statistics(row, node.counters(), port) : row;
    }

    /** What the interface that was taken over has now; nothing if it is gone. */
    private static @Nullable Integer mtu(final PacketPort port) {
        try {
            return port.mtu();
        } catch (final PortException e) {
            return null;
        }
    }

    /** Also what the kernel did before the port saw a frame, or would not do after: no counter of ours has it. */
    private static Row statistics(final Row row, final Counters counters, final PortStatus port)
            throws RefusedException {
        for (final PortCounter counter : PortCounter.values()) {
            count(row, counter.label(), counters.getPort(port.index(), counter));
        }
        if (port.port() instanceof TapPort) {
            long refused = 0;
            for (final Port queue : port.queues()) {
                refused += ((TapPort) queue).refusedOffloads();
            }
            count(row, "refused-offloads", refused);
        } else if (port.port() instanceof UdpUnderlay underlay) {
            try {
                long full = 0;
                for (final Port queue : port.queues()) {
                    full += ((UdpUnderlay) queue).kernelDrops().full();
                }
                count(row, "kernel-dropped", full);
                count(row, "kernel-bad-checksum", underlay.kernelDrops().badChecksum());
            } catch (final PortException e) {
                throw new RefusedException(String.valueOf(e.getMessage()), e);
            }
        }
        return row;
    }

    private static void count(final Row row, final String label, final long value) {
        row.pair(label, label.replace('-', '_'), value);
    }

    private static void add(final Call call) throws CommandException, RefusedException {
        final String name = call.words().next("PORT");
        final Words words = EntryWords.portWords(call.words());
        if (name.equals(NodeSetup.UNDERLAY)) {
            throw new CommandException("not a port name: '" + name + "'");
        }
        final String wanted = words.require("network");
        final Node node = call.node();
        final NodeConfig.Network network = node.setup().network(wanted);
        for (final NetworkStatus status : node.dataplane().networks()) {
            if (network != null && status.spec().name().equals(wanted)) {
                node.setup().addPort(EntryWords.port(node.config(), name, words, network, status.spec()));
                return;
            }
        }
        throw new RefusedException("no such network: " + wanted);
    }

    private static void delete(final Call call) throws CommandException, RefusedException {
        final String name = call.words().next("PORT");
        call.words().keys();
        call.node().removePort(name);
    }
}
