// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.NetworkStatus;
import io.weft.dataplane.RefusedException;
import io.weft.dataplane.RouteSpec;
import io.weft.wire.MacAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code weft network}. */
final class NetworkVerbs {
    /** The node file's, but for {@code remotes}: those are {@code weft vtep}'s and {@code weft route}'s. */
    private static final String[] KEYS = {
        "mode", "vni", "subnet*", "prefix*", "gateway*", "vrf", "tagged", "ageing", "learn_limit"
    };

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
        final NodeConfig.Network network = node.network(spec.name());
        final Row row = new Row()
                .word("network", spec.name())
                .pair("vni", spec.vni() == NetworkSpec.NO_VNI ? null : spec.vni())
                .pair("mode", spec.mode().name().toLowerCase(Locale.ROOT))
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
        final Words words = call.words().keys(KEYS);
        call.node().addNetwork(read(call.node().config(), name, words));
    }

    /** What the node file would say of it: one reader checks both. */
    static NodeConfig.Network read(final NodeConfig config, final String name, final Words words)
            throws CommandException {
        final String place = "network " + name;
        final Map<String, YamlNode> entry = new LinkedHashMap<>();
        entry.put("name", YamlNode.ofText(place, name));
        for (final String word : KEYS) {
            final String key = word.replace("*", "");
            final List<YamlNode> values = words.all(key).stream()
                    .map(text -> YamlNode.ofText(key, text))
                    .toList();
            if (!values.isEmpty()) {
                entry.put(key, word.equals(key) ? values.get(0) : YamlNode.ofList(key, values));
            }
        }
        final Map<String, YamlNode> root = new LinkedHashMap<>();
        root.put("node", YamlNode.ofText(place, config.name()));
        final NodeConfig.Underlay underlay = config.underlay();
        if (underlay != null) {
            root.put(
                    "underlay",
                    YamlNode.ofMap(
                            place,
                            Map.of(
                                    "address",
                                            YamlNode.ofText(
                                                    place, underlay.address().toString()),
                                    "port", YamlNode.ofText(place, Integer.toString(underlay.port())))));
        }
        root.put("networks", YamlNode.ofList(place, List.of(YamlNode.ofMap(place, entry))));
        try {
            return NodeConfigReader.read(YamlNode.ofMap(place, root)).networks().get(0);
        } catch (final ConfigException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    private static void delete(final Call call) throws CommandException, RefusedException {
        final String name = call.words().next("NETWORK");
        call.words().keys();
        call.node().removeNetwork(name);
    }
}
