// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.conntrack.FlowSettings;
import io.weft.dataplane.NetworkMode;
import io.weft.dataplane.RouteSpec;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node file as a value: what a node shall be. Read and checked by {@link #read}; nothing of the machine is looked at.
 * Entries keep their line, so that what turns out later can still be told with file and line.
 *
 * @param file the file's name as it was given
 * @param name the node's name
 * @param workers threads among which flows are divided, 1 to 16
 * @param underlay null: no tunnels
 * @param flows the table of flows
 * @param journal null: flows are not journaled
 */
public record NodeConfig(
        String file,
        String name,
        int workers,
        @Nullable Underlay underlay,
        List<Network> networks,
        List<PortEntry> ports,
        List<RouteEntry> routes,
        FlowSettings flows,
        @Nullable JournalEntry journal) {
    /** Smallest MTU of a pod: what IPv6 requires of every link (RFC 8200 section 5). */
    public static final int MIN_MTU = 1280;

    /** Largest MTU of a pod: what a TAP takes. */
    public static final int MAX_MTU = 65_521;

    /** The UDP port of VXLAN (RFC 7348 section 5). */
    public static final int VXLAN_PORT = 4789;

    /** Copies its lists. */
    public NodeConfig {
        networks = List.copyOf(networks);
        ports = List.copyOf(ports);
        routes = List.copyOf(routes);
    }

    /**
     * Reads and checks a node file.
     *
     * @throws ConfigException one line, {@code FILE:LINE: reason}, at the first thing that can't be
     */
    public static NodeConfig read(final Path file) throws ConfigException {
        return NodeConfigReader.read(Yaml.read(file));
    }

    /** Reads and checks {@code text}; {@code name} stands for the file in messages. */
    public static NodeConfig parse(final String name, final String text) throws ConfigException {
        return NodeConfigReader.read(Yaml.parse(name, text));
    }

    /**
     * Where tunnels end.
     *
     * @param prefix of full length: the address, which one of the node's namespace must be; else the node's own address is
     *     whichever of the namespace lies in it, and may change
     * @param port the UDP port that listens
     * @param offloads false: one datagram for each system call
     */
    public record Underlay(int line, IpPrefix prefix, int port, boolean offloads) {
        /** The address if it is fixed, else one that says no more than the prefix. */
        public IpAddress address() {
            return prefix.address();
        }

        /** True if the file says which address it is. */
        public boolean isFixed() {
            return prefix.length() == (isIpv4() ? 32 : 128);
        }

        /** The family of the address. */
        public boolean isIpv4() {
            return prefix.address().isIpv4();
        }
    }

    /**
     * A network.
     *
     * @param vni {@link io.weft.dataplane.NetworkSpec#NO_VNI} if it has no tunnels
     * @param vrf the VRF that routes it
     * @param subnets what all nodes together have; at most one of IPv4 and one of IPv6, host bits clear
     * @param prefixes this node's own part of each subnet; none in mode switched
     * @param gateways the router's own addresses, at most one of a family, each with the length of what is on link; none:
     *     the network is not routed
     * @param tagged true: 802.1Q tags pass the tunnel; false: tagged frames are dropped there (RFC 7348 section 6.1)
     * @param ageing seconds after which a learned MAC is forgotten
     * @param learnLimit how many MACs may be learned
     */
    public record Network(
            int line,
            String name,
            int vni,
            NetworkMode mode,
            String vrf,
            List<IpPrefix> subnets,
            List<IpPrefix> prefixes,
            List<IpPrefix> gateways,
            List<Remote> remotes,
            boolean tagged,
            int ageing,
            int learnLimit) {
        /** Copies its lists. */
        public Network {
            subnets = List.copyOf(subnets);
            prefixes = List.copyOf(prefixes);
            gateways = List.copyOf(gateways);
            remotes = List.copyOf(remotes);
        }

        /** What ports of this node share a link with: the whole subnets in mode switched, else the own prefixes. */
        public List<IpPrefix> onLink() {
            return mode == NetworkMode.SWITCHED ? subnets : prefixes;
        }

        /** The router's address of a family; null if it has none. */
        public @Nullable IpAddress gateway(final boolean ipv4) {
            for (final IpPrefix gateway : gateways) {
                if (gateway.address().isIpv4() == ipv4) {
                    return gateway.address();
                }
            }
            return null;
        }
    }

    /**
     * Another node's part of a network.
     *
     * @param addresses the VTEP (switched, overlay), or the next hops, one of each family of {@code prefixes} (routed); none
     *     if there is a host
     * @param host the VTEP's host name (switched, overlay), which says where it is at the time; null: it has an address
     * @param prefixes what is reached there; none in mode switched, where frames are flooded to it
     * @param mac of the remote's router, in mode overlay; 0: what a Weft node at this address has
     */
    public record Remote(
            int line, List<IpAddress> addresses, @Nullable String host, List<IpPrefix> prefixes, long mac) {
        /** Copies its lists. */
        public Remote {
            addresses = List.copyOf(addresses);
            prefixes = List.copyOf(prefixes);
        }

        /** A remote that is known by its addresses. */
        public Remote(final int line, final List<IpAddress> addresses, final List<IpPrefix> prefixes, final long mac) {
            this(line, addresses, null, prefixes, mac);
        }

        /** The VTEP, of a remote that is one and has an address. */
        public IpAddress vtep() {
            return addresses.getFirst();
        }
    }

    /** What makes the frames of a port. */
    public enum PortType {
        /** An interface that the node makes, for a pod or for itself. */
        TAP,
        /** An interface that is there already and is taken over. */
        PACKET
    }

    /**
     * A port.
     *
     * @param netns namespace of the interface: a name below /run/netns or a path; null: the node's own
     * @param ifname the interface's name there
     * @param addresses the interface's addresses; at most one of IPv4 and one of IPv6; none for type packet
     * @param mac 0: made by the node; the interface's own for type packet
     * @param mtu 0: follows the underlay's; the interface's own for type packet
     * @param offloads false: no checksum or segmentation offload
     * @param attach true: the interface is made by who runs {@code weft attach}, in whatever namespace that is
     */
    public record PortEntry(
            int line,
            PortType type,
            String name,
            String network,
            @Nullable String netns,
            String ifname,
            List<IpPrefix> addresses,
            long mac,
            int mtu,
            boolean offloads,
            boolean attach) {
        /** Copies its list. */
        public PortEntry {
            addresses = List.copyOf(addresses);
        }

        /** True for a host port: a TAP in the node's own namespace, by which the node itself reaches pods. */
        public boolean isHost() {
            return type == PortType.TAP && netns == null && !attach;
        }

        /** The interface's address of a family; null if it has none. */
        public @Nullable IpPrefix address(final boolean ipv4) {
            for (final IpPrefix address : addresses) {
                if (address.address().isIpv4() == ipv4) {
                    return address;
                }
            }
            return null;
        }
    }

    /**
     * Where flows are journaled.
     *
     * @param dir the directory; relative to the node file's
     * @param retainOctets that its files may take
     * @param retainAge after which they are removed; zero: never for their age
     */
    public record JournalEntry(int line, Path dir, long retainOctets, Duration retainAge) {
        /** What it may take if the file does not say. */
        public static final long RETAIN = 1L << 30;
    }

    /** A route of the section {@code routes}. */
    public record RouteEntry(int line, RouteSpec spec) {}
}
