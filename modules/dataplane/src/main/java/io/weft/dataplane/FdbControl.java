// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.Destination;
import io.weft.switching.BridgeDomain;
import io.weft.switching.FdbEntry;
import io.weft.switching.MacTable;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The control side of the forwarding databases. All methods may be called by any thread. */
public final class FdbControl {
    /** What stands for the node's router where a port's name would. */
    private static final String ROUTER = "router";

    private final Dataplane dataplane;
    private final Workers workers;

    FdbControl(final Dataplane dataplane, final Workers workers) {
        this.dataplane = dataplane;
        this.workers = workers;
    }

    /** All entries of all networks. */
    public List<FdbRow> rows() throws RefusedException {
        synchronized (dataplane) {
            final List<FdbRow> rows = new ArrayList<>();
            for (final String network : dataplane.networkNames()) {
                for (final int index : dataplane.domainsOf(network)) {
                    for (final FdbEntry entry : entries(index)) {
                        rows.add(row(index, entry));
                    }
                }
            }
            return rows;
        }
    }

    /** The entries of a bridge domain. What several workers have appears once, as the one knows it that saw it last. */
    Collection<FdbEntry> entries(final int index) throws RefusedException {
        final Map<Long, FdbEntry> merged = new LinkedHashMap<>();
        for (final List<FdbEntry> entries :
                workers.ask(lane -> macs(lane, index).snapshot(nowSeconds()))) {
            entries.forEach(entry -> merged.merge(entry.mac(), entry, FdbControl::better));
        }
        return merged.values();
    }

    private static FdbEntry better(final FdbEntry one, final FdbEntry other) {
        if (one.state() != other.state()) {
            return one.state() == FdbEntry.State.LEARNED ? other : one;
        }
        return other.ageSeconds() < one.ageSeconds() ? other : one;
    }

    private FdbRow row(final int network, final FdbEntry entry) {
        final NetworkSpec spec = dataplane.networkSpec(network);
        if (spec == null) {
            throw new IllegalStateException("no network " + network);
        }
        final int index = Destination.index(entry.destination());
        final boolean vtep = Destination.isVtep(entry.destination());
        return new FdbRow(
                spec.name(),
                spec.vni(),
                entry.mac(),
                vtep ? null : entry.destination() == Destination.ROUTER ? ROUTER : dataplane.portName(index),
                vtep ? dataplane.vteps().address(index) : null,
                entry.state().name().toLowerCase(Locale.ROOT),
                entry.ageSeconds());
    }

    /** Adds a static entry behind a port; {@code replace} says whether it may take another's place. */
    public void add(final String network, final long mac, final String port, final boolean replace)
            throws RefusedException {
        synchronized (dataplane) {
            addStatic(network, mac, Destination.ofPort(dataplane.portIndex(port, network)), replace);
        }
    }

    /** Adds a static entry behind a VTEP. */
    public void add(final String network, final long mac, final IpAddress vtep, final boolean replace)
            throws RefusedException {
        synchronized (dataplane) {
            addStatic(network, mac, Destination.ofVtep(dataplane.vteps().index(vtep, network)), replace);
        }
    }

    private void addStatic(final String network, final long mac, final int destination, final boolean replace)
            throws RefusedException {
        if (!MacAddress.isUnicastSource(mac)) {
            throw new RefusedException("not a unicast MAC: " + MacAddress.format(mac));
        }
        final int index = dataplane.networkIndex(network);
        refuseTheRouters(index, mac);
        final List<Boolean> added =
                workers.ask(lane -> (replace || !macs(lane, index).isStatic(mac))
                        && macs(lane, index).addStatic(mac, destination, nowSeconds()));
        if (added.contains(false)) {
            throw new RefusedException("network " + network + " has a static entry for " + MacAddress.format(mac)
                    + ", or its table is full");
        }
    }

    private void refuseTheRouters(final int index, final long mac) throws RefusedException {
        if (workers.askFirst(lane -> macs(lane, index).lookup(mac)) == Destination.ROUTER) {
            throw new RefusedException(MacAddress.format(mac) + " is the router's own");
        }
    }

    /** Removes an entry, static or learned. */
    public void remove(final String network, final long mac) throws RefusedException {
        synchronized (dataplane) {
            final int index = dataplane.networkIndex(network);
            refuseTheRouters(index, mac);
            if (!workers.remove(lane -> macs(lane, index).remove(mac)).contains(true)) {
                throw new RefusedException("network " + network + " has no entry for " + MacAddress.format(mac));
            }
        }
    }

    /**
     * Forgets learned entries.
     *
     * @param networkName only of this network, or null
     * @param portName only behind this port, or null
     * @return entries forgotten; of several workers, by the one that had most
     */
    public int flush(final @Nullable String networkName, final @Nullable String portName) throws RefusedException {
        synchronized (dataplane) {
            final int only = networkName == null ? -1 : dataplane.networkIndex(networkName);
            final int destination =
                    portName == null ? Destination.NONE : Destination.ofPort(dataplane.portIndex(portName, null));
            int flushed = 0;
            for (final String network : dataplane.networkNames()) {
                final int index = dataplane.networkIndex(network);
                if (only < 0 || only == index) {
                    flushed += Collections.max(workers.remove(lane -> destination == Destination.NONE
                            ? macs(lane, index).flushLearned()
                            : macs(lane, index).flush(destination, false)));
                }
            }
            return flushed;
        }
    }

    private static MacTable macs(final Lane lane, final int network) {
        final BridgeDomain domain = lane.pipeline().bridge().domain(network);
        if (domain == null) {
            throw new IllegalStateException("no bridge domain " + network);
        }
        return domain.macs();
    }

    private static int nowSeconds() {
        return (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    }
}
