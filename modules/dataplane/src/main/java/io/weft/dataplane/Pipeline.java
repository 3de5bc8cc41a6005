// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.capture.CapturePoint;
import io.weft.capture.CaptureRing;
import io.weft.capture.CaptureTap;
import io.weft.capture.DropRing;
import io.weft.conntrack.FlowRing;
import io.weft.conntrack.FlowTracker;
import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.Outputs;
import io.weft.offload.Coalescer;
import io.weft.overlay.Mtu;
import io.weft.overlay.VniTable;
import io.weft.overlay.Vtep;
import io.weft.overlay.VtepTable;
import io.weft.overlay.VxlanDecap;
import io.weft.overlay.VxlanEncap;
import io.weft.port.Port;
import io.weft.port.UnderlayPort;
import io.weft.routing.Egress;
import io.weft.routing.IcmpLimits;
import io.weft.routing.Links;
import io.weft.routing.NeighborConfig;
import io.weft.routing.NeighborInput;
import io.weft.routing.NeighborListener;
import io.weft.routing.NextHopTable;
import io.weft.routing.Router;
import io.weft.routing.RouterAdvertiser;
import io.weft.routing.RouterInterfaces;
import io.weft.routing.TunnelFragmenter;
import io.weft.switching.Bridge;
import io.weft.switching.BridgeDomain;
import io.weft.switching.SwitchListener;
import io.weft.wire.IpAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemEpochClock;
import org.jspecify.annotations.Nullable;

/**
 * The stages and how they are wired: a frame's way from port to port, run to completion for one vector at a time. It has
 * no thread and makes no system call of its own, so that a worker, a benchmark, a fuzzer and {@code weft replay} run the
 * very same code.
 */
public final class Pipeline implements Outputs.Transmitter {
    /** Remote VTEPs that a worker may know. */
    public static final int MAX_VTEPS = 4096;

    /**
     * Part of the frames that may wait for neighbors; several workers share it. No more neighbors are asked for at a time
     * than frames wait.
     */
    private static final int HELD_SHARE = 4;

    /** Each worker numbers captured packets in a range of its own. */
    private static final int PACKET_ID_SHIFT = 48;

    private final FramePool pool;
    private final EthernetInput ethernetInput;
    private final Bridge bridge;
    private final VtepTable vteps;
    private final VniTable vnis;
    private final VxlanEncap encap;
    private final VxlanDecap decap;
    private final Outputs outputs;
    private final DropRing drops = new DropRing();
    private final CaptureTap tap;
    private final FlowTracker flows;
    private final @Nullable FlowRing flowRing;
    private final RouterInterfaces legs;
    private final NextHopTable nextHops = new NextHopTable();
    private final Egress egress;
    private final Router router;
    private final NeighborInput neighborInput;
    private final Egress tunnelEgress;
    private final TunnelFragmenter tunnelFragmenter;
    private final RouterAdvertiser advertiser;

    private final @Nullable Port[] ports;
    private final int[] networkOfPort;
    private @Nullable UnderlayPort underlay;
    private int underlayIndex = Frame.NONE;

    private final FrameVector received = new FrameVector();
    private final FrameVector decapsulated = new FrameVector();
    private long nowMillis;
    private int nowSeconds;
    private boolean mayHaveMore;
    private @Nullable Gossip gossip;

    /** The stages of the only worker. */
    public Pipeline(
            final Options options,
            final Counters counters,
            final int maxNetworks,
            final SwitchListener listener,
            final NeighborListener neighborListener) {
        this(options, 0, counters, maxNetworks, listener, neighborListener);
    }

    /** Stages of a worker, over a pool of {@code options.poolFrames()} frames, without ports or networks. */
    Pipeline(
            final Options options,
            final int worker,
            final Counters counters,
            final int maxNetworks,
            final SwitchListener listener,
            final NeighborListener neighborListener) {
        this.pool = new FramePool(options.poolFrames(), counters);
        this.ethernetInput = new EthernetInput(pool);
        this.bridge = new Bridge(pool, maxNetworks, listener);
        this.vteps = new VtepTable(MAX_VTEPS, maxNetworks);
        this.vnis = new VniTable(maxNetworks);
        this.legs = new RouterInterfaces(maxNetworks);
        this.egress = new Egress(this::fromRouter);
        final NeighborConfig config = NeighborConfig.of(
                options.maxPorts(), MAX_VTEPS, Math.max(4, options.poolFrames() / (HELD_SHARE * options.workers())));
        final IcmpLimits limits = IcmpLimits.DEFAULT.dividedBy(options.workers());
        this.router = new Router(pool, legs, nextHops, config, limits, neighborListener, egress, maxNetworks);
        this.advertiser = new RouterAdvertiser(pool, legs, egress);
        this.neighborInput = new NeighborInput(
                pool, config, legs, egress, router.neighbors(), advertiser, new BridgeLinks(), neighborListener);
        this.encap = new VxlanEncap(pool, vteps, vnis, this::tooLong);
        this.tunnelEgress = new Egress(this::intoTunnel);
        this.tunnelFragmenter = new TunnelFragmenter(pool, tunnelEgress);
        this.decap = new VxlanDecap(pool, vteps, vnis, new Coalescer());
        this.outputs = new Outputs(options.maxPorts(), this);
        this.tap = new CaptureTap(counters, this::vtepAddress, drops);
        this.flowRing = options.flowRing() == 0 ? null : new FlowRing(options.flowRing());
        this.flows = new FlowTracker(
                options.workerFlows(), counters, maxNetworks, worker, flowRing, SystemEpochClock.INSTANCE, 0);
        pool.dropObserver(new Ends());
        this.ports = new Port[options.maxPorts()];
        this.networkOfPort = new int[options.maxPorts()];
    }

    /**
     * Takes what the port has received through all stages.
     *
     * @param budget frames at most
     * @return frames received
     */
    public int poll(final int index, final int budget) {
        final Port port = ports[index];
        if (port == null) {
            mayHaveMore = false;
            return 0;
        }
        received.clear();
        mayHaveMore = port.receive(received, budget);
        final int count = received.size();
        if (count > 0) {
            if (index == underlayIndex) {
                fromTunnel(index);
            } else {
                fromPort(index);
            }
            flush();
            flows.settle();
            tap.settle();
        }
        return count;
    }

    /** Sends everything. Tunnels that are too narrow make the router write to senders, so there may be a second round. */
    private void flush() {
        outputs.flush();
        while (!egress.isEmpty()) {
            egress.flush();
            outputs.flush();
        }
    }

    /** True if the port of the last {@link #poll} may have more to deliver. */
    public boolean mayHaveMore() {
        return mayHaveMore;
    }

    private void fromPort(final int index) {
        if (tap.isActive(CapturePoint.RX.mask())) {
            setNetwork(networkOfPort[index]);
            tap.received(received, CapturePoint.RX, index);
        }
        ethernetInput.process(received, networkOfPort[index]);
        flows.process(received);
        switchAndRoute(received);
    }

    /** Captures look before the input stage does. */
    private void setNetwork(final int network) {
        for (int i = 0; i < received.size(); i++) {
            received.get(i).network = network;
        }
    }

    private void switchAndRoute(final FrameVector frames) {
        neighborInput.process(frames);
        bridge.process(frames, outputs, nowSeconds);
        final FrameVector toRouter = outputs.router();
        if (!toRouter.isEmpty()) {
            router.process(toRouter);
        }
        egress.flush();
    }

    private void fromRouter(final FrameVector frames) {
        flows.processOriginated(frames);
        bridge.forwardRouted(frames, outputs);
    }

    /** What neighbor discovery asks of the bridge. */
    private final class BridgeLinks implements Links {
        @Override
        public boolean learn(final Frame frame) {
            return bridge.learn(frame, nowSeconds);
        }

        @Override
        public boolean isRemote(final int network, final long mac) {
            final BridgeDomain domain = bridge.domain(network);
            return domain != null && Destination.isVtep(domain.macs().lookup(mac));
        }
    }

    private void fromTunnel(final int index) {
        if (tap.isActive(CapturePoint.TUNNEL_RX.mask())) {
            tap.received(received, CapturePoint.TUNNEL_RX, index);
        }
        boolean done = false;
        while (!done) {
            done = decap.process(received, decapsulated);
            flows.process(decapsulated);
            switchAndRoute(decapsulated);
        }
    }

    @Override
    public void transmit(final int index, final FrameVector frames) {
        final Port port = ports[index];
        if (port == null) {
            pool.dropAll(frames, DropReason.PORT_DOWN);
            return;
        }
        if (tap.isActive(CapturePoint.TX.mask())) {
            tap.record(frames, CapturePoint.TX, index);
        }
        flows.sent(frames, index);
        port.transmit(frames);
    }

    @Override
    public void transmitTunnel(final FrameVector frames) {
        intoTunnel(frames);
        tunnelEgress.flush();
    }

    private void intoTunnel(final FrameVector frames) {
        final UnderlayPort port = underlay;
        if (port == null) {
            pool.dropAll(frames, DropReason.NO_UNDERLAY);
            return;
        }
        encap.process(frames);
        if (tap.isActive(CapturePoint.TUNNEL_TX.mask())) {
            tap.record(frames, CapturePoint.TUNNEL_TX, port.index());
        }
        flows.sentToVteps(frames);
        port.transmit(frames);
    }

    /** What becomes of frames that leave by no port. */
    private final class Ends implements FramePool.DropObserver {
        @Override
        public void onDrop(final Frame frame, final DropReason reason) {
            flows.dropped(frame, reason);
            tap.onDrop(frame, reason);
        }

        @Override
        public void onConsumed(final Frame frame) {
            flows.consumed(frame);
            tap.onConsumed(frame);
        }
    }

    /** What may be cut goes on in pieces, which fit; the senders of all else are told. */
    private boolean tooLong(final Frame frame, final int mtu) {
        if (tunnelFragmenter.takes(frame, mtu)) {
            return true;
        }
        router.tooLongForTunnel(frame, mtu);
        return false;
    }

    /**
     * Sets the time, does a slice of ageing and what timers ask for. Once per cycle: no stage reads a clock.
     *
     * @param nanos as {@link System#nanoTime} gives it; never less than before
     */
    public void tick(final long nanos) {
        final long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
        nowMillis = millis;
        nowSeconds = (int) (millis / 1000);
        tap.now(nanos);
        flows.tick(nanos);
        bridge.age(nowSeconds);
        router.tick(millis);
        advertiser.tick(millis);
        if (!egress.isEmpty()) {
            sendByItself();
        }
    }

    /** What timers or other workers have made go. */
    private void sendByItself() {
        egress.flush();
        flush();
        flows.settle();
    }

    /** One of several from now on; before there are networks. The first advertises the router to hosts. */
    void join(final Gossip others, final int number) {
        gossip = others;
        tap.firstPacketId(1 + ((long) number << PACKET_ID_SHIFT));
        bridge.peers(others);
        router.neighbors().peers(others);
        if (number != 0) {
            advertiser.relayTo(others::onRouterSolicited);
        }
    }

    /** Takes what other workers have learned, and sends what waited for it; returns how many messages. Once per cycle. */
    int hear() {
        if (gossip == null) {
            return 0;
        }
        final int heard = gossip.hear();
        if (!egress.isEmpty()) {
            sendByItself();
        }
        return heard;
    }

    /** What other workers have told until now is of things that are no more. */
    void forgetGossip() {
        if (gossip != null) {
            gossip.discard();
        }
    }

    /** By which it tells other workers; there must be some. */
    Gossip gossip() {
        return Objects.requireNonNull(gossip, "the only worker");
    }

    /** The time of the last {@link #tick}, in milliseconds. */
    long nowMillis() {
        return nowMillis;
    }

    /** Milliseconds until {@link #tick} has something to do, if nothing arrives before. */
    public long nextTimeout() {
        final long routing = Math.min(router.neighbors().nextTimeout(nowMillis), advertiser.nextTimeout(nowMillis));
        return Math.min(routing, flows.nextTimeoutMillis());
    }

    /** Starts copying frames into a ring; false if as many captures run as there may be. */
    public boolean attachCapture(final CaptureRing ring) {
        return tap.attach(ring);
    }

    /** Stops copying frames into a ring. */
    public void detachCapture(final CaptureRing ring) {
        tap.detach(ring);
    }

    /** The flows. */
    public FlowTracker flows() {
        return flows;
    }

    /** What is told of flows, for whoever reads it; null: nothing is. */
    public @Nullable FlowRing flowRing() {
        return flowRing;
    }

    /** The last frames that were dropped; any thread may read them. */
    public DropRing drops() {
        return drops;
    }

    private @Nullable IpAddress vtepAddress(final int index) {
        final Vtep vtep = vteps.get(index);
        return vtep == null ? null : vtep.address();
    }

    /** Puts a port at its index; the one before it must have been removed. */
    public void attach(final Port port, final int network) {
        ports[port.index()] = port;
        networkOfPort[port.index()] = network;
        if (port instanceof UnderlayPort tunnel && network == Frame.NONE) {
            underlay = tunnel;
            tunnel.pathMtuListener(this::pathMtu);
            underlayIndex = port.index();
        }
    }

    /** Takes the port away; frames for it are dropped from now on. */
    public void detach(final int index) {
        if (index == underlayIndex) {
            underlay = null;
            underlayIndex = Frame.NONE;
        }
        ports[index] = null;
    }

    /** The port at {@code index}. */
    public @Nullable Port port(final int index) {
        return ports[index];
    }

    /** Ports that there may be. */
    public int maxPorts() {
        return ports.length;
    }

    /** Index of the network of a port. */
    public int networkOf(final int index) {
        return networkOfPort[index];
    }

    /** The port to the other nodes. */
    public @Nullable UnderlayPort underlay() {
        return underlay;
    }

    /** The frames. */
    public FramePool pool() {
        return pool;
    }

    /** The bridge domains. */
    public Bridge bridge() {
        return bridge;
    }

    /** The remote VTEPs. */
    public VtepTable vteps() {
        return vteps;
    }

    /** The router. */
    public Router router() {
        return router;
    }

    /** The router's legs. */
    public RouterInterfaces legs() {
        return legs;
    }

    /** What routes lead to. */
    public NextHopTable nextHops() {
        return nextHops;
    }

    /** What the router says of itself. */
    public RouterAdvertiser advertiser() {
        return advertiser;
    }

    /** The path to a VTEP takes IP packets of {@code mtu} octets, tunnel headers included. Worker thread. */
    public void pathMtu(final int vtep, final int mtu) {
        final Vtep known = vteps.get(vtep);
        if (known == null) {
            return;
        }
        final int inner = Mtu.tunnelMtu(mtu, !known.address().isIpv4());
        if (known.mtu() != inner) {
            vteps.add(new Vtep(vtep, known.address(), known.udpPort(), inner));
            nextHops.tunnelMtu(vtep, inner);
        }
    }

    /** VNI to network. */
    public VniTable vnis() {
        return vnis;
    }
}
