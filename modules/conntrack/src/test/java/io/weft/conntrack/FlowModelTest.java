// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.wire.IpAddress;
import io.weft.wire.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The table against maps: random frames of few hosts, time that goes on by leaps, and a table that at times is too small. */
class FlowModelTest {
    private static final int STEPS = 1_500;
    private static final int[] FLAGS = {
        Tcp.SYN, Tcp.SYN | Tcp.ACK, Tcp.ACK, Tcp.ACK, Tcp.ACK | Tcp.PSH, Tcp.FIN | Tcp.ACK, Tcp.RST
    };

    /** One end and the other, the smaller first. */
    private record Key(int scope, int protocol, String a, int portA, String b, int portB) {
        static Key of(
                final int scope,
                final int protocol,
                final String from,
                final int fromPort,
                final String to,
                final int toPort) {
            final boolean isSorted = (from + ' ' + fromPort).compareTo(to + ' ' + toPort) <= 0;
            return isSorted
                    ? new Key(scope, protocol, from, fromPort, to, toPort)
                    : new Key(scope, protocol, to, toPort, from, fromPort);
        }

        static Key of(final FlowEvent flow) {
            return of(
                    flow.network(),
                    flow.protocol(),
                    flow.source().toString(),
                    flow.sourcePort(),
                    flow.destination().toString(),
                    flow.destinationPort());
        }
    }

    /** What was fed of a key: frames and octets, and what of it the source sent. */
    private static final class Total {
        long frames;
        long octets;
        long drops;
    }

    private final Map<Key, Total> fed = new HashMap<>();
    private final Map<Key, Total> told = new HashMap<>();
    private final Set<Long> open = new HashSet<>();
    private final Set<Long> closed = new HashSet<>();
    private long nextNumber;

    @Test
    void shouldCountEveryFrameOfEveryFlowOnce() {
        Seeds.each(
                20,
                random -> run(random, FlowSettings.DEFAULT.withMaxFlows(4_096).withPerSource(4_096)));
    }

    @Test
    void shouldAccountForEveryFrameWhenTheTableIsTooSmall() {
        Seeds.each(20, random -> run(random, FlowSettings.DEFAULT.withMaxFlows(64 + random.nextInt(64))));
    }

    private void run(final SplittableRandom random, final FlowSettings settings) {
        fed.clear();
        told.clear();
        open.clear();
        closed.clear();
        nextNumber = 0;
        final FlowRig rig = new FlowRig(settings);
        final boolean isAmple = settings.maxFlows() == 4_096;
        for (int step = 0; step < STEPS; step++) {
            final int frames = 1 + random.nextInt(8);
            final List<Frame> vector = new ArrayList<>();
            for (int i = 0; i < frames; i++) {
                vector.add(frame(rig, random));
            }
            rig.process(vector.toArray(Frame[]::new));
            vector.forEach(frame -> finish(rig, frame, random));
            rig.tracker.settle();
            rig.advance(Duration.ofMillis(random.nextInt(100) == 0 ? random.nextInt(400_000) : random.nextInt(200)));
            hear(rig);
            if (isAmple) {
                assertThat(open).hasSize(rig.tracker.size());
            }
        }
        assertThat(rig.count(WorkerCounter.FLOWS_OPENED) - rig.count(WorkerCounter.FLOWS_CLOSED))
                .isEqualTo(rig.tracker.size());
        if (isAmple) {
            assertThat(rig.count(WorkerCounter.FLOWS_UNTRACKED)).isZero();
            compareOpen(rig);
        }
        assertThat(rig.tracker.end()).isTrue();
        hear(rig);
        assertThat(open).isEmpty();
        compareAll();
    }

    private final Map<Frame, Key> keys = new HashMap<>();

    private Frame frame(final FlowRig rig, final SplittableRandom random) {
        final boolean isIpv4 = random.nextBoolean();
        final String from = (isIpv4 ? "10.0.0." : "fd00::") + (1 + random.nextInt(3));
        final String to = (isIpv4 ? "10.0.0." : "fd00::") + (1 + random.nextInt(3));
        final int fromPort = 1 + random.nextInt(4);
        final int toPort = 1 + random.nextInt(4);
        final FrameBuilder builder = FrameBuilder.frame().payload(random.nextInt(100));
        final FrameBuilder ip = isIpv4 ? builder.ipv4(from, to) : builder.ipv6(from, to);
        final int network = random.nextInt(2);
        final boolean isTcp = random.nextBoolean();
        final FrameBuilder whole = isTcp
                ? ip.tcp(fromPort, toPort, 1, 1, FLAGS[random.nextInt(FLAGS.length)], 1000, new byte[0])
                : ip.udp(fromPort, toPort);
        final Frame frame = whole.parsedInto(rig.pool, random.nextInt(4));
        frame.network = network;
        keys.put(frame, Key.of(network, isTcp ? 6 : 17, text(from), fromPort, text(to), toPort));
        return frame;
    }

    private static String text(final String address) {
        return IpAddress.parse(address).toString();
    }

    /** A frame without a flow was not counted. */
    private void finish(final FlowRig rig, final Frame frame, final SplittableRandom random) {
        final Key key = keys.remove(frame);
        if (frame.flow != Frame.NONE && key != null) {
            final Total total = total(fed, key);
            total.frames++;
            total.octets += frame.end() - frame.l3Offset;
        }
        if (random.nextInt(5) == 0) {
            // If its flow ended within the vector, nobody counts the drop.
            final boolean isCurrent = rig.tracker.isCurrent(frame);
            rig.tracker.dropped(frame, random.nextBoolean() ? DropReason.NO_ROUTE : DropReason.TX_FULL);
            if (isCurrent && key != null) {
                total(fed, key).drops++;
            }
        } else {
            rig.sent(frame, random.nextInt(4));
        }
        rig.pool.consumed(frame);
    }

    private void hear(final FlowRig rig) {
        for (final FlowEvent event : rig.events()) {
            assertThat(event.number()).isEqualTo(nextNumber++);
            switch (event.type()) {
                case OPEN ->
                    assertThat(open.add(event.flow()) && !closed.contains(event.flow()))
                            .isTrue();
                case UPDATE, DROP -> assertThat(open).contains(event.flow());
                case CLOSE -> {
                    assertThat(open.remove(event.flow()) && closed.add(event.flow()))
                            .isTrue();
                    add(event, told);
                }
                default -> throw new AssertionError("an event of no type");
            }
        }
    }

    private static void add(final FlowEvent event, final Map<Key, Total> totals) {
        final Total total = total(totals, Key.of(event));
        total.frames += event.frames() + event.replyFrames();
        total.octets += event.octets() + event.replyOctets();
        total.drops += event.drops();
    }

    private static Total total(final Map<Key, Total> totals, final Key key) {
        totals.putIfAbsent(key, new Total());
        return Objects.requireNonNull(totals.get(key));
    }

    /** What is open is one flow of each key, with all that was not told. */
    private void compareOpen(final FlowRig rig) {
        final Set<Key> seen = new HashSet<>();
        for (final FlowEvent flow : rig.flows()) {
            assertThat(open).contains(flow.flow());
            assertThat(seen.add(Key.of(flow))).isTrue();
        }
    }

    private void compareAll() {
        assertThat(told.keySet()).isEqualTo(fed.keySet());
        told.forEach((key, total) -> {
            final Total expected = fed.getOrDefault(key, new Total());
            assertThat(total.frames).as("frames of %s", key).isEqualTo(expected.frames);
            assertThat(total.octets).as("octets of %s", key).isEqualTo(expected.octets);
            assertThat(total.drops).as("drops of %s", key).isEqualTo(expected.drops);
        });
    }
}
