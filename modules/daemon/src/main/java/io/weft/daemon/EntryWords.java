// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.NetworkMode;
import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.RouteSpec;
import io.weft.wire.IpPrefix;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Networks and ports that are added by command: the words are a node file's keys, and the node file's reader checks them.
 * So there is one set of rules and reasons, and what a file may say a command may say too.
 */
final class EntryWords {
    /** The node file's, but for {@code remotes}: those are {@code weft vtep}'s and {@code weft route}'s. */
    private static final String[] NETWORK_KEYS = {
        "mode", "vni", "subnet*", "prefix*", "gateway*", "vrf", "tagged", "ageing", "learn_limit"
    };

    private static final String[] PORT_KEYS = {
        "type", "network", "netns", "ifname", "dev", "address*", "mac", "mtu", "offloads", "attach"
    };

    private final NodeConfig config;
    /** What refusals name, where they can't name a key. */
    private final String place;

    private EntryWords(final NodeConfig config, final String place) {
        this.config = config;
        this.place = place;
    }

    /** The network {@code name} of the node of {@code config}; reads all words. */
    static NodeConfig.Network network(final NodeConfig config, final String name, final Words words)
            throws CommandException {
        final EntryWords reader = new EntryWords(config, "network " + name);
        final Map<String, YamlNode> entry = reader.entry(name, words.keys(NETWORK_KEYS), NETWORK_KEYS);
        return reader.read(Map.of("networks", reader.only(entry))).networks().get(0);
    }

    /** Reads the words of a port. */
    static Words portWords(final Words words) throws CommandException {
        return words.keys(PORT_KEYS);
    }

    /** The port {@code name}, whose words were read, of the node of {@code config}; it belongs to {@code network}. */
    static NodeConfig.PortEntry port(
            final NodeConfig config,
            final String name,
            final Words words,
            final NodeConfig.Network network,
            final NetworkSpec spec)
            throws CommandException {
        final EntryWords reader = new EntryWords(config, "port " + name);
        final Map<String, YamlNode> entry = reader.entry(name, words, PORT_KEYS);
        entry.putIfAbsent("type", reader.text("tap"));
        return reader.read(Map.of("networks", reader.only(reader.entry(network, spec)), "ports", reader.only(entry)))
                .ports()
                .get(0);
    }

    private Map<String, YamlNode> entry(final String name, final Words words, final String... keys) {
        final Map<String, YamlNode> entry = new LinkedHashMap<>();
        entry.put("name", text(name));
        for (final String word : keys) {
            final String key = word.replace("*", "");
            final List<YamlNode> values = words.all(key).stream()
                    .map(text -> YamlNode.ofText(key, text))
                    .toList();
            if (!values.isEmpty()) {
                entry.put(key, word.equals(key) ? values.get(0) : YamlNode.ofList(key, values));
            }
        }
        return entry;
    }

    /** A network that is there, as a file would have it. */
    private Map<String, YamlNode> entry(final NodeConfig.Network network, final NetworkSpec spec) {
        final Map<String, YamlNode> entry = new LinkedHashMap<>();
        entry.put("name", text(network.name()));
        entry.put("subnet", texts(network.subnets()));
        if (spec.vni() != NetworkSpec.NO_VNI) {
            entry.put("vni", text(spec.vni()));
        }
        if (!spec.vrf().equals(RouteSpec.DEFAULT_VRF)) {
            entry.put("vrf", text(spec.vrf()));
        }
        if (spec.isRouted()) {
            entry.put(
                    "gateway",
                    texts(spec.gateways().stream().map(IpPrefix::address).toList()));
        }
        if (spec.mode() != NetworkMode.SWITCHED) {
            entry.put("mode", text(NetworkVerbs.mode(spec)));
            entry.put(
                    "prefix",
                    texts(spec.gateways().stream().map(IpPrefix::network).toList()));
        }
        return entry;
    }

    private NodeConfig read(final Map<String, YamlNode> entries) throws CommandException {
        final Map<String, YamlNode> root = new LinkedHashMap<>(entries);
        root.put("node", text(config.name()));
        final NodeConfig.Underlay underlay = config.underlay();
        if (underlay != null) {
            root.put(
                    "underlay",
                    YamlNode.ofMap(place, Map.of("address", text(underlay.prefix()), "port", text(underlay.port()))));
        }
        try {
            return NodeConfigReader.read(YamlNode.ofMap(place, root));
        } catch (final ConfigException e) {
            // No file, no lines.
            throw new CommandException(String.valueOf(e.getMessage()).replaceFirst("(, first on| of) line 0$", ""));
        }
    }

    private YamlNode only(final Map<String, YamlNode> entry) {
        return YamlNode.ofList(place, List.of(YamlNode.ofMap(place, entry)));
    }

    private YamlNode text(final Object value) {
        return YamlNode.ofText(place, value.toString());
    }

    private YamlNode texts(final List<?> values) {
        return YamlNode.ofList(place, values.stream().map(this::text).toList());
    }
}
