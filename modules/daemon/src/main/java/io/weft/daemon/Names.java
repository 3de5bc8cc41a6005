// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.NetworkMode;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;

/** Which names may be given. Public for the lab file, whose names become these. */
public final class Names {
    /** A node, network or port name: it becomes a file name, a counter label (32 octets) and a word of commands. */
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9_.-]{0,31}";

    private static final int MAX_IFNAME = 15;

    private Names() {}

    /** True for a name of a node, network or port. */
    public static boolean isName(final String text) {
        return text.matches(NAME);
    }

    /** True for a name that Linux gives an interface (dev_valid_name of the kernel). */
    public static boolean isIfname(final String text) {
        return !text.isEmpty()
                && text.length() <= MAX_IFNAME
                && text.matches("[!-~&&[^/:]]+")
                && !text.equals(".")
                && !text.equals("..");
    }

    /** A namespace: a name below /run/netns, or an absolute path as in /proc/1234/ns/net. */
    public static boolean isNetns(final String text) {
        return text.startsWith("/")
                ? text.matches("(/[A-Za-z0-9_.-]+)+") && text.length() <= 255
                : text.matches("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
    }

    static String check(final YamlNode node, final String what) throws ConfigException {
        if (!isName(node.text())) {
            throw node.refuse("not a " + what + " (letters, digits, _ . -, at most 32): '" + node.text() + "'");
        }
        return node.text();
    }

    static String checkNetns(final YamlNode node) throws ConfigException {
        if (!isNetns(node.text())) {
            throw node.refuse("not a network namespace's name or path: '" + node.text() + "'");
        }
        return node.text();
    }

    static void checkIfname(final YamlNode node, final String ifname) throws ConfigException {
        if (!isIfname(ifname)) {
            throw node.refuse("not an interface name (1 to " + MAX_IFNAME + " characters): '" + ifname + "'");
        }
    }

    /**
     * An address of a pod in {@code network}. Without a length it takes that of the link it lies on.
     *
     * @throws IllegalArgumentException if it lies outside of what the network has on this node, or the text is no address
     */
    static IpPrefix addressIn(final NodeConfig.Network network, final String text) {
        final IpPrefix written = IpPrefix.parse(text);
        for (final IpPrefix link : network.onLink()) {
            if (link.contains(written.address())) {
                return text.indexOf('/') < 0 ? new IpPrefix(written.address(), link.length()) : written;
            }
        }
        if (!network.onLink().isEmpty()) {
            throw new IllegalArgumentException("address " + written.address() + " is outside of network "
                    + network.name() + (network.mode() == NetworkMode.SWITCHED ? "'s subnet " : "'s prefix ")
                    + join(network.onLink()));
        }
        return written;
    }

    static String join(final List<?> values) {
        final List<String> words = new ArrayList<>();
        for (final Object value : values) {
            words.add(value.toString());
        }
        return String.join(" ", words);
    }
}
