// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.capture.CaptureRing;
import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.WorkerCounter;
import io.weft.overlay.Mtu;
import io.weft.overlay.Vtep;
import io.weft.port.PacketPort;
import io.weft.port.Port;
import io.weft.port.PortException;
import io.weft.port.UnderlayPort;
import io.weft.switching.BridgeDomain;
import io.weft.switching.FdbConfig;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The control side of one worker: what may be asked of a dataplane while it runs.
 *
 * <p>Names, indices and specifications are kept here, under this object's lock; tables belong to the worker, and every
 * change reaches them as a command that the caller waits for. Nothing is half-applied: what can fail (opening a port,
 * finding a name, a full table) fails before the command.
 */
public final class Dataplane implements AutoCloseable {
    private static final int EVENT_QUEUE_LENGTH = 256;
    private static final int MAX_NETWORKS = 1024;
    private static final int DEFAULT_MTU = 1500;

    private final String node;
    private final Counters counters;
    private final Pipeline pipeline;
    private final @Nullable WorkerThread worker;
    private final Executor executor;
    private final int maxPorts;
    private final RoutingControl routing;
    private final FdbControl fdb;

    private final Map<String, Network> networks = new LinkedHashMap<>();
    private final Map<String, Attachment> attachments = new LinkedHashMap<>();
    private final Map<IpAddress, Remote> remotes = new LinkedHashMap<>();
    private final Map<DropReason, Long> removedDrops = new EnumMap<>(DropReason.class);
    private final ManyToOneConcurrentArrayQueue<Event> events = new ManyToOneConcurrentArrayQueue<>(EVENT_QUEUE_LENGTH);
    private @Nullable Attachment underlay;
    private int underlayMtu;
    private boolean underlayIsIpv6;

    /** A network with its index in the worker. */
    private static final class Network {
        final NetworkSpec spec;
        final int index;
        /** Bridge domain between the nodes' routers, of a network in mode overlay; else the network's own. */
        final int tunnel;

        final List<IpAddress> remotes = new ArrayList<>();

        Network(final NetworkSpec spec, final int index, final int tunnel) {
            this.spec = spec;
            this.index = index;
            this.tunnel = tunnel;
        }

        boolean isOverlay() {
            return tunnel != index;
        }
    }

    /** A port with what is needed to open it again. */
    private static final class Attachment {
        final int index;
        final String name;
        final @Nullable Network network;
        final PortOpener opener;
        Port port;

        Attachment(
                final int index,
                final String name,
                final @Nullable Network network,
                final PortOpener opener,
                final Port port) {
            this.index = index;
            this.name = name;
            this.network = network;
            this.opener = opener;
            this.port = port;
        }
    }

    /** A VTEP and the networks that use it. */
    private record Remote(int index, IpAddress address, int udpPort, List<String> networks) {}

    /** With a worker; {@link #start} starts its thread. */
    public Dataplane(final String node, final Counters counters, final Options options) throws PortException {
        this(node, counters, options, true);
    }

    private Dataplane(final String node, final Counters counters, final Options options, final boolean threaded)
            throws PortException {
        this.node = node;
        this.counters = counters;
        this.maxPorts = options.maxPorts();
        this.pipeline = new Pipeline(options, counters, MAX_NETWORKS, this::onFlap, new NeighborEvents(this));
        this.worker = threaded ? new WorkerThread(node, pipeline, options) : null;
        this.executor = worker == null ? new Executor.Inline() : worker;
        this.fdb = new FdbControl(this, pipeline, executor);
        this.routing = new RoutingControl(this, pipeline, executor);
    }

    /** Without a worker: the caller drives the {@link #pipeline}, from the thread that calls everything else here too. */
    public static Dataplane offline(final String node, final Counters counters, final Options options) {
        try {
            return new Dataplane(node, counters, options, false);
        } catch (final PortException e) {
            throw new IllegalStateException("without a worker nothing is opened", e);
        }
    }

    /** The stages, for whoever drives them. */
    public Pipeline pipeline() {
        return pipeline;
    }

    /** Routes and neighbors. */
    public RoutingControl routing() {
        return routing;
    }

    /** Forwarding databases. */
    public FdbControl fdb() {
        return fdb;
    }

    /** Starts the worker thread. */
    public void start() {
        worker().start();
    }

    /** Waits until the worker has ended: null if it was told to, else the fault of the program that ended it. */
    public @Nullable Throwable awaitEnd() throws InterruptedException {
        return worker().awaitEnd();
    }

    private WorkerThread worker() {
        if (worker == null) {
            throw new IllegalStateException("node " + node + " has no worker");
        }
        return worker;
    }

    /** Ends the worker, then closes all ports. */
    @Override
    public synchronized void close() {
        if (worker != null) {
            worker.stop();
        }
        for (final Attachment attachment : attachments.values()) {
            attachment.port.close();
        }
        attachments.clear();
        if (worker != null) {
            worker.close();
        }
    }

    /** Name of the node. */
    public String node() {
        return node;
    }

    /** The counters; each may be read at any time. */
    public Counters counters() {
        return counters;
    }

    /**
     * Opens the port to the other nodes.
     *
     * @param address the node's own VTEP address
     * @param mtu the underlay's, from which tunnels take theirs
     */
    public synchronized void openUnderlay(
            final String name, final IpAddress address, final PortOpener opener, final int mtu)
            throws RefusedException {
        if (underlay != null) {
            throw new RefusedException("the node has an underlay: " + underlay.name);
        }
        underlayMtu = mtu;
        underlay = attach(name, null, opener);
        underlayIsIpv6 = !address.isIpv4();
        routing.underlay(address);
    }

    /** The underlay's MTU changed: tunnels follow. */
    public synchronized void underlayMtu(final int mtu) throws RefusedException {
        underlayMtu = mtu;
        for (final Remote remote : remotes.values()) {
            call(() -> {
                pipeline.pathMtu(remote.index, mtu);
                return null;
            });
        }
        for (final Network network : networks.values()) {
            if (network.spec.vni() != NetworkSpec.NO_VNI) {
                routing.legMtu(network.spec.name(), legMtu(network.spec));
            }
        }
    }

    /**
     * The path to a VTEP takes other packets than was known; the worker hears of narrower ones itself, of wider ones it
     * doesn't.
     *
     * @param mtu octets of the longest IP packet, tunnel headers included
     */
    public synchronized void pathMtu(final IpAddress address, final int mtu) throws RefusedException {
        final Remote remote = remotes.get(address);
        if (remote == null) {
            throw new RefusedException("no VTEP " + address);
        }
        call(() -> {
            pipeline.pathMtu(remote.index, mtu);
            return null;
        });
    }

    private Vtep vtep(final Remote remote) {
        return new Vtep(remote.index, remote.address, remote.udpPort, tunnelMtu(remote.address));
    }

    /** Longest inner IP packet that a tunnel to {@code address} may carry. */
    private int tunnelMtu(final IpAddress address) {
        return Mtu.podMtu(underlayMtu, !address.isIpv4());
    }

    /** Adds a network. */
    public synchronized void addNetwork(final NetworkSpec spec) throws RefusedException {
        if (networks.containsKey(spec.name())) {
            throw new RefusedException("network exists: " + spec.name());
        }
        for (final Network other : networks.values()) {
            if (spec.vni() != NetworkSpec.NO_VNI && other.spec.vni() == spec.vni()) {
                throw new RefusedException("VNI " + spec.vni() + " belongs to network " + other.spec.name());
            }
        }
        final int index = freeNetworkIndex(0);
        final int tunnel = spec.mode() == NetworkMode.OVERLAY ? freeNetworkIndex(index + 1) : index;
        final Network network = new Network(spec, index, tunnel);
        call(() -> {
            addDomain(spec, index);
            if (network.isOverlay()) {
                addDomain(spec, tunnel);
            }
            if (spec.vni() != NetworkSpec.NO_VNI) {
                pipeline.vnis().add(tunnel, spec.vni(), spec.tagged());
            }
            return null;
        });
        networks.put(spec.name(), network);
        if (spec.isRouted()) {
            addLeg(network);
        }
    }

    private void addLeg(final Network network) throws RefusedException {
        try {
            routing.addLeg(network.spec, network.index, network.tunnel, legMtu(network.spec));
        } catch (final RefusedException e) {
            removeNetwork(network.spec.name());
            throw e;
        }
    }

    private void addDomain(final NetworkSpec spec, final int index) {
        pipeline.bridge().addDomain(new BridgeDomain(index, spec.vni(), spec.name(), spec.tagged(), fdbConfig(spec)));
    }

    /** What the pods of a network may send: where it has tunnels, what fits them. */
    private int legMtu(final NetworkSpec spec) {
        return spec.vni() == NetworkSpec.NO_VNI || underlayMtu == 0
                ? DEFAULT_MTU
                : Mtu.podMtu(underlayMtu, underlayIsIpv6);
    }

    private static FdbConfig fdbConfig(final NetworkSpec spec) {
        final FdbConfig usual = FdbConfig.DEFAULT;
        return new FdbConfig(
                spec.learnLimit(),
                spec.ageingSeconds(),
                usual.flapMoves(),
                usual.flapWindowSeconds(),
                usual.flapHoldSeconds());
    }

    /** Removes a network that has no ports. */
    public synchronized void removeNetwork(final String name) throws RefusedException {
        final Network network = network(name);
        for (final Attachment attachment : attachments.values()) {
            if (attachment.network == network) {
                throw new RefusedException("network " + name + " has port " + attachment.name);
            }
        }
        for (final IpAddress address : List.copyOf(network.remotes)) {
            removeVtep(name, address);
        }
        routing.removeLeg(name);
        call(() -> {
            pipeline.vnis().remove(network.tunnel);
            pipeline.bridge().removeDomain(network.index);
            pipeline.bridge().removeDomain(network.tunnel);
            pipeline.router().neighbors().removeNetwork(network.index);
            return null;
        });
        networks.remove(name);
    }

    /** All networks. */
    public synchronized List<NetworkStatus> networks() throws RefusedException {
        final List<NetworkStatus> rows = new ArrayList<>();
        for (final Network network : networks.values()) {
            final int macs = call(() ->
                    domain(network).macs().learned() + domain(network).macs().statics());
            final List<String> ports = attachments.values().stream()
                    .filter(attachment -> attachment.network == network)
                    .map(attachment -> attachment.name)
                    .toList();
            rows.add(new NetworkStatus(network.spec, macs, ports, List.copyOf(network.remotes)));
        }
        return rows;
    }

    /** Opens a port and makes it a member of a network. */
    public synchronized void addPort(final String name, final String network, final PortOpener opener)
            throws RefusedException {
        attach(name, network(network), opener);
    }

    private Attachment attach(final String name, final @Nullable Network network, final PortOpener opener)
            throws RefusedException {
        if (attachments.containsKey(name)) {
            throw new RefusedException("port exists: " + name);
        }
        final int index = freePortIndex();
        counters.clearPort(index);
        counters.portName(index, name);
        final Port port = open(name, index, opener);
        final Attachment attachment = new Attachment(index, name, network, opener, port);
        call(() -> {
            install(attachment);
            if (network != null) {
                domain(network).addPort(index);
            }
            return null;
        });
        takeMtu(attachment);
        attachments.put(name, attachment);
        event("port", name + " is up");
        return attachment;
    }

    private Port open(final String name, final int index, final PortOpener opener) throws RefusedException {
        try {
            return opener.open(index, pipeline.pool());
        } catch (final PortException e) {
            throw new RefusedException("port " + name + ": " + e.getMessage(), e);
        }
    }

    /** A wire that the node has taken over brings its MTU along. */
    private void takeMtu(final Attachment attachment) throws RefusedException {
        final Network network = attachment.network;
        if (network == null || !(attachment.port instanceof PacketPort wire)) {
            return;
        }
        try {
            routing.legMtu(network.spec.name(), wire.mtu());
        } catch (final PortException e) {
            // It has gone since: the port tells, and the one that is opened in its place has an MTU again.
            event("port", attachment.name + ": " + e.getMessage());
        }
    }

    private void install(final Attachment attachment) throws PortException {
        final Network network = attachment.network;
        pipeline.attach(attachment.port, network == null ? Frame.NONE : network.index);
        if (attachment.port instanceof UnderlayPort tunnel) {
            remotes.values().forEach(remote -> tunnel.setRemote(remote.index, remote.address, remote.udpPort));
        }
        executor.watch(attachment.port);
    }

    private void uninstall(final Attachment attachment) {
        executor.unwatch(attachment.port);
        pipeline.detach(attachment.index);
    }

    /** Removes a port; what the kernel still holds for it is lost. */
    public synchronized void removePort(final String name) throws RefusedException {
        final Attachment attachment = attachment(name);
        final Network network = attachment.network;
        if (network == null) {
            throw new RefusedException("port " + name + " is the underlay");
        }
        call(() -> {
            uninstall(attachment);
            domain(network).removePort(attachment.index);
            return null;
        });
        attachments.remove(name);
        attachment.port.close();
        // The worker is done with the port, so its drops are final: the sum over all ports goes on to equal the
        // ledger's.
        for (final DropReason reason : DropReason.values()) {
            removedDrops.merge(reason, counters.getDrop(attachment.index, reason), Long::sum);
        }
        counters.clearPort(attachment.index);
        event("port", name + " is removed");
    }

    /** Drops of frames that came in by ports that are no more. */
    public synchronized long removedDrops(final DropReason reason) {
        return removedDrops.getOrDefault(reason, 0L);
    }

    /**
     * Opens a port anew whose interface was lost, at the same index.
     *
     * @throws RefusedException if the interface is still away; the old port stays, down
     */
    public synchronized void reopenPort(final String name) throws RefusedException {
        final Attachment attachment = attachment(name);
        call(() -> {
            uninstall(attachment);
            return null;
        });
        attachment.port.close();
        final Port port = open(name, attachment.index, attachment.opener);
        call(() -> {
            attachment.port = port;
            install(attachment);
            return null;
        });
        takeMtu(attachment);
        event("port", name + " is up again");
    }

    /** All ports, the underlay among them. */
    public synchronized List<PortStatus> ports() {
        return attachments.values().stream()
                .map(a -> new PortStatus(
                        a.index,
                        a.name,
                        a.network == null ? null : a.network.spec.name(),
                        a.port.state(),
                        a.port.reason(),
                        a.port))
                .toList();
    }

    /** Makes {@code address} a VTEP of the network: it is accepted as outer source and, in mode switched, flooded to. */
    public synchronized void addVtep(final String networkName, final IpAddress address, final int udpPort)
            throws RefusedException {
        addVtep(networkName, address, udpPort, 0);
    }

    /**
     * The same with the MAC of the remote node's router.
     *
     * @param mac 0: the one that a Weft node at this address has; used by networks in mode overlay only
     */
    public synchronized void addVtep(
            final String networkName, final IpAddress address, final int udpPort, final long mac)
            throws RefusedException {
        final Network network = network(networkName);
        if (network.remotes.contains(address)) {
            throw new RefusedException("network " + networkName + " has VTEP " + address);
        }
        if (network.spec.vni() == NetworkSpec.NO_VNI) {
            throw new RefusedException("network " + networkName + " has no VNI");
        }
        final Remote known = remotes.get(address);
        final Remote remote =
                known != null ? known : new Remote(freeRemoteIndex(), address, udpPort, new ArrayList<>());
        call(() -> {
            if (known == null) {
                pipeline.vteps().add(vtep(remote));
                final UnderlayPort port = pipeline.underlay();
                if (port != null) {
                    port.setRemote(remote.index, address, udpPort);
                }
            }
            pipeline.vteps().allow(remote.index, network.tunnel);
            if (!network.isOverlay()) {
                domain(network).addVtep(remote.index);
            }
            return null;
        });
        remotes.put(address, remote);
        remote.networks.add(networkName);
        network.remotes.add(address);
        if (network.isOverlay()) {
            routing.addRemote(networkName, address, remote.index, mac);
        }
    }

    /**
     * Gives a remote prefix of a network in mode overlay to a VTEP, which becomes one of the network's if it is not yet.
     *
     * @param mac the MAC of the remote's router; 0: the one that a Weft node at this address has
     */
    public synchronized void addRemotePrefix(
            final String networkName, final IpAddress vtep, final int udpPort, final IpPrefix prefix, final long mac)
            throws RefusedException {
        final Network network = network(networkName);
        if (!network.remotes.contains(vtep)) {
            addVtep(networkName, vtep, udpPort, mac);
        }
        routing.addRoute(
                new RouteSpec(
                        network.spec.vrf(),
                        prefix,
                        0,
                        RouteType.UNICAST,
                        RouteProtocol.BOOT,
                        List.of(new RouteSpec.Path(vtep, networkName))),
                false);
    }

    /** The opposite of {@link #addVtep}. */
    public synchronized void removeVtep(final String networkName, final IpAddress address) throws RefusedException {
        final Network network = network(networkName);
        final Remote remote = remotes.get(address);
        if (remote == null || !network.remotes.contains(address)) {
            throw new RefusedException("network " + networkName + " has no VTEP " + address);
        }
        final boolean last = remote.networks.size() == 1;
        if (network.isOverlay()) {
            routing.removeRemote(networkName, address);
        }
        call(() -> {
            final BridgeDomain domain = pipeline.bridge().domain(network.tunnel);
            if (domain != null) {
                domain.removeVtep(remote.index);
            }
            pipeline.vteps().disallow(remote.index, network.tunnel);
            final UnderlayPort port = pipeline.underlay();
            if (last && port != null) {
                port.removeRemote(remote.index);
            }
            if (last) {
                pipeline.vteps().remove(remote.index);
            }
            return null;
        });
        remote.networks.remove(networkName);
        network.remotes.remove(address);
        if (last) {
            remotes.remove(address);
        }
    }

    /** All remote VTEPs. */
    public synchronized List<VtepStatus> vteps() throws RefusedException {
        return call(() -> {
            final List<VtepStatus> rows = new ArrayList<>();
            for (final Remote remote : remotes.values()) {
                final Vtep vtep = pipeline.vteps().get(remote.index);
                final int mtu = vtep == null ? tunnelMtu(remote.address) : vtep.mtu();
                rows.add(new VtepStatus(remote.address, remote.udpPort, mtu, List.copyOf(remote.networks)));
            }
            return rows;
        });
    }

    /** The conservation ledger at one moment between two cycles. */
    public Ledger ledger() throws RefusedException {
        return call(() -> new Ledger(
                counters.get(WorkerCounter.RECEIVED),
                counters.get(WorkerCounter.CREATED),
                counters.get(WorkerCounter.TRANSMITTED),
                counters.get(WorkerCounter.CONSUMED),
                counters.get(WorkerCounter.DROPPED),
                pipeline.pool().inUse()));
    }

    /** Octets that the worker thread has allocated since it started; commands allocate, frames do not. */
    public long allocatedBytes() {
        return worker().allocatedBytes();
    }

    /** Starts copying frames into a ring. */
    public void attachCapture(final CaptureRing ring) throws RefusedException {
        if (!call(() -> pipeline.attachCapture(ring))) {
            throw new RefusedException("no more captures at the same time");
        }
    }

    /** Stops copying frames into a ring. */
    public void detachCapture(final CaptureRing ring) throws RefusedException {
        call(() -> {
            pipeline.detachCapture(ring);
            return null;
        });
    }

    /** Takes the oldest event; null if there is none. One consumer. */
    public @Nullable Event pollEvent() {
        return events.poll();
    }

    /** Records an event; lost if nobody takes them. */
    public void event(final String object, final String text) {
        events.offer(new Event(System.currentTimeMillis(), object, text));
    }

    /** Name of the port at {@code index}; the index as text if there is none. */
    public String portName(final int index) {
        final String name = index < 0 || index >= maxPorts ? "" : counters.portName(index);
        return name.isEmpty() ? Integer.toString(index) : name;
    }

    /** Address of the VTEP at {@code index}; null if there is none. */
    public synchronized @Nullable IpAddress vtepAddress(final int index) {
        for (final Remote remote : remotes.values()) {
            if (remote.index == index) {
                return remote.address;
            }
        }
        return null;
    }

    /** Specification of the network at {@code index}; null if there is none. */
    public synchronized @Nullable NetworkSpec networkSpec(final int index) {
        for (final Network network : networks.values()) {
            if (network.index == index || network.tunnel == index) {
                return network.spec;
            }
        }
        return null;
    }

    /** On the worker thread: must not take this object's lock, whose holder may be waiting for the worker. */
    private void onFlap(final int network, final long mac, final int from, final int to) {
        final BridgeDomain domain = pipeline.bridge().domain(network);
        event(
                "fdb",
                MacAddress.format(mac) + " in network " + (domain == null ? network : domain.name())
                        + " moves too often: held at " + place(from) + ", frames from " + place(to) + " are dropped");
    }

    private String place(final int destination) {
        final int index = Destination.index(destination);
        final Vtep vtep = Destination.isVtep(destination) ? pipeline.vteps().get(index) : null;
        return vtep == null ? "port " + portName(index) : "VTEP " + vtep.address();
    }

    /** Names of all networks. */
    synchronized List<String> networkNames() {
        return List.copyOf(networks.keySet());
    }

    /** Indices of a network's bridge domains: that of its ports and, if it has one of its own, that of its tunnels. */
    synchronized int[] domainsOf(final String name) throws RefusedException {
        final Network network = network(name);
        return network.isOverlay() ? new int[] {network.index, network.tunnel} : new int[] {network.index};
    }

    /** Index of a network in the worker. */
    synchronized int networkIndex(final String name) throws RefusedException {
        return network(name).index;
    }

    /** Index of a port, of that network unless it is null. */
    synchronized int portIndex(final String name, final @Nullable String network) throws RefusedException {
        final Attachment attachment = attachment(name);
        if (network != null && attachment.network != network(network)) {
            throw new RefusedException("port " + name + " is not in network " + network);
        }
        return attachment.index;
    }

    /** Index of a VTEP of a network. */
    synchronized int vtepIndex(final IpAddress address, final String network) throws RefusedException {
        final Remote remote = remotes.get(address);
        if (remote == null || !network(network).remotes.contains(address)) {
            throw new RefusedException("network " + network + " has no VTEP " + address);
        }
        return remote.index;
    }

    private BridgeDomain domain(final Network network) {
        final BridgeDomain domain = pipeline.bridge().domain(network.index);
        if (domain == null) {
            throw new IllegalStateException("no bridge domain for network " + network.spec.name());
        }
        return domain;
    }

    private Network network(final String name) throws RefusedException {
        final Network network = networks.get(name);
        if (network == null) {
            throw new RefusedException("no such network: " + name);
        }
        return network;
    }

    private Attachment attachment(final String name) throws RefusedException {
        final Attachment attachment = attachments.get(name);
        if (attachment == null) {
            throw new RefusedException("no such port: " + name);
        }
        return attachment;
    }

    private int freePortIndex() throws RefusedException {
        for (int index = 0; index < maxPorts; index++) {
            final int candidate = index;
            if (attachments.values().stream().noneMatch(a -> a.index == candidate)) {
                return index;
            }
        }
        throw new RefusedException("no more than " + maxPorts + " ports");
    }

    private int freeNetworkIndex(final int from) throws RefusedException {
        int index = from;
        while (networkSpec(index) != null) {
            index++;
        }
        if (index >= MAX_NETWORKS) {
            throw new RefusedException("no more than " + MAX_NETWORKS + " networks");
        }
        return index;
    }

    private int freeRemoteIndex() throws RefusedException {
        int index = 0;
        while (vtepAddress(index) != null) {
            index++;
        }
        if (index >= Pipeline.MAX_VTEPS) {
            throw new RefusedException("no more than " + Pipeline.MAX_VTEPS + " VTEPs");
        }
        return index;
    }

    private <T> T call(final Callable<T> command) throws RefusedException {
        return executor.call(command);
    }
}
