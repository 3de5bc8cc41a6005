// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.util.List;
import java.util.Map;

/** What the readers of the sections of a node file refuse alike. */
final class FileChecks {
    private static final int MAX_ENTRIES = 4096;

    private FileChecks() {}

    /** An address as it is in one VRF: two VRFs may both have it. */
    record VrfAddress(String vrf, IpAddress address) {}

    /** What makes two routes the same. */
    record RouteKey(String vrf, IpPrefix dst, long metric) {}

    /** The entries of the list under {@code key}, of which there may not be arbitrarily many. */
    static List<YamlNode> bounded(final YamlNode root, final String key) throws ConfigException {
        final List<YamlNode> entries = root.listOf(key);
        if (entries.size() > MAX_ENTRIES) {
            throw entries.get(MAX_ENTRIES).refuse("more than " + MAX_ENTRIES + " " + key);
        }
        return entries;
    }

    /** Takes {@code value}, which no other line may have taken. */
    static <K> void unique(final Map<K, Integer> taken, final K value, final YamlNode node, final String what)
            throws ConfigException {
        final Integer line = taken.putIfAbsent(value, node.line());
        if (line != null) {
            throw node.refuse("duplicate " + what + ", first on line " + line);
        }
    }

    static void oneOfAFamily(final YamlNode node, final List<IpPrefix> before, final IpAddress next, final String what)
            throws ConfigException {
        for (final IpPrefix other : before) {
            if (other.address().isIpv4() == next.isIpv4()) {
                throw node.refuse("a second " + family(next) + " " + what + ": one of a family");
            }
        }
    }

    static String family(final IpAddress address) {
        return address.isIpv4() ? "IPv4" : "IPv6";
    }

    static void refuseIfSet(final YamlNode map, final String key, final String reason) throws ConfigException {
        final YamlNode value = map.get(key);
        if (value != null
                && !(value.isList() && value.list().isEmpty())
                && !(value.isMap() && value.entries().isEmpty())) {
            throw value.refuse(reason);
        }
    }

    /** A prefix, which {@code what} is, without host bits. */
    static IpPrefix prefix(final YamlNode node, final String what) throws ConfigException {
        final IpPrefix prefix = node.parsed(IpPrefix::parse);
        if (!prefix.equals(prefix.network())) {
            throw node.refuse(what + " " + prefix + " has host bits set, meant is " + prefix.network());
        }
        return prefix;
    }

    /** An address that a packet may come from: not unspecified, multicast or broadcast. */
    static IpAddress hostAddress(final YamlNode node) throws ConfigException {
        return hostAddress(node, node.parsed(IpAddress::parse));
    }

    /** An address of this node, or a prefix in which it has one. */
    static IpPrefix ownAddress(final YamlNode node) throws ConfigException {
        final IpPrefix prefix = node.parsed(IpPrefix::parse);
        if (prefix.length() == 0) {
            throw node.refuse("every address lies in " + prefix + ": write a longer prefix");
        }
        hostAddress(node, prefix.address());
        return prefix;
    }

    private static IpAddress hostAddress(final YamlNode node, final IpAddress address) throws ConfigException {
        final int first = address.isIpv4() ? address.ipv4() >>> 24 : (int) (address.high() >>> 56);
        final boolean unspecified = address.isIpv4() ? first == 0 : address.high() == 0 && address.low() == 0;
        final boolean multicast = address.isIpv4() ? first >= 224 : first == 0xFF;
        if (unspecified || multicast) {
            throw node.refuse("address " + address + " is not one host's");
        }
        return address;
    }

    /** The MAC under {@code mac}; 0 if it is left out or {@code auto}. */
    static long mac(final YamlNode entry) throws ConfigException {
        final YamlNode node = entry.get("mac");
        if (node == null || node.text().equals("auto")) {
            return 0;
        }
        final long mac = node.parsed(MacAddress::parse);
        if (!MacAddress.isUnicastSource(mac)) {
            throw node.refuse("MAC " + node.text() + " is zero or a group address");
        }
        return mac;
    }
}
