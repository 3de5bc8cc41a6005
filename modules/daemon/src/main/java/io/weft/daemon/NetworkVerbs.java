// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.NetworkStatus;
import io.weft.dataplane.RefusedException;
import io.weft.wire.IpPrefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code weft network}. */
final class NetworkVerbs {
    private static final int MAX_VNI = (1 << 24) - 1;

    private NetworkVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb("show", "[NETWORK]", NetworkVerbs::show),
                new Verb(
                        "add",
                        "NETWORK vni VNI [subnet SUBNET]... [tagged on|off] [ageing SECONDS] [learn_limit N]",
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

    private static Row row(final Node node, final NetworkStatus status) {
        final NetworkSpec spec = status.spec();
        final NodeConfig.Network network = node.network(spec.name());
        return new Row()
                .word("network", spec.name())
                .pair("vni", spec.vni())
                .pair("mode", "switched")
                .pair("subnet", network == null ? List.of() : network.subnets())
                .pair("ports", status.ports())
                .pair("remote", "remotes", status.remotes())
                .pair("macs", status.macs())
                .pair("ageing", spec.ageingSeconds())
                .pair("learn_limit", spec.learnLimit())
                .pair("tagged", spec.tagged() ? "on" : null);
    }

    private static void add(final Call call) throws CommandException, RefusedException {
        final Words words = call.words();
        final String name = words.next("NETWORK");
        words.keys("vni", "subnet*", "tagged", "ageing", "learn_limit");
        if (!Names.isName(name)) {
            throw new CommandException("not a network name: '" + name + "'");
        }
        final int vni = Words.integer("vni", words.require("vni"), 1, MAX_VNI);
        final List<IpPrefix> subnets = new ArrayList<>();
        for (final String text : words.all("subnet")) {
            subnets.add(subnet(text));
        }
        final String tagged = words.get("tagged");
        if (tagged != null && !tagged.equals("on") && !tagged.equals("off")) {
            throw new CommandException("tagged must be on or off, not '" + tagged + "'");
        }
        final String ageing = words.get("ageing");
        final String limit = words.get("learn_limit");
        call.node()
                .addNetwork(new NodeConfig.Network(
                        0,
                        name,
                        vni,
                        subnets,
                        List.of(),
                        "on".equals(tagged),
                        ageing == null
                                ? NetworkSpec.DEFAULT_AGEING_SECONDS
                                : Words.integer("ageing", ageing, 1, 1_000_000),
                        limit == null
                                ? NetworkSpec.DEFAULT_LEARN_LIMIT
                                : Words.integer("learn_limit", limit, 1, 1 << 20)));
    }

    private static IpPrefix subnet(final String text) throws CommandException {
        final IpPrefix subnet = Words.prefix(text);
        if (subnet.equals(subnet.network())) {
            return subnet;
        }
        throw new CommandException("subnet " + subnet + " has host bits set, meant is " + subnet.network());
    }

    private static void delete(final Call call) throws CommandException, RefusedException {
        final String name = call.words().next("NETWORK");
        call.words().keys();
        call.node().removeNetwork(name);
    }
}
