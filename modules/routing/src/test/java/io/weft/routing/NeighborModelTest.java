// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.Seeds;
import io.weft.wire.Arp;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** {@link NeighborTable} against {@link SlowNeighborTable}: the same events in the same order, and the same entries. */
final class NeighborModelTest {
    private static final int OPERATIONS = 1_000_000;
    private static final int NETWORKS = 2;
    private static final int PORTS = 4;
    private static final long MAC = 0x0200_0000_0100L;

    /** Frames and questions that left; apart from what was lost, because they leave together and a moment later. */
    private final List<String> sent = new ArrayList<>();

    private final List<String> lost = new ArrayList<>();
    private final Counters counters = Counters.inMemory(PORTS);
    private final FramePool pool = new FramePool(64, counters);
    private final RouterInterfaces legs = new RouterInterfaces(NETWORKS);
    private final Egress egress = new Egress(this::leave);

    @Test
    void shouldAgreeWithSlowOracleOverMillionRandomOperations() {
        pool.dropObserver((frame, reason) -> {
            if (reason != DropReason.NOT_SERVED) {
                lost.add("drop " + number(frame) + " " + reason.label());
            }
        });
        for (int network = 0; network < NETWORKS; network++) {
            legs.put(new RouterInterface(
                    network, "n" + network, 0, 0x0200_0000_00FEL, List.of(IpPrefix.parse("10.0.0.254/16")), 1500));
        }
        // Few addresses meet each other in every order; many fill the table, whose owners then evict each other.
        Seeds.each(1, random -> {
            compare(8, 24, OPERATIONS / 2, random);
            compare(40, 24, OPERATIONS / 4, random);
            compare(100, 60, OPERATIONS / 4, random);
        });
    }

    private void compare(final int addresses, final int capacity, final int operations, final SplittableRandom random) {
        final NeighborConfig config =
                new NeighborConfig(capacity, 3, 20, 3000, 100, 3, 2, 500, 9000, 700, 1000, 200, PORTS, 2);
        final long seed = random.nextLong();
        final SlowNeighborTable slow = new SlowNeighborTable(config, new SplittableRandom(seed));
        final NeighborTable fast = new NeighborTable(
                pool,
                config,
                legs,
                egress,
                frame -> {
                    lost.add("refuse " + number(frame));
                    pool.drop(frame, DropReason.NOT_SERVED);
                },
                NeighborListener.NONE,
                new SplittableRandom(seed));
        long now = 5;
        fast.tick(now);
        slow.tick(now);
        for (int i = 0; i < operations; i++) {
            if (random.nextInt(8) == 0) {
                now += random.nextInt(random.nextInt(50) == 0 ? 4000 : 60);
                fast.tick(now);
                slow.tick(now);
            } else {
                step(fast, slow, random, addresses, i);
            }
            egress.flush();
            compareEvents(slow, i);
            if (i % 1024 == 0) {
                assertSame(fast, slow, now);
            }
        }
        assertSame(fast, slow, now);
        fast.flush(NeighborTable.ALL_NETWORKS, false);
        lost.clear();
        assertThat(pool.inUse()).isZero();
        assertThat(fast.size()).isZero();
    }

    private void compareEvents(final SlowNeighborTable slow, final int operations) {
        if (sent.isEmpty() && lost.isEmpty() && slow.sent.isEmpty() && slow.lost.isEmpty()) {
            return;
        }
        assertThat(sent).as("after %d operations", operations).isEqualTo(slow.sent);
        assertThat(lost).as("after %d operations", operations).isEqualTo(slow.lost);
        sent.clear();
        lost.clear();
        slow.sent.clear();
        slow.lost.clear();
    }

    private void step(
            final NeighborTable fast,
            final SlowNeighborTable slow,
            final SplittableRandom random,
            final int addresses,
            final int number) {
        final int network = random.nextInt(NETWORKS);
        final IpAddress address = IpAddress.ofIpv4(0x0A000000 + random.nextInt(addresses));
        final long mac = MAC + random.nextInt(2);
        final int port = Math.max(0, random.nextInt(3 * PORTS) - 2 * PORTS);
        final int vtep = port == 0 && random.nextBoolean() ? 0 : Frame.NONE;
        final int source = vtep == Frame.NONE ? port : PORTS;
        switch (random.nextInt(2000)) {
            case 0 -> assertThat(fast.flush(network, true)).isEqualTo(flush(slow, network, true));
            case 1 -> assertThat(fast.flush(NeighborTable.ALL_NETWORKS, false)).isEqualTo(flush(slow, -1, false));
            case 2, 3, 4, 5, 6 ->
                assertThat(fast.remove(network, address.high(), address.low()))
                        .isEqualTo(slow.remove(network, address));
            case 7, 8, 9, 10 -> {
                final boolean replace = random.nextBoolean();
                assertThat(fast.addPermanent(network, address.high(), address.low(), mac, replace))
                        .isEqualTo(slow.addPermanent(network, address, mac, replace));
            }
            default -> {
                final int what = random.nextInt(10);
                final Frame frame = frame(number, network, port, vtep);
                if (what < 6) {
                    slow.send(number, network, address, source);
                    fast.send(
                            frame,
                            Objects.requireNonNull(legs.get(network)),
                            address.high(),
                            address.low(),
                            NeighborStore.NONE);
                } else if (what < 8) {
                    slow.learn(network, address, mac, source);
                    fast.learn(frame, address.high(), address.low(), mac);
                    pool.consumed(frame);
                } else {
                    final long option = random.nextInt(4) == 0 ? NeighborTable.NO_MAC : mac;
                    final int flags = random.nextInt(8) << 5;
                    slow.advertise(network, address, option, flags, source);
                    fast.advertise(frame, address.high(), address.low(), option, flags);
                    pool.consumed(frame);
                }
            }
        }
    }

    /** Entries have no order; what they drop has none either. */
    private int flush(final SlowNeighborTable slow, final int network, final boolean keepPermanent) {
        final int flushed = slow.flush(network, keepPermanent);
        slow.lost.sort(null);
        lost.sort(null);
        return flushed;
    }

    private Frame frame(final int number, final int network, final int port, final int vtep) {
        final Frame frame = Objects.requireNonNull(pool.receive(port));
        frame.length = 60;
        Ethernet.put(frame.buffer, frame.offset, 0, 0x0200_0000_00FEL, 0x88B5);
        frame.buffer.putInt(frame.offset + Ethernet.HEADER_LENGTH, number);
        frame.network = network;
        frame.vtep = vtep;
        pool.received(frame);
        return frame;
    }

    private static int number(final Frame frame) {
        return frame.buffer.getInt(frame.offset + Ethernet.HEADER_LENGTH);
    }

    private void leave(final FrameVector frames) {
        for (int i = 0; i < frames.size(); i++) {
            final Frame frame = frames.get(i);
            final long to = Ethernet.destination(frame.buffer, frame.offset);
            if (frame.etherType == Ethernet.TYPE_ARP) {
                final int packet = frame.offset + Ethernet.HEADER_LENGTH;
                sent.add("ask " + frame.network + " " + IpAddress.ofIpv4(Arp.targetIp(frame.buffer, packet)) + " "
                        + (to == MacAddress.BROADCAST ? 0 : to));
            } else {
                sent.add("send " + number(frame) + " " + to);
            }
            pool.transmitted(frame, frame.port);
        }
        frames.clear();
    }

    private void assertSame(final NeighborTable fast, final SlowNeighborTable slow, final long now) {
        final List<NeighborEntry> entries = fast.snapshot();
        assertThat(Set.copyOf(entries)).isEqualTo(Set.copyOf(slow.snapshot()));
        assertThat(fast.nextTimeout(now)).isEqualTo(slow.nextTimeout());
        assertThat(counters.get(WorkerCounter.NEIGHBORS)).isEqualTo(entries.size());
        assertThat(pool.inUse())
                .isEqualTo(entries.stream().mapToInt(NeighborEntry::held).sum());
    }
}
