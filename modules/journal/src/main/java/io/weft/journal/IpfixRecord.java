// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowEventType;
import io.weft.frame.DropReason;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Tcp;
import java.util.concurrent.TimeUnit;

/**
 * What a data record tells: an event, and what its flow grew by since the flow's record before.
 *
 * @param event any of the flow
 * @param start nanoseconds since 1970: of the flow's first frame, or the last one of the record before
 * @param vni 0 if it is not known
 * @param turned true if the record's source is the one who answered
 */
record IpfixRecord(
        FlowEvent event,
        long start,
        long frames,
        long octets,
        long replyFrames,
        long replyOctets,
        int vni,
        boolean turned) {
    private static final int VXLAN = 1;
    /** A way that is not known, as SNMP has it; others are one more than in events. */
    private static final int NO_INTERFACE = 0;

    /** Both are parts of one flow, {@code later} the later one. */
    IpfixRecord plus(final IpfixRecord later) {
        return new IpfixRecord(
                later.event,
                start,
                frames + later.frames,
                octets + later.octets,
                replyFrames + later.replyFrames,
                replyOctets + later.replyOctets,
                later.vni,
                turned);
    }

    /** The originator's direction alone. */
    IpfixRecord forward() {
        return new IpfixRecord(event, start, frames, octets, 0, 0, vni, false);
    }

    /** The other direction alone, as a flow of its own. */
    IpfixRecord backward() {
        return new IpfixRecord(event, start, replyFrames, replyOctets, 0, 0, vni, true);
    }

    /** The same with an event of its own. */
    IpfixRecord kept() {
        return new IpfixRecord(event.copy(), start, frames, octets, replyFrames, replyOctets, vni, turned);
    }

    boolean isEmpty() {
        return frames == 0 && replyFrames == 0 && octets == 0 && replyOctets == 0;
    }

    IpAddress source() {
        return turned ? event.destination() : event.source();
    }

    IpAddress destination() {
        return turned ? event.source() : event.destination();
    }

    int sourcePort() {
        return turned ? event.destinationPort() : event.sourcePort();
    }

    int destinationPort() {
        return turned ? event.sourcePort() : event.destinationPort();
    }

    /** Of ICMP: type * 256 + code of the originator's. */
    int typeAndCode() {
        return event.destinationPort();
    }

    int flags() {
        return turned ? event.replyFlags() : event.flags();
    }

    int replyFlags() {
        return turned ? event.flags() : event.replyFlags();
    }

    long startMillis() {
        return TimeUnit.NANOSECONDS.toMillis(start);
    }

    long endMillis() {
        return TimeUnit.NANOSECONDS.toMillis(event.last());
    }

    int ingress() {
        return way(turned ? event.egress() : event.ingress());
    }

    int egress() {
        return way(turned ? event.ingress() : event.egress());
    }

    private static int way(final int way) {
        return way == FlowEvent.NONE ? NO_INTERFACE : way + 1;
    }

    /** layer2SegmentId (351): type and number. */
    long segment() {
        return vni == 0 ? 0 : ((long) VXLAN << 56) | vni;
    }

    /** biflowDirection (239): 1, the source is the initiator; 2, the destination is; 0 for TCP whose SYN was not seen. */
    int direction() {
        if (event.protocol() == Ipv4.PROTOCOL_TCP && (event.flags() & Tcp.SYN) == 0) {
            return 0;
        }
        return turned ? 2 : 1;
    }

    /** flowEndReason (136): 1 idle, 2 still active, 3 end seen, 4 the exporter ended it, 5 lack of room. */
    int endReason() {
        if (event.type() != FlowEventType.CLOSE) {
            return 2;
        }
        return switch (event.cause()) {
            case IDLE -> 1;
            case EVICTED -> 5;
            case ENDED -> 4;
            default -> 3;
        };
    }

    /** forwardingStatus (89, RFC 7270 section 4.12): 64 and above forwarded, 128 dropped, 192 consumed; 0 not known. */
    int forwardingStatus() {
        return switch (event.verdict()) {
            case NONE -> 0;
            case FORWARDED -> 64;
            case DROPPED -> dropped(event.reason());
            case LOCAL -> 195;
        };
    }

    /** The closest code; 128, dropped for another reason, where there is none. */
    private static int dropped(final int reason) {
        if (reason == DropReason.NO_ROUTE.id() || reason == DropReason.UNREACHABLE_ROUTE.id()) {
            return 131;
        }
        if (reason == DropReason.NEIGHBOR_UNRESOLVED.id() || reason == DropReason.NEIGHBOR_QUEUE_FULL.id()) {
            return 132;
        }
        if (reason == DropReason.FRAGMENTATION_NEEDED.id() || reason == DropReason.MTU_EXCEEDED.id()) {
            return 133;
        }
        if (reason == DropReason.IP_CHECKSUM.id()) {
            return 134;
        }
        if (reason == DropReason.TTL_EXCEEDED.id()) {
            return 137;
        }
        return reason == DropReason.PROHIBIT_ROUTE.id() ? 129 : 128;
    }
}
