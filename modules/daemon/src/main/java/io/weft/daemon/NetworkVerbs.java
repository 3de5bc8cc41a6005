// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.NetworkStatus;
import io.weft.dataplane.RefusedException;
import io.weft.dataplane.RouteSpec;
import io.weft.wire.MacAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code weft network}. */
final class NetworkVerbs {
    private NetworkVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb("show", "[NETWORK]", NetworkVerbs::show),
                new Verb(
                        "add",
                        "NETWORK [mode switched|overlay|routed] [vni VNI] [subnet SUBNET]... [prefix PREFIX]..."
                                + " [gateway ADDRESS]... [vrf VRF] [tagged on|off] [ageing SECONDS] [learn_limit N]",
                        NetworkVerbs::add),
                new Verb("del", "NETWORK", NetworkVerbs::delete));
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        final String only = call.words().isEmpty() ? null : call.words().next("NETWORK");
        call.words().keys();
        final List<Row> rows = new ArrayList<>();
        for (final NetworkStatus status : call.node().dataplane().networks()) {
            if (only == null || only.equals(status.spec().name())) {
                rows.add(row(call.node(), status));
            }
        }
        if (only != null && rows.isEmpty()) {
            throw new RefusedException("no such network: " + only);
        }
        call.show(rows);
    }

    private static Row row(final Node node, final NetworkStatus status) throws RefusedException {
        final NetworkSpec spec = status.spec();
        final NodeConfig.Network network = node.setup().network(spec.name());
        final Row row = new Row()
                .word("network", spec.name())
                .pair("vni", spec.vni() == NetworkSpec.NO_VNI ? null : spec.vni())
                .pair("mode", mode(spec))
                .note(spec.vrf().equals(RouteSpec.DEFAULT_VRF) ? "" : "vrf " + spec.vrf())
                .only("vrf", spec.vrf())
                .pair("subnet", network == null ? List.of() : network.subnets());
        if (spec.isRouted()) {
            final long mac = node.dataplane().routing().routerMac(spec.name());
            row.pair("gateway", spec.gateways()).pair("lladdr", mac == 0 ? null : MacAddress.format(mac));
        }
        return row.pair("ports", status.ports())
                .pair("remote", "remotes", status.remotes())
                .pair("macs", status.macs())
                .pair("ageing", spec.ageingSeconds())
                .pair("learn_limit", spec.learnLimit())
                .pair("tagged", spec.tagged() ? "on" : null);
    }

    private static void add(final Call call) throws CommandException, RefusedException {
        final String name = call.words().next("NETWORK");
        call.node().setup().addNetwork(EntryWords.network(call.node().config(), name, call.words()));
    }

    /** As the node file spells it. */
    static String mode(final NetworkSpec spec) {
        return spec.mode().name().toLowerCase(Locale.ROOT);
    }

    private static void delete(final Call call) throws CommandException, RefusedException {
        final String name = call.words().next("NETWORK");
        call.words().keys();
        call.node().setup().removeNetwork(name);
    }
}
