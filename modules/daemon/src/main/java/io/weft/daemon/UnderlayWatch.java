// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.Event;
import io.weft.dataplane.PortStatus;
import io.weft.dataplane.RefusedException;
import io.weft.port.AddressWatch;
import io.weft.port.PortException;
import io.weft.port.PortState;
import io.weft.wire.IpAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the node's own VTEP address where the file says only in which prefix it lies. The kernel tells when an address comes or
 * goes; twice a second is looked for what it may not have told. A new address: the underlay port is opened there. None: it waits.
 */
final class UnderlayWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UnderlayWatch.class);
    private static final int LOOK_MILLIS = 500;
    private static final long CLOSE_MILLIS = 1_000;

    private final Node node;
    private final NodeConfig.Underlay underlay;
    private final AddressWatch kernel;
    private final Thread thread;
    private volatile boolean closing;

    private UnderlayWatch(final Node node, final NodeConfig.Underlay underlay) throws PortException {
        this.node = node;
        this.underlay = underlay;
        this.kernel = new AddressWatch(LOOK_MILLIS);
        this.thread = Thread.ofPlatform().daemon().name("weft-underlay").unstarted(this::run);
    }

    static UnderlayWatch start(final Node node, final NodeConfig.Underlay underlay) throws PortException {
        final UnderlayWatch watch = new UnderlayWatch(node, underlay);
        watch.thread.start();
        return watch;
    }

    private void run() {
        while (!closing) {
            try {
                look();
            } catch (final PortException | RuntimeException e) {
                LOG.error("underlay", e);
            }
            kernel.await();
        }
        kernel.close();
    }

    private void look() throws PortException {
        final IpAddress before = node.machine().underlayAddress();
        final IpAddress now = node.machine().findUnderlayAddress(underlay);
        if (!Objects.equals(before, now)) {
            moved(before, now);
        } else if (now != null && isWaiting()) {
            // It could not be opened when the address came: one of IPv6 is looked for duplicates first (RFC 4862).
            reopen();
        }
    }

    private boolean isWaiting() {
        return node.dataplane().ports().stream()
                .anyMatch(port -> isUnderlay(port) && port.state() == PortState.WAITING);
    }

    private static boolean isUnderlay(final PortStatus port) {
        return port.network() == null;
    }

    private void moved(final @Nullable IpAddress before, final @Nullable IpAddress now) {
        final String what = now == null
                ? "no address in " + underlay.prefix() + " any more, was " + before
                : "address is " + now + (before == null ? "" : ", was " + before);
        LOG.info("underlay: {}", what);
        node.events().add(new Event(System.currentTimeMillis(), "underlay", what));
        reopen();
        try {
            node.setup().underlayMoved(now);
        } catch (final RefusedException e) {
            LOG.error("underlay: {}", e.getMessage());
        }
    }

    /** What fails is tried again here while the port waits, by the conductor once it is down. */
    private void reopen() {
        try {
            node.dataplane().reopenPort(NodeSetup.UNDERLAY);
            node.whyDown(NodeSetup.UNDERLAY, "");
        } catch (final RefusedException e) {
            LOG.debug("underlay: {}", e.getMessage());
            node.whyDown(NodeSetup.UNDERLAY, String.valueOf(e.getMessage()));
        }
    }

    /** Ends the thread; what it is doing is waited for, at most a second. */
    @Override
    public void close() {
        closing = true;
        try {
            thread.join(CLOSE_MILLIS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
