// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

/** Counters that a worker has once. The first five are the conservation ledger. */
public enum WorkerCounter {
    RECEIVED("received", "Frames that came to be in this worker: from ports and of its own making."),
    CREATED("created", "Of those, made by the worker: copies for flooding, parts of datagram trains, replies."),
    TRANSMITTED("transmitted", "Frames that left by a port."),
    CONSUMED("consumed", "Frames that were meant for the node itself."),
    DROPPED("dropped", "Frames lost, by reason in the drop counters."),
    HELD("held", "Gauge: frames that the worker holds at the end of a cycle."),
    CYCLES("cycles", "Duty cycles that found work."),
    BLOCKED("blocked", "Times that the worker went to sleep for want of work."),
    COMMANDS("commands", "Control commands carried out."),
    LEARNED("learned", "MACs learned."),
    MOVED("moved", "Learned MACs that moved to another port or VTEP."),
    AGED("aged", "Learned MACs that aged out."),
    FLAPPED("flapped", "Times that a MAC was damped because it moved too often."),
    FLOODED("flooded", "Frames flooded: unknown unicast, broadcast, multicast."),
    CAPTURED("captured", "Frames copied for captures."),
    CAPTURE_LOST("capture-lost", "Frames that a capture missed because its ring was full."),
    ROUTED("routed", "Frames that the router forwarded."),
    FRAGMENTED("fragmented", "IPv4 packets that the router cut into fragments."),
    ICMP_ECHO("icmp-echo", "Echo requests answered for the router's own addresses."),
    ICMP_ERRORS("icmp-errors", "ICMP and ICMPv6 errors sent."),
    ICMP_LIMITED("icmp-limited", "ICMP and ICMPv6 errors not sent because of their rate."),
    NEIGHBORS("neighbors", "Gauge: entries of the neighbor table."),
    NEIGHBOR_SOLICITED("neighbor-solicited", "ARP requests and neighbor solicitations sent."),
    NEIGHBOR_ANSWERED("neighbor-answered", "ARP requests and solicitations for the router's own addresses answered."),
    NEIGHBOR_SUPPRESSED("neighbor-suppressed", "Those answered for a remote pod instead of being flooded."),
    NEIGHBOR_FAILED("neighbor-failed", "Neighbors that did not answer."),
    NEIGHBOR_EVICTED("neighbor-evicted", "Neighbor entries given up for others."),
    NEIGHBOR_DUPLICATES("neighbor-duplicates", "Claims to an address that somebody else has."),
    TOLD("told", "What this worker learned and told the other workers, once for each of them."),
    HEARD("heard", "What this worker was told by the other workers."),
    UNTOLD("untold", "What could not be told at the time because a worker had not listened; it is told again later."),
    FLOWS("flows", "Gauge: entries of the flow table."),
    FLOWS_ALARM(
            "flows-alarm", "Gauge: workers whose flow table is nearly full; from nine tenths until three quarters."),
    FLOWS_OPENED("flows-opened", "Flows begun."),
    FLOWS_CLOSED("flows-closed", "Flows ended, for whatever cause."),
    FLOWS_EVICTED("flows-evicted", "Flows ended, without an answer yet, because their place was needed."),
    FLOWS_UNTRACKED(
            "flows-untracked",
            "Frames forwarded without a flow because the table, or the source's share of it, was full."),
    FLOW_EVENTS("flow-events", "Events of flows for the journal, lost ones included."),
    FLOW_EVENTS_LOST("flow-events-lost", "Events of flows that were lost because the journal was behind.");

    private final String label;
    private final String sentence;

    WorkerCounter(final String label, final String sentence) {
        this.label = label;
        this.sentence = sentence;
    }

    /** Lower-case word with hyphens. */
    public String label() {
        return label;
    }

    /** What is counted. */
    public String sentence() {
        return sentence;
    }
}
