// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.Destination;
import io.weft.overlay.Mtu;
import io.weft.overlay.Vtep;
import io.weft.port.UnderlayPort;
import io.weft.routing.NextHop;
import io.weft.routing.RouterInterface;
import io.weft.switching.BridgeDomain;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The control side of the tunnels: remote VTEPs, by address or by name, and where each is at the time. All methods may be
 * called by any thread; the dataplane's lock covers it all.
 *
 * <p>Addresses change as one set ({@link #settle}): whatever two nodes swap, every worker goes from the old ones to the new
 * ones in one command between two vectors. No address is ever two VTEPs'. A VTEP keeps its index, and with it what the
 * forwarding databases, flood lists and routes say of it.
 */
public final class VtepControl {
    private final Dataplane dataplane;
    private final Workers workers;
    private final Map<IpAddress, Peer> peers = new LinkedHashMap<>();
    private final Map<String, Peer> named = new HashMap<>();
    private final BitSet indices = new BitSet();
    private @Nullable IpAddress own;
    private int underlayMtu;

    VtepControl(final Dataplane dataplane, final Workers workers) {
        this.dataplane = dataplane;
        this.workers = workers;
    }

    /** A MAC of a tunnel's domain that becomes another: a remote router's, or that of the node's own ({@code leg}). */
    private record Move(
            int domain,
            long from,
            long to,
            int destination,
            @Nullable RouterInterface leg) {}

    /** A VTEP that is no longer where it was, and the networks that flood to it. */
    private record Change(Peer peer, @Nullable IpAddress to, VtepState state, List<Network> flooding) {}

    /** The underlay's MTU, from which tunnels take theirs. */
    void underlayMtu(final int mtu) throws RefusedException {
        underlayMtu = mtu;
        for (final Peer peer : peers.values()) {
            workers.change(lane -> lane.pipeline().pathMtu(peer.index, mtu));
        }
    }

    /** The node's own address is known from the start, before there are networks. */
    void start(final @Nullable IpAddress address, final int mtu) {
        own = address;
        underlayMtu = mtu;
    }

    /** The node's own VTEP address; null while it has none. */
    public @Nullable IpAddress own() {
        synchronized (dataplane) {
            return own;
        }
    }

    /** The node has another VTEP address now, or none (null): its routers' MACs towards others follow. */
    public void own(final @Nullable IpAddress address) throws RefusedException {
        synchronized (dataplane) {
            final List<Move> moves = new ArrayList<>();
            for (final RouterLegs.Leg leg : dataplane.routing().legs()) {
                final RouterInterface tunnel = leg.tunnel();
                if (tunnel != null) {
                    moves.add(new Move(
                            tunnel.network,
                            tunnel.mac,
                            dataplane.routing().ownMac(address, leg.spec()),
                            Destination.ROUTER,
                            tunnel));
                }
            }
            own = address;
            dataplane.routing().underlay(address);
            settle(moves);
        }
    }

    /**
     * What names stand for.
     *
     * @param addresses of each name that was looked up; null: it stands for none, and its VTEP stays where it is
     */
    public void resolved(final Map<String, @Nullable IpAddress> addresses) throws RefusedException {
        synchronized (dataplane) {
            for (final Map.Entry<String, @Nullable IpAddress> entry : addresses.entrySet()) {
                final Peer peer = named.get(entry.getKey());
                final IpAddress address = entry.getValue();
                if (peer != null) {
                    peer.fresh = address != null;
                    peer.wanted = address == null ? peer.wanted : address;
                }
            }
            // Also without news: what the workers have refused last time is tried again.
            settle(List.of());
        }
    }

    /** Names that are looked up, each with the address for which it stands or stood last. */
    public Map<String, @Nullable IpAddress> names() {
        synchronized (dataplane) {
            final Map<String, @Nullable IpAddress> names = new LinkedHashMap<>();
            named.forEach((name, peer) -> names.put(name, peer.wanted));
            return names;
        }
    }

    /**
     * Who is where: a VTEP that is known by its address there; then names that stand for an address now, first the one that has it
     * already, then in the order in which they were added; then names that stand for nothing any more, where they were last.
     */
    private void settle(final List<Move> ownMoves) throws RefusedException {
        final Map<IpAddress, Peer> taken = new HashMap<>();
        final Map<Peer, VtepState> states = new LinkedHashMap<>();
        for (int rank = 0; rank <= 3; rank++) {
            for (final Peer peer : peers.values()) {
                if (rank(peer) == rank) {
                    states.put(peer, place(peer, taken));
                }
            }
        }
        final List<Change> changes = new ArrayList<>();
        for (final Map.Entry<Peer, VtepState> entry : states.entrySet()) {
            final Peer peer = entry.getKey();
            final VtepState state = entry.getValue();
            final IpAddress to = state == VtepState.READY ? peer.wanted : null;
            if (state != peer.state || (to != null && !to.equals(peer.address))) {
                changes.add(new Change(peer, to, state, flooding(peer)));
            }
        }
        apply(changes, ownMoves);
    }

    private List<Network> flooding(final Peer peer) throws RefusedException {
        final List<Network> networks = new ArrayList<>();
        for (final String name : peer.networks.keySet()) {
            if (!dataplane.network(name).isOverlay()) {
                networks.add(dataplane.network(name));
            }
        }
        return networks;
    }

    private static int rank(final Peer peer) {
        if (peer.name == null) {
            return 0;
        }
        if (!peer.fresh) {
            return 3;
        }
        return peer.address != null && peer.address.equals(peer.wanted) ? 1 : 2;
    }

    private VtepState place(final Peer peer, final Map<IpAddress, Peer> taken) {
        final IpAddress wanted = peer.wanted;
        if (wanted == null) {
            return VtepState.UNRESOLVED;
        }
        final boolean stale = peer.name != null && !peer.fresh;
        if (wanted.equals(own)) {
            return stale ? VtepState.UNRESOLVED : VtepState.SELF;
        }
        if (taken.putIfAbsent(wanted, peer) != null) {
            return stale ? VtepState.UNRESOLVED : VtepState.CONFLICT;
        }
        return VtepState.READY;
    }

    private void apply(final List<Change> changes, final List<Move> ownMoves) throws RefusedException {
        final List<Move> moves = new ArrayList<>(ownMoves);
        for (final Change change : changes) {
            for (final String name : change.peer.networks.keySet()) {
                final Network network = dataplane.network(name);
                if (network.isOverlay()) {
                    moves.add(new Move(
                            network.tunnel(),
                            change.peer.mac(network.spec(), change.peer.address),
                            change.peer.mac(network.spec(), change.to),
                            Destination.ofVtep(change.peer.index),
                            null));
                }
            }
        }
        if (changes.isEmpty() && moves.isEmpty()) {
            return;
        }
        final Workers.Question<Boolean> all = lane -> {
            changes.forEach(change -> withdraw(lane, change.peer, change.flooding));
            changes.forEach(change -> place(lane, change.peer, change.to, change.flooding));
            changes.forEach(change -> forget(lane, change));
            move(lane, moves);
            return Boolean.TRUE;
        };
        if (changes.stream().anyMatch(change -> change.state == VtepState.SELF)) {
            workers.remove(all);
        } else {
            // What the workers tell each other goes on to be heard: indices mean what they meant.
            workers.ask(all);
        }
        for (final Change change : changes) {
            tell(change);
            change.peer.address = change.to;
            change.peer.state = change.state;
        }
    }

    private void tell(final Change change) {
        final Peer peer = change.peer;
        final String was = peer.address == null ? "" : ", was at " + peer.address;
        dataplane.event(
                "vtep",
                peer.label()
                        + switch (change.state) {
                            case READY -> " is at " + change.to;
                            case UNRESOLVED -> " is unresolved";
                            case SELF -> " is this node";
                            case CONFLICT -> " stands for " + peer.wanted + ", which is another VTEP's";
                        }
                        + was);
    }

    /**
     * Behind the node's own name there is nobody: what was learned there came from another node, at an address that was this one's
     * before.
     */
    private static void forget(final Lane lane, final Change change) {
        if (change.state == VtepState.SELF) {
            for (final Network network : change.flooding) {
                domain(lane, network.index()).macs().flush(Destination.ofVtep(change.peer.index), false);
            }
        }
    }

    private static void withdraw(final Lane lane, final Peer peer, final List<Network> flooding) {
        lane.pipeline().vteps().withdraw(peer.index);
        flooding.forEach(network -> domain(lane, network.index()).suspendVtep(peer.index));
        final UnderlayPort port = lane.pipeline().underlay();
        if (port != null) {
            port.removeRemote(peer.index);
        }
    }

    private void place(final Lane lane, final Peer peer, final @Nullable IpAddress to, final List<Network> flooding) {
        if (to == null) {
            return;
        }
        flooding.forEach(network -> domain(lane, network.index()).addVtep(peer.index));
        final int mtu = Mtu.podMtu(underlayMtu, !to.isIpv4());
        lane.pipeline().vteps().add(new Vtep(peer.index, to, peer.udpPort, mtu));
        lane.pipeline().nextHops().tunnelMtu(peer.index, mtu);
        final UnderlayPort port = lane.pipeline().underlay();
        if (port != null) {
            port.setRemote(peer.index, to, peer.udpPort);
        }
    }

    /** All old MACs go before the first new one comes: one may be another's. */
    private void move(final Lane lane, final List<Move> moves) {
        for (final Move move : moves) {
            domain(lane, move.domain).macs().remove(move.from);
        }
        for (final Move move : moves) {
            domain(lane, move.domain).macs().addStatic(move.to, move.destination, nowSeconds());
            if (move.leg != null) {
                dataplane.routing().legOf(move.leg, lane).mac(move.to);
            } else {
                final Peer peer = peer(Destination.index(move.destination));
                lane.pipeline()
                        .router()
                        .neighbors()
                        .addPermanent(move.domain, peer.key.high(), peer.key.low(), move.to, true);
            }
        }
    }

    private Peer peer(final int index) {
        for (final Peer peer : peers.values()) {
            if (peer.index == index) {
                return peer;
            }
        }
        throw new IllegalStateException("no VTEP " + index);
    }

    /** Makes {@code address} a VTEP of the network: it is accepted as outer source and, in mode switched, flooded to. */
    public void add(final String network, final IpAddress address, final int udpPort) throws RefusedException {
        add(network, address, udpPort, 0);
    }

    /**
     * The same with the MAC of the remote node's router.
     *
     * @param mac 0: the one that a Weft node at this address has; used by networks in mode overlay only
     */
    public void add(final String network, final IpAddress address, final int udpPort, final long mac)
            throws RefusedException {
        synchronized (dataplane) {
            add(network, peerAt(address, udpPort), mac);
        }
    }

    /**
     * Makes whoever has a host name a VTEP of the network, wherever he is: {@link #resolved} tells.
     *
     * @param mac 0: the one that a Weft node at his address has; used by networks in mode overlay only
     */
    public void addNamed(final String network, final String host, final int udpPort, final long mac)
            throws RefusedException {
        synchronized (dataplane) {
            add(network, peerNamed(host, udpPort), mac);
        }
    }

    private Peer peerAt(final IpAddress address, final int udpPort) throws RefusedException {
        final Peer known = peers.get(address);
        return known != null ? known : Peer.at(freeIndex(), address, udpPort);
    }

    private Peer peerNamed(final String host, final int udpPort) throws RefusedException {
        final Peer known = named.get(host);
        return known != null ? known : Peer.named(freeIndex(), host, udpPort);
    }

    private void add(final String networkName, final Peer peer, final long mac) throws RefusedException {
        final Network network = dataplane.network(networkName);
        if (peer.networks.containsKey(networkName)) {
            throw new RefusedException("network " + networkName + " has VTEP " + peer.label());
        }
        if (network.spec().vni() == NetworkSpec.NO_VNI) {
            throw new RefusedException("network " + networkName + " has no VNI");
        }
        workers.change(lane -> {
            if (!network.isOverlay() && peer.address != null) {
                domain(lane, network.index()).addVtep(peer.index);
            }
            lane.pipeline().vteps().allow(peer.index, network.tunnel());
        });
        peer.networks.put(networkName, mac);
        indices.set(peer.index);
        peers.put(peer.key, peer);
        if (peer.name != null) {
            named.put(peer.name, peer);
        }
        if (network.isOverlay()) {
            dataplane.routing().addRemote(networkName, peer.key, peer.index, peer.mac(network.spec(), peer.address));
        }
        settle(List.of());
    }

    /**
     * Gives a remote prefix of a network in mode overlay to a VTEP, which becomes one of the network's if it is not yet.
     *
     * @param mac the MAC of the remote's router; 0: the one that a Weft node at this address has
     */
    public void addPrefix(
            final String network, final IpAddress vtep, final int udpPort, final IpPrefix prefix, final long mac)
            throws RefusedException {
        synchronized (dataplane) {
            addPrefix(network, peerAt(vtep, udpPort), prefix, mac);
        }
    }

    /** The same for a VTEP that is known by name. */
    public void addNamedPrefix(
            final String network, final String host, final int udpPort, final IpPrefix prefix, final long mac)
            throws RefusedException {
        synchronized (dataplane) {
            addPrefix(network, peerNamed(host, udpPort), prefix, mac);
        }
    }

    private void addPrefix(final String network, final Peer peer, final IpPrefix prefix, final long mac)
            throws RefusedException {
        if (!peer.networks.containsKey(network)) {
            add(network, peer, mac);
        }
        dataplane
                .routing()
                .addRoute(
                        new RouteSpec(
                                dataplane.network(network).spec().vrf(),
                                prefix,
                                0,
                                RouteType.UNICAST,
                                RouteProtocol.BOOT,
                                List.of(new RouteSpec.Path(peer.key, network))),
                        false);
    }

    /** The opposite of {@link #add}. */
    public void remove(final String network, final IpAddress address) throws RefusedException {
        synchronized (dataplane) {
            final Peer peer = peers.get(address);
            if (peer == null) {
                for (final Peer other : named.values()) {
                    if (address.equals(other.address)) {
                        throw new RefusedException("VTEP " + address + " is known by its name " + other.name);
                    }
                }
                throw new RefusedException("network " + network + " has no VTEP " + address);
            }
            remove(network, peer);
        }
    }

    /** The opposite of {@link #addNamed}. */
    public void removeNamed(final String network, final String host) throws RefusedException {
        synchronized (dataplane) {
            remove(network, find(host));
        }
    }

    /** No VTEP is one of the network's any more. */
    void removeAll(final String network) throws RefusedException {
        for (final Peer peer : List.copyOf(peers.values())) {
            if (peer.networks.containsKey(network)) {
                remove(network, peer);
            }
        }
    }

    private void remove(final String networkName, final Peer peer) throws RefusedException {
        final Network network = dataplane.network(networkName);
        if (!peer.networks.containsKey(networkName)) {
            throw new RefusedException("network " + networkName + " has no VTEP " + peer.label());
        }
        final boolean last = peer.networks.size() == 1;
        if (network.isOverlay()) {
            dataplane.routing().removeRemote(networkName, peer.key);
        }
        workers.remove(lane -> {
            final Pipeline pipeline = lane.pipeline();
            final BridgeDomain domain = pipeline.bridge().domain(network.tunnel());
            if (domain != null) {
                domain.removeVtep(peer.index);
            }
            pipeline.vteps().disallow(peer.index, network.tunnel());
            if (last) {
                withdraw(lane, peer, List.of());
                pipeline.vteps().remove(peer.index);
            }
            return Boolean.TRUE;
        });
        peer.networks.remove(networkName);
        if (last) {
            indices.clear(peer.index);
            peers.remove(peer.key);
            named.remove(peer.label(), peer);
            settle(List.of());
        }
    }

    private Peer find(final String host) throws RefusedException {
        final Peer peer = named.get(host);
        if (peer == null) {
            throw new RefusedException("no VTEP " + host);
        }
        return peer;
    }

    /** All remote VTEPs; where workers know of different MTUs, with the smallest. */
    public List<VtepStatus> rows() throws RefusedException {
        synchronized (dataplane) {
            final List<VtepStatus> rows = new ArrayList<>();
            for (final Peer peer : peers.values()) {
                final IpAddress address = peer.name == null ? peer.key : peer.address;
                final int mtu = peer.address == null ? 0 : mtu(peer.index);
                rows.add(new VtepStatus(
                        peer.name, address, peer.state, peer.udpPort, mtu, List.copyOf(peer.networks.keySet())));
            }
            return rows;
        }
    }

    /**
     * The path to a VTEP takes other packets than was known; the worker hears of narrower ones itself, of wider ones it
     * doesn't.
     *
     * @param mtu octets of the longest IP packet, tunnel headers included
     */
    public void pathMtu(final IpAddress address, final int mtu) throws RefusedException {
        synchronized (dataplane) {
            final Peer peer = at(peers.values(), address);
            if (peer == null) {
                throw new RefusedException("no VTEP " + address);
            }
            workers.change(lane -> lane.pipeline().pathMtu(peer.index, mtu));
        }
    }

    /** Address of the VTEP at {@code index}; null if there is none, or it is nowhere. */
    public @Nullable IpAddress address(final int index) {
        synchronized (dataplane) {
            for (final Peer peer : peers.values()) {
                if (peer.index == index) {
                    return peer.address;
                }
            }
            return null;
        }
    }

    /** How users know all VTEPs, by index. */
    public Map<Integer, String> labels() {
        synchronized (dataplane) {
            final Map<Integer, String> labels = new HashMap<>();
            peers.values().forEach(peer -> labels.put(peer.index, peer.label()));
            return labels;
        }
    }

    /** How users know the VTEPs of a network: by name, or by address. */
    List<String> labels(final String network) {
        return peers.values().stream()
                .filter(peer -> peer.networks.containsKey(network))
                .map(Peer::label)
                .toList();
    }

    /** How users know a next hop: a VTEP that is known by name and is nowhere by its name, all others by address. */
    public String label(final IpAddress hop) {
        synchronized (dataplane) {
            final Peer peer = Peer.isHandle(hop) ? peers.get(hop) : null;
            return peer == null ? hop.toString() : peer.label();
        }
    }

    /** False for what stands in a route for a VTEP that is known by name and is nowhere. */
    public static boolean isPlaced(final IpAddress hop) {
        return !Peer.isHandle(hop);
    }

    /** Where the VTEP with this key is; the key itself if it is nowhere, or nobody's. */
    IpAddress shown(final IpAddress key) {
        final Peer peer = Peer.isHandle(key) ? peers.get(key) : null;
        return peer == null || peer.address == null ? key : peer.address;
    }

    /** What routes have for a next hop: the key of the VTEP of {@code network} (null: of any) that is there by name. */
    IpAddress key(final IpAddress hop, final @Nullable String network) {
        final Peer peer = at(named.values(), hop);
        return peer == null || (network != null && !peer.networks.containsKey(network)) ? hop : peer.key;
    }

    /** Puts everybody's address into a port that has been opened anew. */
    void teach(final UnderlayPort port) {
        for (final Peer peer : peers.values()) {
            if (peer.address != null) {
                port.setRemote(peer.index, peer.address, peer.udpPort);
            }
        }
    }

    /** Longest inner IP packet that every worker would send to a VTEP, as far as they know; no limit if there is none. */
    int mtu(final int index) throws RefusedException {
        return Collections.min(workers.ask(lane -> {
            final Vtep vtep = lane.pipeline().vteps().get(index);
            return vtep == null ? NextHop.NO_MTU : vtep.mtu();
        }));
    }

    /** Index of a VTEP of a network, wherever its address comes from. */
    int index(final IpAddress address, final String network) throws RefusedException {
        final Peer peer = at(peers.values(), address);
        if (peer == null || !peer.networks.containsKey(network)) {
            throw new RefusedException("network " + network + " has no VTEP " + address);
        }
        return peer.index;
    }

    private static @Nullable Peer at(final Collection<Peer> among, final IpAddress address) {
        for (final Peer peer : among) {
            if (address.equals(peer.address)) {
                return peer;
            }
        }
        return null;
    }

    private int freeIndex() throws RefusedException {
        final int index = indices.nextClearBit(0);
        if (index >= Pipeline.MAX_VTEPS) {
            throw new RefusedException("no more than " + Pipeline.MAX_VTEPS + " VTEPs");
        }
        return index;
    }

    private static BridgeDomain domain(final Lane lane, final int index) {
        final BridgeDomain domain = lane.pipeline().bridge().domain(index);
        if (domain == null) {
            throw new IllegalStateException("no bridge domain " + index);
        }
        return domain;
    }

    private static int nowSeconds() {
        return (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    }
}
