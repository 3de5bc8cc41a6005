// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import com.sun.management.ThreadMXBean;
import io.weft.capture.CaptureRing;
import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.WorkerCounter;
import io.weft.overlay.Mtu;
import io.weft.overlay.Vtep;
import io.weft.port.Poller;
import io.weft.port.Port;
import io.weft.port.PortException;
import io.weft.port.UnderlayPort;
import io.weft.switching.BridgeDomain;
import io.weft.switching.FdbConfig;
import io.weft.switching.FdbEntry;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
    private static final int COMMAND_TIMEOUT_SECONDS = 10;
    private static final int EVENT_QUEUE_LENGTH = 256;
    private static final int MAX_NETWORKS = 1024;

    private final String node;
    private final Counters counters;
    private final Pipeline pipeline;
    private final Poller poller;
    private final Worker worker;
    private final Thread thread;
    private final int maxPorts;
    private final RoutingControl routing = new RoutingControl();

    private final Map<String, Network> networks = new LinkedHashMap<>();
    private final Map<String, Attachment> attachments = new LinkedHashMap<>();
    private final Map<IpAddress, Remote> remotes = new LinkedHashMap<>();
    private final Map<DropReason, Long> removedDrops = new EnumMap<>(DropReason.class);
    private final ManyToOneConcurrentArrayQueue<Event> events = new ManyToOneConcurrentArrayQueue<>(EVENT_QUEUE_LENGTH);
    private @Nullable Attachment underlay;
    private int underlayMtu;
    private volatile @Nullable Throwable failure;

    /** A network with its index in the worker. */
    private static final class Network {
        final NetworkSpec spec;
        final int index;
        final List<IpAddress> remotes = new ArrayList<>();

        Network(final NetworkSpec spec, final int index) {
            this.spec = spec;
            this.index = index;
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

    /** Makes the worker; {@link #start} starts its thread. */
    public Dataplane(final String node, final Counters counters, final Options options) throws PortException {
        this.node = node;
        this.counters = counters;
        this.maxPorts = options.maxPorts();
        this.pipeline = new Pipeline(options, counters, MAX_NETWORKS, this::onFlap);
        this.poller = new Poller();
        this.worker = new Worker(pipeline, poller, options);
        this.thread = new Thread(worker, "weft-worker-" + node);
        thread.setUncaughtExceptionHandler((ended, e) -> failure = e);
    }

    /** Routes and neighbors. */
    public RoutingControl routing() {
        return routing;
    }

    /** Starts the worker thread. */
    public void start() {
        thread.start();
    }

    /** Waits until the worker has ended: null if it was told to, else the fault of the program that ended it. */
    public @Nullable Throwable awaitEnd() throws InterruptedException {
        thread.join();
        return failure;
    }

    /** Ends the worker, then closes all ports. */
    @Override
    public synchronized void close() {
        worker.stop();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(COMMAND_TIMEOUT_SECONDS));
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (final Attachment attachment : attachments.values()) {
            attachment.port.close();
        }
        attachments.clear();
        poller.close();
    }

    /** Name of the node. */
    public String node() {
        return node;
    }

    /** The counters; each may be read at any time. */
    public Counters counters() {
        return counters;
    }

    /** Opens the port to the other nodes. {@code mtu} is the underlay's, from which tunnels take theirs. */
    public synchronized void openUnderlay(final String name, final PortOpener opener, final int mtu)
            throws RefusedException {
        if (underlay != null) {
            throw new RefusedException("the node has an underlay: " + underlay.name);
        }
        underlayMtu = mtu;
        underlay = attach(name, null, opener);
    }

    /** The underlay's MTU changed: tunnels follow. */
    public synchronized void underlayMtu(final int mtu) throws RefusedException {
        underlayMtu = mtu;
        for (final Remote remote : remotes.values()) {
            call(() -> {
                pipeline.vteps().add(vtep(remote));
                return null;
            });
        }
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
            if (other.spec.vni() == spec.vni()) {
                throw new RefusedException("VNI " + spec.vni() + " belongs to network " + other.spec.name());
            }
        }
        if (networks.size() == MAX_NETWORKS) {
            throw new RefusedException("no more than " + MAX_NETWORKS + " networks");
        }
        final Network network = new Network(spec, freeNetworkIndex());
        call(() -> {
            pipeline.bridge()
                    .addDomain(
                            new BridgeDomain(network.index, spec.vni(), spec.name(), spec.tagged(), fdbConfig(spec)));
            pipeline.vnis().add(network.index, spec.vni(), spec.tagged());
            return null;
        });
        networks.put(spec.name(), network);
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
        call(() -> {
            pipeline.vnis().remove(network.index);
            pipeline.bridge().removeDomain(network.index);
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

    private void install(final Attachment attachment) throws PortException {
        final Network network = attachment.network;
        pipeline.attach(attachment.port, network == null ? Frame.NONE : network.index);
        if (attachment.port instanceof UnderlayPort tunnel) {
            remotes.values().forEach(remote -> tunnel.setRemote(remote.index, remote.address, remote.udpPort));
        }
        worker.watch(attachment.port);
    }

    private void uninstall(final Attachment attachment) {
        worker.unwatch(attachment.port);
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

    /** Makes {@code address} a VTEP of the network: it is flooded to, and accepted as outer source. */
    public synchronized void addVtep(final String networkName, final IpAddress address, final int udpPort)
            throws RefusedException {
        final Network network = network(networkName);
        if (network.remotes.contains(address)) {
            throw new RefusedException("network " + networkName + " has VTEP " + address);
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
            pipeline.vteps().allow(remote.index, network.index);
            domain(network).addVtep(remote.index);
            return null;
        });
        remotes.put(address, remote);
        remote.networks.add(networkName);
        network.remotes.add(address);
    }

    /** The opposite of {@link #addVtep}. */
    public synchronized void removeVtep(final String networkName, final IpAddress address) throws RefusedException {
        final Network network = network(networkName);
        final Remote remote = remotes.get(address);
        if (remote == null || !network.remotes.contains(address)) {
            throw new RefusedException("network " + networkName + " has no VTEP " + address);
        }
        final boolean last = remote.networks.size() == 1;
        call(() -> {
            domain(network).removeVtep(remote.index);
            pipeline.vteps().disallow(remote.index, network.index);
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
    public synchronized List<VtepStatus> vteps() {
        return remotes.values().stream()
                .map(r -> new VtepStatus(r.address, r.udpPort, tunnelMtu(r.address), List.copyOf(r.networks)))
                .toList();
    }

    /** All entries of all networks. */
    public synchronized List<FdbRow> fdb() throws RefusedException {
        final List<FdbRow> rows = new ArrayList<>();
        for (final Network network : networks.values()) {
            for (final FdbEntry entry : call(() -> domain(network).macs().snapshot(nowSeconds()))) {
                rows.add(row(network, entry));
            }
        }
        return rows;
    }

    private FdbRow row(final Network network, final FdbEntry entry) {
        final int index = Destination.index(entry.destination());
        final boolean vtep = Destination.isVtep(entry.destination());
        return new FdbRow(
                network.spec.name(),
                network.spec.vni(),
                entry.mac(),
                vtep ? null : portName(index),
                vtep ? vtepAddress(index) : null,
                entry.state().name().toLowerCase(Locale.ROOT),
                entry.ageSeconds());
    }

    /** Adds a static entry behind a port; {@code replace} says whether it may take another's place. */
    public synchronized void addFdb(
            final String networkName, final long mac, final String portName, final boolean replace)
            throws RefusedException {
        final Network network = network(networkName);
        final Attachment attachment = attachment(portName);
        if (attachment.network != network) {
            throw new RefusedException("port " + portName + " is not in network " + networkName);
        }
        addStatic(network, mac, Destination.ofPort(attachment.index), replace);
    }

    /** Adds a static entry behind a VTEP. */
    public synchronized void addFdb(
            final String networkName, final long mac, final IpAddress vtep, final boolean replace)
            throws RefusedException {
        final Network network = network(networkName);
        final Remote remote = remotes.get(vtep);
        if (remote == null || !network.remotes.contains(vtep)) {
            throw new RefusedException("network " + networkName + " has no VTEP " + vtep);
        }
        addStatic(network, mac, Destination.ofVtep(remote.index), replace);
    }

    private void addStatic(final Network network, final long mac, final int destination, final boolean replace)
            throws RefusedException {
        if (!MacAddress.isUnicastSource(mac)) {
            throw new RefusedException("not a unicast MAC: " + MacAddress.format(mac));
        }
        final boolean added = call(() -> {
            if (!replace && domain(network).macs().isStatic(mac)) {
                return false;
            }
            return domain(network).macs().addStatic(mac, destination, nowSeconds());
        });
        if (!added) {
            throw new RefusedException("network " + network.spec.name() + " has a static entry for "
                    + MacAddress.format(mac) + ", or its table is full");
        }
    }

    /** Removes an entry, static or learned. */
    public synchronized void removeFdb(final String networkName, final long mac) throws RefusedException {
        final Network network = network(networkName);
        if (!call(() -> domain(network).macs().remove(mac))) {
            throw new RefusedException("network " + networkName + " has no entry for " + MacAddress.format(mac));
        }
    }

    /**
     * Forgets learned entries.
     *
     * @param networkName only of this network, or null
     * @param portName only behind this port, or null
     * @return entries forgotten
     */
    public synchronized int flushFdb(final @Nullable String networkName, final @Nullable String portName)
            throws RefusedException {
        final @Nullable Network only = networkName == null ? null : network(networkName);
        final int destination = portName == null ? Destination.NONE : Destination.ofPort(attachment(portName).index);
        int flushed = 0;
        for (final Network network : networks.values()) {
            if (only == null || only == network) {
                flushed += call(() -> destination == Destination.NONE
                        ? domain(network).macs().flushLearned()
                        : domain(network).macs().flush(destination, false));
            }
        }
        return flushed;
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
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getThreadAllocatedBytes(thread.threadId());
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
            if (network.index == index) {
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

    private int freeNetworkIndex() {
        int index = 0;
        while (networkSpec(index) != null) {
            index++;
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

    private static int nowSeconds() {
        return (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    }

    /** Runs {@code command} on the worker, between two cycles, and waits for its result. */
    private <T> T call(final Callable<T> command) throws RefusedException {
        final CompletableFuture<T> result = new CompletableFuture<>();
        if (failure != null) {
            throw new RefusedException("the worker failed: " + failure);
        }
        final boolean taken = worker.submit(() -> {
            try {
                result.complete(command.call());
            } catch (final Exception e) {
                result.completeExceptionally(e);
            }
        });
        if (!taken) {
            throw new RefusedException("the worker takes no commands");
        }
        try {
            return result.get(COMMAND_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedException("interrupted", e);
        } catch (final TimeoutException e) {
            throw new RefusedException("the worker did not answer", e);
        } catch (final ExecutionException e) {
            throw new RefusedException("the worker failed: " + e.getCause(), e);
        }
    }
}
