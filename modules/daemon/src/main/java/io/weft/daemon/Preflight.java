// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.daemon.NodeConfig.PortType;
import io.weft.overlay.Mtu;
import io.weft.port.InterfaceConfig;
import io.weft.port.NetworkNamespace;
import io.weft.port.PortException;
import io.weft.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Looks at the machine before a node touches it: what a node file needs, and what this process may do. */
final class Preflight {
    static final Path TUN = Path.of("/dev/net/tun");

    /** Bits of the effective capability set (capabilities(7)). */
    static final int CAP_NET_ADMIN = 12;

    static final int CAP_NET_RAW = 13;

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
        checkRights(config);
        final NodeConfig.Underlay underlay = config.underlay();
        if (underlay != null) {
            checkUnderlay(config, underlay);
        }
        for (final NodeConfig.PortEntry port : config.ports()) {
            final String netns = port.netns();
            if (netns != null && !Files.exists(NETNS.resolve(netns))) {
                throw new ConfigException(config.file(), port.line(), "no network namespace " + netns);
            }
            if (port.type() == PortType.PACKET) {
                checkInterface(config, port);
            }
        }
    }

    private static void checkRights(final NodeConfig config) throws CommandException {
        // Who attaches makes the interface, with rights of its own.
        if (has(config, port -> !port.attach()) && !hasCapability(CAP_NET_ADMIN)) {
            throw new CommandException("no right to make TAP ports: run as root, or grant CAP_NET_ADMIN");
        }
        if (has(config, port -> port.netns() != null) && !hasCapability(CAP_SYS_ADMIN)) {
            throw new CommandException("no right to enter namespaces: run as root, or grant CAP_SYS_ADMIN");
        }
        if (has(config, port -> port.type() == PortType.PACKET) && !hasCapability(CAP_NET_RAW)) {
            throw new CommandException("no right to open packet sockets: run as root, or grant CAP_NET_RAW");
        }
        if (has(config, port -> port.type() == PortType.TAP && !port.attach())) {
            checkTun();
        }
    }

    private static void checkTun() throws CommandException {
        if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
            throw new CommandException(
                    "no " + TUN + " that may be opened: modprobe tun, or --device " + TUN + " for a container");
        }
    }

    /** Refuses to attach where no TAP can be made. */
    static void checkAttach() throws CommandException {
        if (!hasCapability(CAP_NET_ADMIN)) {
            throw new CommandException("no right to make a TAP: run as root, or grant CAP_NET_ADMIN");
        }
        checkTun();
    }

    private static boolean has(final NodeConfig config, final Predicate<NodeConfig.PortEntry> what) {
        return config.ports().stream().anyMatch(what);
    }

    private static void checkInterface(final NodeConfig config, final NodeConfig.PortEntry port)
            throws ConfigException {
        try {
            NetworkNamespace.call(port.netns(), () -> {
                try (InterfaceConfig dev = new InterfaceConfig(port.ifname())) {
                    return dev.index();
                }
            });
        } catch (final PortException e) {
            throw new ConfigException(
                    config.file(),
                    port.line(),
                    "no interface " + port.ifname() + " to take over"
                            + (port.netns() == null ? "" : " in namespace " + port.netns()) + ": " + e.getMessage());
        }
    }

    /** An address that the node would take now; null: it would wait for one. */
    private static @Nullable IpAddress anyOf(final NodeConfig.Underlay underlay) throws PortException {
        final List<IpAddress> there = InterfaceConfig.addressesIn(underlay.prefix());
        return there.isEmpty() ? null : there.getFirst();
    }

    private static void checkUnderlay(final NodeConfig config, final NodeConfig.Underlay underlay)
            throws ConfigException {
        final int mtu;
        try {
            final IpAddress own = underlay.isFixed() ? underlay.address() : anyOf(underlay);
            if (own == null) {
                return;
            }
            mtu = InterfaceConfig.mtuOf(own);
        } catch (final PortException e) {
            throw new ConfigException(config.file(), underlay.line(), String.valueOf(e.getMessage()));
        }
        if (mtu < 0) {
            throw new ConfigException(
                    config.file(),
                    underlay.line(),
                    "underlay address " + underlay.address() + " is on no interface of this network namespace");
        }
        final int pods = Mtu.podMtu(mtu, !underlay.isIpv4());
        final boolean follows = has(config, port -> port.type() == PortType.TAP && port.mtu() == 0);
        if (follows && pods < NodeConfig.MIN_MTU) {
            throw new ConfigException(
                    config.file(),
                    underlay.line(),
                    "the underlay's MTU " + mtu + " leaves pods " + pods + ", which is below " + NodeConfig.MIN_MTU);
        }
    }
}
