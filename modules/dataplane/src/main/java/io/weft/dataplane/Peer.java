// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.wire.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A remote VTEP as the control side knows it. Its index and its key stay as long as it is there; its address may change, if it
 * is known by name.
 *
 * <p>The key is what routes and neighbors have for it: the address of a VTEP that is known by one, else an address that no
 * host can have (multicast of a reserved scope, RFC 4291 section 2.7). So none of them changes when the address does.
 */
final class Peer {
    private static final long HANDLE = 0xFF00_0000_0000_0000L;

    final int index;
    final @Nullable String name;
    final IpAddress key;
    final int udpPort;
    /** Networks that use it; in mode overlay with the MAC of its router there, 0: the one that follows from its address. */
    final Map<String, Long> networks = new LinkedHashMap<>();

    VtepState state = VtepState.UNRESOLVED;
    /** Where it is for the workers; null: nowhere. */
    @Nullable
    IpAddress address;

    /** For what its name stands, or stood last; the address of a VTEP that is known by one. */
    @Nullable
    IpAddress wanted;

    /** Its name stands for {@link #wanted} now. */
    boolean fresh;

    private Peer(final int index, final @Nullable String name, final IpAddress key, final int udpPort) {
        this.index = index;
        this.name = name;
        this.key = key;
        this.udpPort = udpPort;
    }

    static Peer at(final int index, final IpAddress address, final int udpPort) {
        final Peer peer = new Peer(index, null, address, udpPort);
        peer.wanted = address;
        return peer;
    }

    static Peer named(final int index, final String name, final int udpPort) {
        return new Peer(index, name, new IpAddress(HANDLE, index), udpPort);
    }

    static boolean isHandle(final IpAddress address) {
        return address.high() == HANDLE;
    }

    /** How users know it. */
    String label() {
        return name != null ? name : key.toString();
    }

    /**
     * MAC of its router in a network in mode overlay, if it is at {@code at}. A VTEP that is nowhere has one of its own, so that its
     * routes lead into the tunnel all the same, where frames are dropped as what they are: for a VTEP that can't be reached.
     */
    long mac(final NetworkSpec network, final @Nullable IpAddress at) {
        final long told = networks.getOrDefault(network.name(), 0L);
        return told != 0
                ? told
                : RoutingControl.tunnelMac(at == null ? "nowhere " + label() : at.toString(), network.vni());
    }
}
