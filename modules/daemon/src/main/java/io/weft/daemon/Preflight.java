// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.overlay.Mtu;
import io.weft.port.InterfaceConfig;
import io.weft.port.PortException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Looks at the machine before a node touches it: what a node file needs, and what this process may do. */
final class Preflight {
    static final Path TUN = Path.of("/dev/net/tun");

    /** Bits of the effective capability set (capabilities(7)). */
    static final int CAP_NET_ADMIN = 12;

    static final int CAP_SYS_ADMIN = 21;

    private static final Path NETNS = Path.of("/run/netns");

    private Preflight() {}

    /** True if this process has a capability. */
    static boolean hasCapability(final int bit) {
        try {
            for (final String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("CapEff:")) {
                    return (Long.parseUnsignedLong(line.substring(7).strip(), 16) >>> bit & 1) == 1;
                }
            }
        } catch (final IOException | NumberFormatException e) {
            return false;
        }
        return false;
    }

    /**
     * Refuses a node that this machine can't run.
     *
     * @throws ConfigException with the line of the file that can't be
     * @throws CommandException with what to grant
     */
    static void check(final NodeConfig config) throws ConfigException, CommandException {
        if (!config.ports().isEmpty()) {
            checkTap(config);
        }
        final NodeConfig.Underlay underlay = config.underlay();
        if (underlay != null) {
            checkUnderlay(config, underlay);
        }
        for (final NodeConfig.PortEntry port : config.ports()) {
            final String netns = port.netns();
            if (netns != null && !Files.exists(NETNS.resolve(netns))) {
                throw new ConfigException(config.file(), port.line(), "no network namespace " + netns);
            }
        }
    }

    private static void checkTap(final NodeConfig config) throws CommandException {
        if (!hasCapability(CAP_NET_ADMIN)) {
            throw new CommandException("no right to make TAP ports: run as root, or grant CAP_NET_ADMIN");
        }
        if (config.ports().stream().anyMatch(port -> port.netns() != null) && !hasCapability(CAP_SYS_ADMIN)) {
            throw new CommandException("no right to enter namespaces: run as root, or grant CAP_SYS_ADMIN");
        }
        if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
            throw new CommandException(
                    "no " + TUN + " that may be opened: modprobe tun, or --device " + TUN + " for a container");
        }
    }

    private static void checkUnderlay(final NodeConfig config, final NodeConfig.Underlay underlay)
            throws ConfigException {
        final int mtu;
        try {
            mtu = InterfaceConfig.mtuOf(underlay.address());
        } catch (final PortException e) {
            throw new ConfigException(config.file(), underlay.line(), String.valueOf(e.getMessage()));
        }
        if (mtu < 0) {
            throw new ConfigException(
                    config.file(),
                    underlay.line(),
                    "underlay address " + underlay.address() + " is on no interface of this network namespace");
        }
        final int pods = Mtu.podMtu(mtu, !underlay.address().isIpv4());
        final boolean follows = config.ports().stream().anyMatch(port -> port.mtu() == 0);
        if (follows && pods < NodeConfig.MIN_MTU) {
            throw new ConfigException(
                    config.file(),
                    underlay.line(),
                    "the underlay's MTU " + mtu + " leaves pods " + pods + ", which is below " + NodeConfig.MIN_MTU);
        }
    }
}
