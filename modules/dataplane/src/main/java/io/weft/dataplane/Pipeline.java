// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.capture.CapturePoint;
import io.weft.capture.CaptureRing;
import io.weft.capture.CaptureTap;
import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.Outputs;
import io.weft.offload.Coalescer;
import io.weft.overlay.VniTable;
import io.weft.overlay.VtepTable;
import io.weft.overlay.VxlanDecap;
import io.weft.overlay.VxlanEncap;
import io.weft.port.Port;
import io.weft.port.UnderlayPort;
import io.weft.switching.Bridge;
import io.weft.switching.SwitchListener;
import org.jspecify.annotations.Nullable;

/**
 * The stages and how they are wired: a frame's way from port to port, run to completion for one vector at a time. It has
 * no thread and makes no system call of its own, so that a worker, a benchmark, a fuzzer and {@code weft replay} run the
 * very same code.
 */
public final class Pipeline implements Outputs.Transmitter {
    /** Remote VTEPs that a worker may know. */
    public static final int MAX_VTEPS = 4096;

    private final FramePool pool;
    private final EthernetInput ethernetInput;
    private final Bridge bridge;
    private final VtepTable vteps;
    private final VniTable vnis;
    private final VxlanEncap encap;
    private final VxlanDecap decap;
    private final Outputs outputs;
    private final CaptureTap tap;

    private final @Nullable Port[] ports;
    private final int[] networkOfPort;
    private @Nullable UnderlayPort underlay;
    private int underlayIndex = Frame.NONE;

    private final FrameVector received = new FrameVector();
    private final FrameVector decapsulated = new FrameVector();
    private int nowSeconds;
    private boolean mayHaveMore;

    /** Stages over a pool of {@code options.poolFrames()} frames, without ports or networks. */
    public Pipeline(
            final Options options, final Counters counters, final int maxNetworks, final SwitchListener listener) {
        this.pool = new FramePool(options.poolFrames(), counters);
        this.ethernetInput = new EthernetInput(pool);
        this.bridge = new Bridge(pool, maxNetworks, listener);
        this.vteps = new VtepTable(MAX_VTEPS, maxNetworks);
        this.vnis = new VniTable(maxNetworks);
        this.encap = new VxlanEncap(pool, vteps, vnis);
        this.decap = new VxlanDecap(pool, vteps, vnis, new Coalescer());
        this.outputs = new Outputs(options.maxPorts(), this);
        this.tap = new CaptureTap(counters);
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
            outputs.flush();
        }
        return count;
    }

    /** True if the port of the last {@link #poll} may have more to deliver. */
    public boolean mayHaveMore() {
        return mayHaveMore;
    }

    private void fromPort(final int index) {
        if (tap.isActive(CapturePoint.RX.mask())) {
            tap.record(received, CapturePoint.RX, index);
        }
        ethernetInput.process(received, networkOfPort[index]);
        bridge.process(received, outputs, nowSeconds);
    }

    private void fromTunnel(final int index) {
        if (tap.isActive(CapturePoint.TUNNEL_RX.mask())) {
            tap.record(received, CapturePoint.TUNNEL_RX, index);
        }
        boolean done = false;
        while (!done) {
            done = decap.process(received, decapsulated);
            bridge.process(decapsulated, outputs, nowSeconds);
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
        port.transmit(frames);
    }

    @Override
    public void transmitTunnel(final FrameVector frames) {
        final UnderlayPort port = underlay;
        if (port == null) {
            pool.dropAll(frames, DropReason.NO_UNDERLAY);
            return;
        }
        encap.process(frames);
        if (tap.isActive(CapturePoint.TUNNEL_TX.mask())) {
            tap.record(frames, CapturePoint.TUNNEL_TX, port.index());
        }
        port.transmit(frames);
    }

    /** Sets the time for learning and does a slice of ageing. Once per cycle. */
    public void tick(final int seconds) {
        nowSeconds = seconds;
        bridge.age(seconds);
    }

    /** Starts copying frames into a ring; false if as many captures run as there may be. */
    public boolean attachCapture(final CaptureRing ring) {
        final boolean attached = tap.attach(ring);
        watchDrops();
        return attached;
    }

    /** Stops copying frames into a ring. */
    public void detachCapture(final CaptureRing ring) {
        tap.detach(ring);
        watchDrops();
    }

    private void watchDrops() {
        pool.dropObserver(tap.isActive(CapturePoint.DROP.mask()) ? tap : null);
    }

    /** Puts a port at its index; the one before it must have been removed. */
    public void attach(final Port port, final int network) {
        ports[port.index()] = port;
        networkOfPort[port.index()] = network;
        if (port instanceof UnderlayPort tunnel && network == Frame.NONE) {
            underlay = tunnel;
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

    /** VNI to network. */
    public VniTable vnis() {
        return vnis;
    }
}
