// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node file as a value: what a node shall be. Read and checked by {@link #read}; nothing of the machine is looked at.
 * Entries keep their line, so that what turns out later can still be told with file and line.
 *
 * @param file the file's name as it was given
 * @param name the node's name
 * @param underlay null: no tunnels
 */
public record NodeConfig(
        String file, String name, @Nullable Underlay underlay, List<Network> networks, List<PortEntry> ports) {
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

    /** Where tunnels end: an address of the node's namespace and the UDP port that listens. */
    public record Underlay(int line, IpAddress address, int port) {}

    /**
     * One switched network.
     *
     * @param subnets at most one of IPv4 and one of IPv6, host bits clear
     * @param remotes the VTEPs that its frames are flooded to
     * @param tagged true: 802.1Q tags pass the tunnel; false: tagged frames are dropped there (RFC 7348 section 6.1)
     * @param ageing seconds after which a learned MAC is forgotten
     * @param learnLimit how many MACs may be learned
     */
    public record Network(
            int line,
            String name,
            int vni,
            List<IpPrefix> subnets,
            List<IpAddress> remotes,
            boolean tagged,
            int ageing,
            int learnLimit) {
        /** Copies its lists. */
        public Network {
            subnets = List.copyOf(subnets);
            remotes = List.copyOf(remotes);
        }
    }

    /**
     * One TAP port.
     *
     * @param netns namespace the TAP is moved to: a name below /run/netns or a path; null: the node's own
     * @param ifname the interface's name there
     * @param addresses the interface's addresses; at most one of IPv4 and one of IPv6
     * @param mac 0: made by the node
     * @param mtu 0: follows the underlay's
     * @param offloads false: no checksum or segmentation offload
     */
    public record PortEntry(
            int line,
            String name,
            String network,
            @Nullable String netns,
            String ifname,
            List<IpPrefix> addresses,
            long mac,
            int mtu,
            boolean offloads) {
        /** Copies its list. */
        public PortEntry {
            addresses = List.copyOf(addresses);
        }
    }
}
