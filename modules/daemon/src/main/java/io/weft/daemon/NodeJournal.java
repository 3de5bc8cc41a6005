// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.daemon.NodeConfig.JournalEntry;
import io.weft.dataplane.Event;
import io.weft.dataplane.PortStatus;
import io.weft.dataplane.RefusedException;
import io.weft.frame.Counters;
import io.weft.frame.WorkerCounter;
import io.weft.journal.FlowNames;
import io.weft.journal.FlowNames.NetworkName;
import io.weft.journal.FlowNames.PortName;
import io.weft.journal.JournalException;
import io.weft.journal.JournalSettings;
import io.weft.journal.JournalStatus;
import io.weft.journal.JournalWriter;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node's journal, if its file asks for one, and what the numbers in its events stand for. */
final class NodeJournal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeJournal.class);

    private final Node node;
    private final @Nullable JournalWriter writer;
    /** Looked at by the journal's thread, which may not wait for the dataplane's lock. */
    private volatile FlowNames names;

    private NodeJournal(final Node node, final long[] madeBefore) throws RefusedException {
        this.node = node;
        this.names = new FlowNames(node.config().name(), Map.of(), Map.of(), Map.of());
        final JournalEntry entry = node.config().journal();
        if (entry == null) {
            writer = null;
            return;
        }
        try {
            RunDirectory.createIfAbsent(entry.dir());
            writer = JournalWriter.open(
                    JournalSettings.of(entry.dir(), entry.retainOctets(), entry.retainAge()),
                    node.config().name(),
                    node.dataplane().flowRings(),
                    () -> names,
                    madeBefore,
                    this::tell);
        } catch (final IOException e) {
            throw new RefusedException("journal " + entry.dir() + " can't be made: " + e.getMessage(), e);
        } catch (final JournalException e) {
            throw new RefusedException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Begins the journal, before there are flows.
     *
     * @param madeBefore as {@link #madeBefore} has found them
     */
    static NodeJournal open(final Node node, final long[] madeBefore) throws RefusedException {
        return new NodeJournal(node, madeBefore);
    }

    /**
     * How many events each worker of a node that was killed had made: its counters outlive it. To be asked before the node's own are
     * made, in the same place.
     *
     * @return -1 for each if it is not known
     */
    static long[] madeBefore(final Path counters, final int workers) {
        final long[] made = new long[workers];
        Arrays.fill(made, -1);
        final File file = counters.toFile();
        if (Files.exists(counters)) {
            try {
                final Counters last = Counters.open(file);
                for (int worker = 0; worker < Math.min(workers, last.workers()); worker++) {
                    made[worker] = last.worker(worker).get(WorkerCounter.FLOW_EVENTS);
                }
                last.close();
            } catch (final IllegalArgumentException | IllegalStateException e) {
                LOG.debug("counters of the node before: {}", e.getMessage());
            }
        }
        return made;
    }

    private void tell(final String line) {
        LOG.info("journal: {}", line);
        node.events().add(new Event(System.currentTimeMillis(), "journal", line));
    }

    /** How the journal is; null if there is none. */
    @Nullable
    JournalStatus status() {
        return writer == null ? null : writer.status();
    }

    FlowNames names() {
        return names;
    }

    /** Looks at what ports, networks and VTEPs are called now. About once a second, not by a worker or the journal. */
    void look() {
        final FlowNames now = new FlowNames(node.config().name(), ports(), networks(), vteps());
        if (!now.equals(names)) {
            names = now;
        }
    }

    private Map<Integer, PortName> ports() {
        final Map<String, NodeConfig.PortEntry> entries = new HashMap<>();
        node.setup().ports().forEach(entry -> entries.put(entry.name(), entry));
        final Map<Integer, PortName> ports = new HashMap<>();
        for (final PortStatus port : node.dataplane().ports()) {
            final NodeConfig.PortEntry entry = entries.get(port.name());
            // A pod has the name of its port.
            final boolean isPod = entry != null && entry.type() == NodeConfig.PortType.TAP && !entry.isHost();
            final List<IpAddress> addresses = entry == null
                    ? List.of()
                    : entry.addresses().stream().map(IpPrefix::address).toList();
            final String network = port.network() == null ? "" : port.network();
            ports.put(port.index(), new PortName(port.name(), network, isPod ? port.name() : null, addresses));
        }
        return ports;
    }

    private Map<Integer, NetworkName> networks() {
        final Map<Integer, NetworkName> networks = new HashMap<>();
        node.dataplane()
                .networkSpecs()
                .forEach((index, spec) -> networks.put(index, new NetworkName(spec.name(), Math.max(0, spec.vni()))));
        return networks;
    }

    private Map<Integer, String> vteps() {
        final Map<Integer, String> vteps = new HashMap<>();
        node.dataplane().vteps().labels().forEach(vteps::put);
        return vteps;
    }

    @Override
    public void close() {
        if (writer != null) {
            writer.close();
        }
    }
}
