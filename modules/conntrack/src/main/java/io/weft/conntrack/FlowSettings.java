// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

/**
 * Limits of a flow table. Times are seconds, 1 to {@link #MAX_SECONDS}; a flow ends when no frame of it came for as long as its state
 * says.
 *
 * @param maxFlows flows at most, {@link #MIN_FLOWS} to {@link #MAX_FLOWS}; each takes 150 octets from the time there were as many
 * @param perSource flows that one source address may have begun, 1 to {@code maxFlows}
 * @param tcpEstablished RFC 5382 REQ-5: 2 hours and 4 minutes or more
 * @param tcpTransitory half open or half closed; RFC 5382 REQ-5: 4 minutes or more
 * @param tcpClosed how long the last answers of a closed connection still belong to it
 * @param udp RFC 4787 REQ-5: 2 minutes or more, better 5
 * @param icmp RFC 5508 REQ-2: 60 seconds or more
 * @param other all other protocols
 * @param update from one event of an open flow to the next
 */
public record FlowSettings(
        int maxFlows,
        int perSource,
        int tcpEstablished,
        int tcpTransitory,
        int tcpClosed,
        int udp,
        int icmp,
        int other,
        int update) {
    /** Flows that a table has room for at least. */
    public static final int MIN_FLOWS = 64;
    /** Flows at most: 23 bits of {@code Frame.flow}. */
    public static final int MAX_FLOWS = (1 << 23) - 1;
    /** A week. */
    public static final int MAX_SECONDS = 604_800;
    /** As the RFCs recommend. */
    public static final FlowSettings DEFAULT = new FlowSettings(131_072, 131_072 / 4, 7_440, 240, 10, 300, 60, 600, 60);

    /** Checks the ranges. */
    public FlowSettings {
        check("flows", maxFlows, MIN_FLOWS, MAX_FLOWS);
        check("flows per source", perSource, 1, maxFlows);
        seconds("established", tcpEstablished);
        seconds("transitory", tcpTransitory);
        seconds("closed", tcpClosed);
        seconds("UDP", udp);
        seconds("ICMP", icmp);
        seconds("other", other);
        seconds("update", update);
    }

    /** The same with another number of flows, of which one source may begin a quarter. */
    public FlowSettings withMaxFlows(final int flows) {
        return new FlowSettings(
                flows, Math.max(1, flows / 4), tcpEstablished, tcpTransitory, tcpClosed, udp, icmp, other, update);
    }

    /** The same with another share of one source. */
    public FlowSettings withPerSource(final int flows) {
        return new FlowSettings(maxFlows, flows, tcpEstablished, tcpTransitory, tcpClosed, udp, icmp, other, update);
    }

    private static void seconds(final String name, final int value) {
        check(name + " seconds", value, 1, MAX_SECONDS);
    }

    private static void check(final String name, final int value, final int least, final int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be " + least + " to " + most + ", not " + value);
        }
    }
}
