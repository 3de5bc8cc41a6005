// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.Ledger;
import io.weft.dataplane.NetworkStatus;
import io.weft.dataplane.PortStatus;
import io.weft.dataplane.RefusedException;
import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.PortCounter;
import io.weft.frame.WorkerCounter;
import io.weft.journal.JournalState;
import io.weft.journal.JournalStatus;
import io.weft.port.PortState;
import java.util.ArrayList;
import java.util.List;

/**
 * All counters in Prometheus's text format 0.0.4. They count from the start of the node: what {@code clear} hides is none of
 * it.
 */
final class PrometheusText {
    private final Node node;
    private final List<String> lines = new ArrayList<>();

    PrometheusText(final Node node) {
        this.node = node;
    }

    /** One line for each, with HELP and TYPE before the first of a metric. */
    List<String> lines() throws RefusedException {
        final Ledger ledger = node.dataplane().ledger();
        metric("node_info", "gauge", "Always 1; what runs is in the labels.");
        value("node_info", labels("node", node.config().name(), "version", Version.text()), 1);
        gauge("uptime_seconds", "Seconds since the node started.", node.uptimeSeconds());
        counter("received", WorkerCounter.RECEIVED.sentence(), ledger.received());
        counter("created", WorkerCounter.CREATED.sentence(), ledger.created());
        counter("transmitted", WorkerCounter.TRANSMITTED.sentence(), ledger.transmitted());
        counter("consumed", WorkerCounter.CONSUMED.sentence(), ledger.consumed());
        counter("dropped", WorkerCounter.DROPPED.sentence(), ledger.dropped());
        gauge("held", "Frames that the workers hold.", ledger.held());
        for (final WorkerCounter counter : WorkerCounter.values()) {
            worker(counter);
        }
        ports();
        networks();
        drops();
        final JournalStatus journal = node.journal().status();
        if (journal != null) {
            journal(journal);
        }
        return lines;
    }

    private void worker(final WorkerCounter counter) {
        final long value = node.counters().get(counter);
        switch (counter) {
            case RECEIVED, CREATED, TRANSMITTED, CONSUMED, DROPPED, HELD -> {
                // From the ledger, which the workers tell between two cycles: there they balance.
            }
            case NEIGHBORS, FLOWS, FLOWS_ALARM -> gauge(counter.label(), counter.sentence(), value);
            default -> counter(counter.label(), counter.sentence(), value);
        }
    }

    private void ports() {
        final List<PortStatus> ports = node.dataplane().ports();
        metric("port_up", "gauge", "1 if the port is up.");
        for (final PortStatus port : ports) {
            value("port_up", portLabels(port), port.state() == PortState.UP ? 1 : 0);
        }
        for (final PortCounter counter : PortCounter.values()) {
            final String name = "port_" + counter.label() + "_total";
            metric(name, "counter", help(counter));
            for (final PortStatus port : ports) {
                value(name, portLabels(port), node.counters().getPort(port.index(), counter));
            }
        }
    }

    private static String help(final PortCounter counter) {
        return switch (counter) {
            case RX_FRAMES -> "Frames received by the port; a super-frame is one.";
            case RX_BYTES -> "Octets received by the port.";
            case TX_FRAMES -> "Frames sent by the port; a super-frame is one.";
            case TX_BYTES -> "Octets sent by the port.";
            case TX_DROPPED -> "Frames that the port could not send.";
            case RX_SEGMENTS -> "Packets received by the port as they are on a wire.";
            case TX_SEGMENTS -> "Packets sent by the port as they are on a wire.";
        };
    }

    private static String portLabels(final PortStatus port) {
        return port.network() == null
                ? labels("port", port.name())
                : labels("port", port.name(), "network", port.network());
    }

    private void networks() throws RefusedException {
        metric("network_macs", "gauge", "Entries of the network's forwarding database.");
        for (final NetworkStatus network : node.dataplane().networks()) {
            value("network_macs", labels("network", network.spec().name()), network.macs());
        }
    }

    /** Every reason has a line, and so has each port of which it is true. */
    private void drops() {
        final String name = "drops_total";
        metric(name, "counter", "Frames lost, by reason and port of ingress; port \"\" are ports that were removed.");
        final Counters counters = node.counters();
        for (final DropReason reason : DropReason.values()) {
            value(
                    name,
                    labels("reason", reason.label(), "port", ""),
                    node.dataplane().removedDrops(reason));
            for (final PortStatus port : node.dataplane().ports()) {
                final long frames = counters.getDrop(port.index(), reason);
                if (frames > 0) {
                    value(name, labels("reason", reason.label(), "port", port.name()), frames);
                }
            }
        }
    }

    private void journal(final JournalStatus journal) {
        counter("journal_events", "Events of flows written to the journal.", journal.appended());
        counter(
                "journal_lost",
                "Events of flows lost because the journal was behind, its disk was full, or it failed.",
                journal.ringLost() + journal.lost());
        gauge("journal_octets", "Octets that the journal takes on disk.", journal.octets());
        metric("journal_state", "gauge", "1 for what the journal does now.");
        for (final JournalState state : JournalState.values()) {
            value("journal_state", labels("state", state.label()), state == journal.state() ? 1 : 0);
        }
    }

    private void counter(final String label, final String help, final long value) {
        metric(label + "_total", "counter", help);
        value(label + "_total", "", value);
    }

    private void gauge(final String label, final String help, final long value) {
        metric(label, "gauge", help);
        value(label, "", value);
    }

    private void metric(final String label, final String type, final String help) {
        final String name = name(label);
        lines.add("# HELP " + name + " " + help.replace("\\", "\\\\"));
        lines.add("# TYPE " + name + " " + type);
    }

    private void value(final String label, final String labels, final long value) {
        lines.add(name(label) + labels + " " + value);
    }

    private static String name(final String label) {
        return "weft_" + label.replace('-', '_');
    }

    private static String labels(final String... pairs) {
        final StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < pairs.length; i += 2) {
            text.append(i == 0 ? "" : ",").append(pairs[i]).append("=\"");
            text.append(pairs[i + 1].replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
            text.append('"');
        }
        return text.append('}').toString();
    }
}
