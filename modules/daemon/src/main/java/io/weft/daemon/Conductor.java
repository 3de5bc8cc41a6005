// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.Event;
import io.weft.dataplane.PortStatus;
import io.weft.dataplane.RefusedException;
import io.weft.dataplane.VtepState;
import io.weft.dataplane.VtepStatus;
import io.weft.overlay.Mtu;
import io.weft.port.InterfaceConfig;
import io.weft.port.NetworkNamespace;
import io.weft.port.PortException;
import io.weft.port.PortState;
import io.weft.port.UdpUnderlay;
import io.weft.wire.IpAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's control thread. Ten times a second it moves the worker's events to the event log; every second it looks
 * after ports that are down, whose interface or namespace may be back, and after the underlay's MTU, which pods follow;
 * every ten seconds after the paths to the VTEPs.
 */
final class Conductor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Conductor.class);
    private static final long EVENTS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int CYCLES_PER_LOOK = 10;
    /** A path that has become wider is seen by nobody else; one that has become narrower the worker hears of itself. */
    private static final int CYCLES_PER_PATHS = 100;

    private static final long CLOSE_MILLIS = 1_000;

    private final Node node;
    private final Map<String, PortState> states = new HashMap<>();
    private final Thread thread;
    private volatile boolean closing;

    private Conductor(final Node node) {
        this.node = node;
        this.thread = Thread.ofPlatform().daemon().name("weft-conductor").unstarted(this::run);
    }

    static Conductor start(final Node node) {
        final Conductor conductor = new Conductor(node);
        conductor.thread.start();
        return conductor;
    }

    private void run() {
        int cycle = 0;
        while (!closing) {
            try {
                moveEvents();
                if (cycle % CYCLES_PER_LOOK == 0) {
                    watchPorts();
                    watchUnderlay();
                    node.journal().look();
                }
                if (cycle % CYCLES_PER_PATHS == 0) {
                    watchPaths();
                }
                cycle++;
            } catch (final RuntimeException e) {
                LOG.error("conductor", e);
            }
            LockSupport.parkNanos(EVENTS_NANOS);
        }
    }

    private void moveEvents() {
        for (Event event = node.dataplane().pollEvent();
                event != null;
                event = node.dataplane().pollEvent()) {
            node.events().add(event);
            if (event.object().equals("vtep")) {
                LOG.info("vtep {}", event.text());
            }
        }
    }

    private void watchPorts() {
        final Set<String> names = new HashSet<>();
        for (final PortStatus port : node.dataplane().ports()) {
            names.add(port.name());
            final PortState before = states.put(port.name(), port.state());
            if (before != null && before != port.state() && isNoReopening(before)) {
                tell(port);
            }
            if (!closing && (port.state() == PortState.DOWN || port.isOrphaned())) {
                reopen(port.name());
            }
        }
        states.keySet().retainAll(names);
    }

    /** The end of being down or waiting is told by who opens the port. */
    private static boolean isNoReopening(final PortState before) {
        return before != PortState.DOWN && before != PortState.WAITING;
    }

    private void tell(final PortStatus port) {
        final String state = port.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
        final String why = node.whyDown(port);
        final String reason = why.isEmpty() ? "" : ": " + why;
        node.events().add(new Event(System.currentTimeMillis(), "port", port.name() + " is " + state + reason));
    }

    private void reopen(final String port) {
        if (node.machine().slot(port) != null) {
            node.attachments().lost(port);
            return;
        }
        try {
            node.dataplane().reopenPort(port);
            node.whyDown(port, "");
        } catch (final RefusedException e) {
            final String said = String.valueOf(e.getMessage());
            node.whyDown(port, said.replaceFirst("^port \\S+: ", ""));
        }
    }

    private void watchUnderlay() {
        final NodeConfig.Underlay underlay = node.config().underlay();
        if (underlay == null) {
            return;
        }
        try {
            final int before = node.machine().underlayMtu();
            final int mtu = node.machine().underlayMtu(underlay);
            if (mtu != before) {
                node.dataplane().underlayMtu(mtu);
                event(
                        "underlay",
                        "MTU is " + mtu + ", pods get " + node.machine().autoMtu());
                followMtu();
            }
        } catch (final PortException | RefusedException e) {
            LOG.debug("underlay MTU: {}", e.getMessage());
        }
    }

    /** What the kernel knows of the path to each VTEP, which it forgets after a while (RFC 1191 section 6.3). */
    private void watchPaths() {
        for (final PortStatus port : node.dataplane().ports()) {
            if (port.port() instanceof UdpUnderlay underlay) {
                watchPaths(underlay);
            }
        }
    }

    private void watchPaths(final UdpUnderlay underlay) {
        try {
            for (final VtepStatus vtep : node.dataplane().vteps().rows()) {
                final IpAddress address = vtep.address();
                if (vtep.state() == VtepState.READY && address != null) {
                    watchPath(underlay, vtep, address);
                }
            }
        } catch (final RefusedException e) {
            LOG.debug("paths: {}", e.getMessage());
        }
    }

    private void watchPath(final UdpUnderlay underlay, final VtepStatus vtep, final IpAddress address) {
        try {
            final int path = underlay.pathMtu(address);
            if (Mtu.tunnelMtu(path, !address.isIpv4()) != vtep.mtu()) {
                node.dataplane().vteps().pathMtu(address, path);
                event("vtep", "path to " + vtep.label() + " takes " + path);
            }
        } catch (final PortException | RefusedException e) {
            LOG.debug("path to {}: {}", address, e.getMessage());
        }
    }

    private void followMtu() {
        if (node.machine().autoMtu() < NodeConfig.MIN_MTU) {
            event("underlay", "the MTU leaves pods less than " + NodeConfig.MIN_MTU + ", which they keep");
        }
        for (final NodeConfig.PortEntry port : node.setup().ports()) {
            if (port.type() == NodeConfig.PortType.TAP && port.mtu() == 0) {
                setMtu(port, node.machine().mtu(port));
            }
        }
    }

    private void setMtu(final NodeConfig.PortEntry port, final int mtu) {
        if (port.attach()) {
            node.attachments().changed(port.name());
            return;
        }
        try {
            NetworkNamespace.call(port.netns(), () -> {
                try (InterfaceConfig config = new InterfaceConfig(port.ifname())) {
                    config.mtu(mtu);
                    config.gsoMaxSize(node.machine().gsoMaxSize(mtu));
                }
                return mtu;
            });
        } catch (final PortException e) {
            event("port", port.name() + " keeps its MTU: " + e.getMessage());
        }
    }

    private void event(final String object, final String text) {
        node.events().add(new Event(System.currentTimeMillis(), object, text));
    }

    /** Ends the thread; what it is doing is waited for, at most a second. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_MILLIS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
