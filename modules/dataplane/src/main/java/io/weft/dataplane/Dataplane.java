// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.conntrack.FlowRing;
import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.overlay.Mtu;
import io.weft.overlay.Vtep;
import io.weft.port.PacketPort;
import io.weft.port.Port;
import io.weft.port.PortException;
import io.weft.port.PortState;
import io.weft.port.UnderlayPort;
import io.weft.routing.NeighborListener;
import io.weft.switching.BridgeDomain;
import io.weft.switching.FdbConfig;
import io.weft.switching.SwitchListener;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The control side of the workers: what may be asked of a dataplane while it runs.
 *
 * <p>Names, indices and specifications are kept here, under this object's lock; tables belong to the workers, and every
 * change reaches each of them as a command that the caller waits for. Nothing is half-applied: what can fail (opening a port,
 * finding a name, a full table) fails before the command.
 */
public final class Dataplane implements AutoCloseable {
    private static final int EVENT_QUEUE_LENGTH = 256;
    private static final int MAX_NETWORKS = 1024;
    private static final int DEFAULT_MTU = 1500;

    private final String node;
    private final Counters counters;
    private final Workers workers;
    private final int maxPorts;
    private final RoutingControl routing;
    private final FdbControl fdb;
    private final CaptureControl captures;
    private final FlowControl flows;
    private final VtepControl vteps;

    private final Map<String, Network> networks = new LinkedHashMap<>();
    private final Map<String, Attachment> attachments = new LinkedHashMap<>();
    private final Map<DropReason, Long> removedDrops = new EnumMap<>(DropReason.class);
    private final ManyToOneConcurrentArrayQueue<Event> events = new ManyToOneConcurrentArrayQueue<>(EVENT_QUEUE_LENGTH);
    /** Of VRFs. A network that is not routed has one of its own, which no other one has later: flows outlive networks. */
    private final Map<String, Integer> scopes = new HashMap<>();

    private int nextScope;
    private @Nullable Attachment underlay;
    private int underlayMtu;
    private boolean underlayIsIpv6;

    /** A port with what is needed to open it again. */
    private static final class Attachment {
        final int index;
        final String name;
        final @Nullable Network network;
        final PortOpener opener;
        /** The port, for each worker. */
        List<Port> queues;
        /** It could not be opened anew yet. Its descriptors may be other ports' by now, which must go on to be watched. */
        boolean closed;

        Attachment(
                final int index,
                final String name,
                final @Nullable Network network,
                final PortOpener opener,
                final List<Port> queues) {
            this.index = index;
            this.name = name;
            this.network = network;
            this.opener = opener;
            this.queues = queues;
        }
    }

    private final class WorkerListeners implements Workers.Listeners {
        @Override
        public SwitchListener switching(final int worker) {
            return (network, mac, from, to) -> onFlap(worker, network, mac, from, to);
        }

        @Override
        public NeighborListener neighbors(final int worker) {
            return new NeighborEvents(Dataplane.this, worker);
        }
    }

    /**
     * With {@code options.workers()} workers; {@link #start} starts their threads.
     *
     * @param counters with values for so many workers
     */
    public Dataplane(final String node, final Counters counters, final Options options) throws PortException {
        this(node, counters, options, true);
    }

    private Dataplane(final String node, final Counters counters, final Options options, final boolean threaded)
            throws PortException {
        this.node = node;
        this.counters = counters;
        this.maxPorts = options.maxPorts();
        this.workers = new Workers(node, counters, options, MAX_NETWORKS, threaded, new WorkerListeners());
        this.fdb = new FdbControl(this, workers);
        this.captures = new CaptureControl(this, workers);
        this.flows = new FlowControl(workers, counters, options.workerFlows().maxFlows());
        this.routing = new RoutingControl(this, workers);
        this.vteps = new VtepControl(this, workers);
    }

    /** Without threads: the caller drives the {@link #pipeline}, from the thread that calls everything else here too. */
    public static Dataplane offline(final String node, final Counters counters, final Options options) {
        try {
            return new Dataplane(node, counters, options, false);
        } catch (final PortException e) {
            throw new IllegalStateException("without a worker nothing is opened", e);
        }
    }

    /** The stages, for whoever drives them; of the first worker. */
    public Pipeline pipeline() {
        return workers.pipeline(0);
    }

    /** The stages of a worker, from 0 on. */
    public Pipeline pipeline(final int worker) {
        return workers.pipeline(worker);
    }

    /** Routes and neighbors. */
    public RoutingControl routing() {
        return routing;
    }

    /** Captures, and the frames that were dropped last. */
    public CaptureControl captures() {
        return captures;
    }

    /** Forwarding databases. */
    public FdbControl fdb() {
        return fdb;
    }

    /** Remote VTEPs. */
    public VtepControl vteps() {
        return vteps;
    }

    /** Starts the workers' threads. */
    public void start() {
        workers.start();
    }

    /** Waits until a worker has ended: null if it was told to, else the fault of the program that ended it. */
    public @Nullable Throwable awaitEnd() throws InterruptedException {
        return workers.awaitEnd();
    }

    /** Ends the workers, then closes all ports. */
    @Override
    public synchronized void close() {
        workers.stop();
        attachments.values().forEach(Dataplane::closePort);
        attachments.clear();
        workers.close();
    }

    private static void closePort(final Attachment attachment) {
        attachment.queues.forEach(Port::close);
        attachment.closed = true;
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
     * @param address the node's own VTEP address; null: it has none yet ({@link VtepControl#own(IpAddress)})
     * @param ipv4 the family of that address
     * @param mtu the underlay's, from which tunnels take theirs
     */
    public synchronized void openUnderlay(
            final String name,
            final @Nullable IpAddress address,
            final boolean ipv4,
            final PortOpener opener,
            final int mtu)
            throws RefusedException {
        if (underlay != null) {
            throw new RefusedException("the node has an underlay: " + underlay.name);
        }
        underlayMtu = mtu;
        vteps.start(address, mtu);
        underlay = attach(name, null, opener);
        underlayIsIpv6 = !ipv4;
        routing.underlay(address);
    }

    /** The same with an address that is there. */
    public void openUnderlay(final String name, final IpAddress address, final PortOpener opener, final int mtu)
            throws RefusedException {
        openUnderlay(name, address, address.isIpv4(), opener, mtu);
    }

    /** The underlay's MTU changed: tunnels follow. */
    public synchronized void underlayMtu(final int mtu) throws RefusedException {
        underlayMtu = mtu;
        vteps.underlayMtu(mtu);
        for (final Network network : networks.values()) {
            if (network.spec().vni() != NetworkSpec.NO_VNI) {
                routing.legMtu(network.spec().name(), legMtu(network.spec()));
            }
        }
    }

    /** The node has a port to other nodes, whether or not that has an address. */
    boolean hasUnderlay() {
        return underlay != null;
    }

    /** Adds a network. */
    public synchronized void addNetwork(final NetworkSpec spec) throws RefusedException {
        if (networks.containsKey(spec.name())) {
            throw new RefusedException("network exists: " + spec.name());
        }
        for (final Network other : networks.values()) {
            if (spec.vni() != NetworkSpec.NO_VNI && other.spec().vni() == spec.vni()) {
                throw new RefusedException("VNI " + spec.vni() + " belongs to network "
                        + other.spec().name());
            }
        }
        final int index = freeNetworkIndex(0);
        final int tunnel = spec.mode() == NetworkMode.OVERLAY ? freeNetworkIndex(index + 1) : index;
        final Network network = new Network(spec, index, tunnel);
        final int scope = scope(network);
        workers.change(lane -> {
            lane.pipeline().flows().scope(index, scope);
            lane.pipeline().flows().scope(tunnel, scope);
            addDomain(lane, spec, index);
            if (network.isOverlay()) {
                addDomain(lane, spec, tunnel);
            }
            if (spec.vni() != NetworkSpec.NO_VNI) {
                lane.pipeline().vnis().add(tunnel, spec.vni(), spec.tagged());
            }
        });
        networks.put(spec.name(), network);
        if (spec.isRouted()) {
            addLeg(network);
        }
    }

    /** Where an address means one host: in all networks of a VRF, or in a network that is not routed. */
    private int scope(final Network network) {
        return network.spec().isRouted()
                ? scopes.computeIfAbsent(network.spec().vrf(), vrf -> nextScope++)
                : nextScope++;
    }

    private void addLeg(final Network network) throws RefusedException {
        try {
            routing.addLeg(network.spec(), network.index(), network.tunnel(), legMtu(network.spec()));
        } catch (final RefusedException e) {
            removeNetwork(network.spec().name());
            throw e;
        }
    }

    private static void addDomain(final Lane lane, final NetworkSpec spec, final int index) {
        lane.pipeline()
                .bridge()
                .addDomain(new BridgeDomain(index, spec.vni(), spec.name(), spec.tagged(), fdbConfig(spec)));
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
            if (network.equals(attachment.network)) {
                throw new RefusedException("network " + name + " has port " + attachment.name);
            }
        }
        vteps.removeAll(name);
        routing.removeLeg(name);
        workers.remove(lane -> {
            lane.pipeline().vnis().remove(network.tunnel());
            lane.pipeline().bridge().removeDomain(network.index());
            lane.pipeline().bridge().removeDomain(network.tunnel());
            lane.pipeline().router().neighbors().removeNetwork(network.index());
            return Boolean.TRUE;
        });
        networks.remove(name);
    }

    /** All networks. */
    public synchronized List<NetworkStatus> networks() throws RefusedException {
        final List<NetworkStatus> rows = new ArrayList<>();
        for (final Network network : networks.values()) {
            final int macs = fdb.entries(network.index()).size();
            final List<String> ports = attachments.values().stream()
                    .filter(attachment -> network.equals(attachment.network))
                    .map(attachment -> attachment.name)
                    .toList();
            rows.add(new NetworkStatus(
                    network.spec(), macs, ports, vteps.labels(network.spec().name())));
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
        final Attachment attachment = new Attachment(index, name, network, opener, open(name, index, opener));
        workers.change(lane -> {
            install(lane, attachment);
            if (network != null) {
                domain(lane, network).addPort(index);
            }
        });
        // Not before all know it: what one learns there the others would not believe.
        workers.change(lane -> watch(lane, attachment));
        takeMtu(attachment);
        attachments.put(name, attachment);
        event("port", name + (isWaiting(attachment) ? " waits" : " is up"));
        return attachment;
    }

    private List<Port> open(final String name, final int index, final PortOpener opener) throws RefusedException {
        try {
            return opener.open(index, workers.pools());
        } catch (final PortException e) {
            throw new RefusedException("port " + name + ": " + e.getMessage(), e);
        }
    }

    /** A wire that the node has taken over brings its MTU along. */
    private void takeMtu(final Attachment attachment) throws RefusedException {
        final Network network = attachment.network;
        if (network == null || !(attachment.queues.getFirst() instanceof PacketPort wire)) {
            return;
        }
        try {
            routing.legMtu(network.spec().name(), wire.mtu());
        } catch (final PortException e) {
            // It has gone since: the port tells, and the one that is opened in its place has an MTU again.
            event("port", attachment.name + ": " + e.getMessage());
        }
    }

    private void install(final Lane lane, final Attachment attachment) {
        final Network network = attachment.network;
        final Port port = attachment.queues.get(lane.number());
        lane.pipeline().attach(port, network == null ? Frame.NONE : network.index());
        if (port instanceof UnderlayPort tunnel) {
            vteps.teach(tunnel);
        }
    }

    private static void watch(final Lane lane, final Attachment attachment) throws PortException {
        lane.executor().watch(attachment.queues.get(lane.number()));
    }

    private static void uninstall(final Lane lane, final Attachment attachment) {
        if (!attachment.closed) {
            lane.executor().unwatch(attachment.queues.get(lane.number()));
        }
        lane.pipeline().detach(attachment.index);
    }

    /** Removes a port; what the kernel still holds for it is lost. */
    public synchronized void removePort(final String name) throws RefusedException {
        final Attachment attachment = attachment(name);
        final Network network = attachment.network;
        if (network == null) {
            throw new RefusedException("port " + name + " is the underlay");
        }
        workers.remove(lane -> {
            uninstall(lane, attachment);
            return domain(lane, network).removePort(attachment.index);
        });
        attachments.remove(name);
        closePort(attachment);
        // No worker has anything to do with the port, so its drops are final: the sum over all ports goes on to equal
        // the ledger's.
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
        workers.change(lane -> uninstall(lane, attachment));
        closePort(attachment);
        attachment.queues = open(name, attachment.index, attachment.opener);
        attachment.closed = false;
        workers.change(lane -> {
            install(lane, attachment);
            watch(lane, attachment);
        });
        takeMtu(attachment);
        event("port", name + (isWaiting(attachment) ? " waits" : " is up again"));
    }

    private static boolean isWaiting(final Attachment attachment) {
        return attachment.queues.getFirst().state() == PortState.WAITING;
    }

    /** All ports, the underlay among them. */
    public synchronized List<PortStatus> ports() {
        return attachments.values().stream().map(Dataplane::status).toList();
    }

    private static PortStatus status(final Attachment a) {
        final Port worst = Collections.max(a.queues, Comparator.comparing(Port::state));
        final String network = a.network == null ? null : a.network.spec().name();
        return new PortStatus(a.index, a.name, network, worst.state(), worst.reason(), a.queues);
    }

    /** The conservation ledger: of each worker at one moment between two of its cycles, and summed up. */
    public Ledger ledger() throws RefusedException {
        return ledgers().stream().reduce(Ledger.NOTHING, Ledger::plus);
    }

    /** The conservation ledger of each worker, by itself. */
    public List<Ledger> ledgers() throws RefusedException {
        return workers.ask(lane -> {
            final FramePool pool = lane.pipeline().pool();
            return Ledger.of(pool.counters(), pool.inUse());
        });
    }

    /** What is told of flows, for each worker; empty if nobody was to be told. */
    public List<FlowRing> flowRings() {
        final List<FlowRing> rings = new ArrayList<>();
        for (int worker = 0; worker < workers.count(); worker++) {
            final FlowRing ring = workers.pipeline(worker).flowRing();
            if (ring != null) {
                rings.add(ring);
            }
        }
        return rings;
    }

    /** The flows. */
    public FlowControl flows() {
        return flows;
    }

    /** Octets that the workers' threads have allocated since they started; commands allocate, frames do not. */
    public long allocatedBytes() {
        return workers.allocatedBytes();
    }

    /** Workers that there are. */
    public int workers() {
        return workers.count();
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

    /** Specifications of all networks, by index; a network with a tunnel domain of its own has two. */
    public synchronized Map<Integer, NetworkSpec> networkSpecs() {
        final Map<Integer, NetworkSpec> specs = new LinkedHashMap<>();
        for (final Network network : networks.values()) {
            specs.put(network.index(), network.spec());
            specs.put(network.tunnel(), network.spec());
        }
        return specs;
    }

    /** Specification of the network at {@code index}; null if there is none. */
    public synchronized @Nullable NetworkSpec networkSpec(final int index) {
        for (final Network network : networks.values()) {
            if (network.index() == index || network.tunnel() == index) {
                return network.spec();
            }
        }
        return null;
    }

    /** On the worker's thread: must not take this object's lock, whose holder may be waiting for the worker. */
    private void onFlap(final int worker, final int network, final long mac, final int from, final int to) {
        final Pipeline pipeline = workers.pipeline(worker);
        final BridgeDomain domain = pipeline.bridge().domain(network);
        event(
                "fdb",
                MacAddress.format(mac) + " in network " + (domain == null ? network : domain.name())
                        + " moves too often: held at " + place(pipeline, from) + ", frames from " + place(pipeline, to)
                        + " are dropped");
    }

    private String place(final Pipeline pipeline, final int destination) {
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
        return network.isOverlay() ? new int[] {network.index(), network.tunnel()} : new int[] {network.index()};
    }

    /** Name of the network with that VNI. */
    synchronized String networkOf(final int vni) throws RefusedException {
        for (final Network network : networks.values()) {
            if (network.spec().vni() == vni) {
                return network.spec().name();
            }
        }
        throw new RefusedException("no network has VNI " + vni);
    }

    /** Index of a network in the worker. */
    synchronized int networkIndex(final String name) throws RefusedException {
        return network(name).index();
    }

    /** Index of a port, of that network unless it is null. */
    synchronized int portIndex(final String name, final @Nullable String network) throws RefusedException {
        final Attachment attachment = attachment(name);
        if (network != null && !network(network).equals(attachment.network)) {
            throw new RefusedException("port " + name + " is not in network " + network);
        }
        return attachment.index;
    }

    private static BridgeDomain domain(final Lane lane, final Network network) {
        final BridgeDomain domain = lane.pipeline().bridge().domain(network.index());
        if (domain == null) {
            throw new IllegalStateException(
                    "no bridge domain for network " + network.spec().name());
        }
        return domain;
    }

    /** A network that is there. */
    Network network(final String name) throws RefusedException {
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
}
