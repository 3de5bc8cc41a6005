// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.CloseCause;
import io.weft.conntrack.FlowEventType;
import io.weft.conntrack.Verdict;
import io.weft.frame.DropReason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/** Lives of flows as a node would tell them, over some minutes: IPv4 and IPv6, TCP, UDP and ICMP, forwarded and dropped. */
final class RandomFlows {
    private static final int[] PROTOCOLS = {6, 17, 1};

    private RandomFlows() {}

    /** Events in the order of their times. */
    static List<MadeEvent> events(final long seed, final int flows) {
        final SplittableRandom random = new SplittableRandom(seed);
        final List<MadeEvent> events = new ArrayList<>();
        for (int flow = 1; flow <= flows; flow++) {
            events.addAll(life(random, flow));
        }
        events.sort(Comparator.comparingLong(event -> event.event().time()));
        return events;
    }

    private static List<MadeEvent> life(final SplittableRandom random, final int flow) {
        final List<MadeEvent> life = new ArrayList<>();
        final boolean six = random.nextBoolean();
        final int protocol = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
        final String destination = six ? "fd00::2" : random.nextBoolean() ? "10.0.0.2" : "192.0.2.1";
        final int port = 1_024 + flow;
        final long first = random.nextLong(300_000);
        final int end = random.nextInt(4);
        final long[] counters = {1, random.nextLong(60, 1_500), 0, 0};
        long time = first;
        for (int i = 0; i <= end + 1; i++) {
            final FlowEventType type = i == 0
                    ? FlowEventType.OPEN
                    : i <= end ? FlowEventType.UPDATE : random.nextBoolean() ? FlowEventType.CLOSE : FlowEventType.DROP;
            final MadeEvent event = MadeEvent.of(type, flow, time)
                    .life(first, time)
                    .protocol(protocol == 1 && six ? 58 : protocol)
                    .ends(six ? "fd00::1" : "10.0.0.1", port, destination, protocol == 1 ? (six ? 0x8000 : 0x800) : 443)
                    .counters(counters[0], counters[1], counters[2], counters[3]);
            event.verdict(random.nextInt(4) == 0 ? Verdict.LOCAL : Verdict.FORWARDED);
            if (type == FlowEventType.CLOSE) {
                event.cause(CloseCause.IDLE);
            } else if (type == FlowEventType.DROP || random.nextInt(8) == 0) {
                event.dropped(DropReason.NO_ROUTE, 1);
            }
            life.add(event);
            time += type == FlowEventType.OPEN ? random.nextLong(1, 60_000) : 60_000;
            for (int c = 0; c < counters.length; c++) {
                counters[c] += random.nextLong(c % 2 == 0 ? 100 : 100_000);
            }
        }
        return life;
    }
}
