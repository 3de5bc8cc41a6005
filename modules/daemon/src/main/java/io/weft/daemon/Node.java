// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.CaptureContext;
import io.weft.dataplane.Dataplane;
import io.weft.dataplane.NetworkMode;
import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.Options;
import io.weft.dataplane.Pipeline;
import io.weft.dataplane.PortOpener;
import io.weft.dataplane.PortStatus;
import io.weft.dataplane.RefusedException;
import io.weft.dataplane.RouteProtocol;
import io.weft.dataplane.RouteSpec;
import io.weft.dataplane.RouteType;
import io.weft.frame.Counters;
import io.weft.overlay.Mtu;
import io.weft.port.AutoMac;
import io.weft.port.InterfaceRoute;
import io.weft.port.PacketConfig;
import io.weft.port.PacketPort;
import io.weft.port.PortException;
import io.weft.port.PortState;
import io.weft.port.TapConfig;
import io.weft.port.TapPort;
import io.weft.port.UdpConfig;
import io.weft.port.UdpUnderlay;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.Vxlan;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running node: its dataplane, what was asked of it, its conductor and its control socket. The socket is opened last:
 * when it is there, the node is ready. What start has made is undone in reverse, at the end and when start fails halfway.
 */
final class Node implements AutoCloseable {
    /** Name of the port to the other nodes. */
    static final String UNDERLAY = "underlay";

    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final int MTU_WITHOUT_UNDERLAY = 1500;

    private final NodeConfig config;
    private final EventLog events = new EventLog();
    private final Map<String, NodeConfig.Network> networks = new LinkedHashMap<>();
    private final Map<String, NodeConfig.PortEntry> ports = new LinkedHashMap<>();
    private final Map<String, String> whyDown = new ConcurrentHashMap<>();
    private final long startedNanos = System.nanoTime();

    /** What has to be undone, the last first. */
    private final Deque<Undo> undo = new ArrayDeque<>();

    private final Counters counters;
    private final Dataplane dataplane;
    private final Tracer tracer = new Tracer(this);
    private final Baseline statsBaseline = new Baseline();
    private final Baseline dropBaseline = new Baseline();
    private volatile int underlayMtu;

    @FunctionalInterface
    private interface Undo {
        void run() throws IOException;
    }

    private Node(final NodeConfig config, final RunDirectory directory) throws RefusedException, IOException {
        this.config = config;
        directory.create();
        if (!directory.socketFits(config.name())) {
            throw new RefusedException(
                    "the path of the control socket is too long: " + directory.socket(config.name()));
        }
        lock(directory.lock(config.name()));
        try {
            final Path file = directory.counters(config.name());
            this.counters = Counters.create(file.toFile(), Options.DEFAULT.maxPorts());
            undo.push(() -> Files.deleteIfExists(file));
            undo.push(counters::close);
            this.dataplane = new Dataplane(config.name(), counters, Options.DEFAULT);
            undo.push(dataplane::close);
            undo.push(tracer::close);
        } catch (final PortException e) {
            close();
            throw new RefusedException(String.valueOf(e.getMessage()), e);
        } catch (final RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Starts a node whose machine was checked ({@link Preflight}).
     *
     * @throws ConfigException what the file asks for can't be done; nothing is left behind
     * @throws RefusedException a node of this name runs, or the machine refuses
     */
    static Node start(final NodeConfig config, final RunDirectory directory)
            throws ConfigException, RefusedException, IOException {
        final Node node = new Node(config, directory);
        try {
            node.build();
            final Conductor conductor = Conductor.start(node);
            node.undo.push(conductor::close);
            final ControlServer server = ControlServer.open(directory.socket(config.name()), new CommandRunner(node));
            node.undo.push(server::close);
            return node;
        } catch (final ConfigException | IOException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    private void lock(final Path file) throws RefusedException, IOException {
        final FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!isLocked(channel)) {
            channel.close();
            throw new RefusedException("node " + config.name() + " runs already");
        }
        undo.push(() -> {
            Files.deleteIfExists(file);
            channel.close();
        });
    }

    private static boolean isLocked(final FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (final OverlappingFileLockException e) {
            return false;
        }
    }

    private void build() throws ConfigException {
        dataplane.start();
        final NodeConfig.Underlay underlay = config.underlay();
        if (underlay != null) {
            at(underlay.line(), () -> openUnderlay(underlay));
        }
        for (final NodeConfig.Network network : config.networks()) {
            at(network.line(), () -> addNetwork(network));
        }
        for (final NodeConfig.Network network : config.networks()) {
            for (final NodeConfig.Remote remote : network.remotes()) {
                at(remote.line(), () -> addRemote(network, remote));
            }
        }
        for (final NodeConfig.PortEntry port : config.ports()) {
            at(port.line(), () -> addPort(port));
        }
        if (underlay != null) {
            at(underlay.line(), () -> routeToHost(underlay.address()));
        }
        for (final NodeConfig.RouteEntry route : config.routes()) {
            at(route.line(), () -> dataplane.routing().addRoute(route.spec(), false));
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws RefusedException, PortException;
    }

    /** A step that the file asks for on {@code line}. */
    private void at(final int line, final Step step) throws ConfigException {
        try {
            step.run();
        } catch (final RefusedException | PortException e) {
            throw new ConfigException(config.file(), line, String.valueOf(e.getMessage()));
        }
    }

    private void openUnderlay(final NodeConfig.Underlay underlay) throws RefusedException, PortException {
        underlayMtu = UdpUnderlay.underlayMtu(null, underlay.address());
        final UdpConfig udp = new UdpConfig(UNDERLAY, null, underlay.address(), underlay.port(), Pipeline.MAX_VTEPS);
        dataplane.openUnderlay(
                UNDERLAY, underlay.address(), (index, pool) -> UdpUnderlay.open(index, udp, pool), underlayMtu);
    }

    synchronized void addNetwork(final NodeConfig.Network network) throws RefusedException {
        for (final NodeConfig.Network other : networks.values()) {
            for (final var subnet : network.subnets()) {
                if (other.vrf().equals(network.vrf())
                        && other.subnets().stream().anyMatch(subnet::overlaps)) {
                    throw new RefusedException("subnet " + subnet + " overlaps network " + other.name());
                }
            }
        }
        dataplane.addNetwork(new NetworkSpec(
                network.name(),
                network.vni(),
                network.tagged(),
                network.ageing(),
                network.learnLimit(),
                network.mode(),
                network.vrf(),
                network.subnets(),
                network.gateways()));
        networks.put(network.name(), network);
    }

    /** The networks must all be there: a next hop may lie in any of them. */
    private void addRemote(final NodeConfig.Network network, final NodeConfig.Remote remote) throws RefusedException {
        if (network.mode() == NetworkMode.SWITCHED) {
            addVtep(network.name(), remote.vtep());
            return;
        }
        for (final IpPrefix prefix : remote.prefixes()) {
            if (network.mode() == NetworkMode.OVERLAY) {
                final NodeConfig.Underlay own = Objects.requireNonNull(config.underlay(), "checked by the reader");
                dataplane.addRemotePrefix(network.name(), remote.vtep(), own.port(), prefix, remote.mac());
            } else {
                addRoute(network.vrf(), prefix, nextHop(remote, prefix), null);
            }
        }
    }

    private static IpAddress nextHop(final NodeConfig.Remote remote, final IpPrefix prefix) {
        return remote.addresses().stream()
                .filter(address -> address.isIpv4() == prefix.address().isIpv4())
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException("no next hop for " + prefix + ", which the reader refuses"));
    }

    private void addRoute(final String vrf, final IpPrefix dst, final IpAddress via, final @Nullable String network)
            throws RefusedException {
        dataplane
                .routing()
                .addRoute(
                        new RouteSpec(
                                vrf,
                                dst,
                                0,
                                RouteType.UNICAST,
                                RouteProtocol.BOOT,
                                List.of(new RouteSpec.Path(via, network))),
                        false);
    }

    /** The underlay address is the node's kernel's: pods reach it by the first host port of its family. */
    private void routeToHost(final IpAddress underlay) throws RefusedException {
        final boolean ipv4 = underlay.isIpv4();
        final NodeConfig.PortEntry host = new PodRoutes(config.networks(), config.ports()).firstHost(null, ipv4);
        final IpPrefix via = host == null ? null : host.address(ipv4);
        final NodeConfig.Network network = host == null ? null : network(host.network());
        if (via != null && network != null) {
            addRoute(network.vrf(), new IpPrefix(underlay, ipv4 ? 32 : 128), via.address(), network.name());
        }
    }

    synchronized void removeNetwork(final String name) throws RefusedException {
        dataplane.removeNetwork(name);
        networks.remove(name);
    }

    void addVtep(final String network, final IpAddress remote) throws RefusedException {
        final NodeConfig.Underlay underlay = config.underlay();
        if (underlay == null) {
            throw new RefusedException("the node has no underlay address");
        }
        if (remote.isIpv4() != underlay.address().isIpv4()) {
            throw new RefusedException("VTEP " + remote + " is not of the underlay address's family");
        }
        if (remote.equals(underlay.address())) {
            throw new RefusedException("VTEP " + remote + " is this node's own underlay address");
        }
        dataplane.addVtep(network, remote, underlay.port());
    }

    synchronized void addPort(final NodeConfig.PortEntry port) throws RefusedException {
        for (final IpPrefix address : port.addresses()) {
            refuseTaken(port, address.address());
        }
        dataplane.addPort(port.name(), port.network(), opener(port));
        ports.put(port.name(), port);
    }

    /** An address is one port's, or a gateway's, among the networks of one VRF. */
    private void refuseTaken(final NodeConfig.PortEntry port, final IpAddress address) throws RefusedException {
        final String vrf = vrf(port);
        for (final NodeConfig.Network network : networks.values()) {
            if (network.vrf().equals(vrf) && address.equals(network.gateway(address.isIpv4()))) {
                throw new RefusedException("address " + address + " is the gateway of network " + network.name());
            }
        }
        for (final NodeConfig.PortEntry other : ports.values()) {
            final IpPrefix taken = other.address(address.isIpv4());
            if (taken != null && taken.address().equals(address) && vrf(other).equals(vrf)) {
                throw new RefusedException("address " + address + " belongs to port " + other.name());
            }
        }
    }

    private String vrf(final NodeConfig.PortEntry port) {
        final NodeConfig.Network network = networks.get(port.network());
        return network == null ? RouteSpec.DEFAULT_VRF : network.vrf();
    }

    synchronized void removePort(final String name) throws RefusedException {
        dataplane.removePort(name);
        ports.remove(name);
        whyDown.remove(name);
    }

    /** Each opening takes the MTU of its time. The routes are those of now: an opening must not take this node's lock. */
    private PortOpener opener(final NodeConfig.PortEntry port) {
        if (port.type() == NodeConfig.PortType.PACKET) {
            final PacketConfig packet = new PacketConfig(port.name(), port.netns(), port.ifname(), port.offloads());
            return (index, pool) -> PacketPort.open(index, packet, pool);
        }
        final List<InterfaceRoute> routes = routes(port);
        return (index, pool) -> TapPort.open(
                index,
                new TapConfig(
                        port.name(),
                        port.netns(),
                        port.ifname(),
                        mac(port),
                        mtu(port),
                        gsoMaxSize(mtu(port)),
                        port.addresses(),
                        routes,
                        port.offloads()),
                pool);
    }

    /** A port of the file gets its routes in view of all the file's ports, also of those that are not there yet. */
    private List<InterfaceRoute> routes(final NodeConfig.PortEntry port) {
        if (!networks.containsKey(port.network())) {
            return List.of();
        }
        final List<NodeConfig.PortEntry> all = new ArrayList<>(config.ports());
        if (!all.contains(port)) {
            all.clear();
            all.addAll(ports.values());
            all.add(port);
        }
        return new PodRoutes(networks.values(), all).of(port);
    }

    long mac(final NodeConfig.PortEntry port) {
        return port.mac() != 0 ? port.mac() : AutoMac.of(config.name(), port.name());
    }

    /** What a port's interface has now or gets at its next opening. */
    int mtu(final NodeConfig.PortEntry port) {
        return port.mtu() != 0 ? port.mtu() : Math.max(NodeConfig.MIN_MTU, autoMtu());
    }

    /** Pods whose super-frames may go to another node make them fit its datagram trains; 0 if there is no other node. */
    int gsoMaxSize(final int mtu) {
        return config.underlay() == null
                ? 0
                : UdpUnderlay.gsoMaxSize(mtu, Vxlan.HEADER_LENGTH + Ethernet.HEADER_LENGTH);
    }

    /** The underlay's MTU minus the overhead of VXLAN. */
    int autoMtu() {
        final NodeConfig.Underlay underlay = config.underlay();
        return underlay == null
                ? MTU_WITHOUT_UNDERLAY
                : Mtu.podMtu(underlayMtu, !underlay.address().isIpv4());
    }

    /** Why a port is not up: that it could not be opened again tells more than that it was closed. */
    String whyDown(final PortStatus port) {
        final String refusal = port.state() == PortState.DOWN ? whyDown.getOrDefault(port.name(), "") : "";
        return refusal.isEmpty() ? port.reason() : refusal;
    }

    void whyDown(final String port, final String reason) {
        whyDown.put(port, reason);
    }

    int underlayMtu() {
        return underlayMtu;
    }

    /** The underlay's MTU changed. */
    void underlayMtu(final int mtu) throws RefusedException {
        underlayMtu = mtu;
        dataplane.underlayMtu(mtu);
    }

    NodeConfig config() {
        return config;
    }

    Dataplane dataplane() {
        return dataplane;
    }

    Counters counters() {
        return counters;
    }

    EventLog events() {
        return events;
    }

    Tracer tracer() {
        return tracer;
    }

    Baseline statsBaseline() {
        return statsBaseline;
    }

    Baseline dropBaseline() {
        return dropBaseline;
    }

    long uptimeSeconds() {
        return (System.nanoTime() - startedNanos) / 1_000_000_000;
    }

    synchronized List<NodeConfig.PortEntry> portEntries() {
        return new ArrayList<>(ports.values());
    }

    synchronized NodeConfig.@Nullable PortEntry portEntry(final String name) {
        return ports.get(name);
    }

    synchronized NodeConfig.@Nullable Network network(final String name) {
        return networks.get(name);
    }

    /** Names for what a capture shows. */
    CaptureContext captureContext() {
        return new NodeCaptureContext(this);
    }

    /** Ends the node: socket first, files last. */
    @Override
    public void close() {
        while (!undo.isEmpty()) {
            try {
                undo.pop().run();
            } catch (final IOException | RuntimeException e) {
                LOG.warn("at the end: {}", e.getMessage());
            }
        }
    }
}
