// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.conntrack.FlowRing;
import io.weft.conntrack.FlowSettings;
import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.WarmAllocation;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.junit.jupiter.api.Test;

/** Routing, answers, errors, fragments, flows and what is told of them allocate nothing, once every queue has grown. */
final class RoutedAllocationTest {
    private static final long MAC = 0x02_00_00_00_00_01L;
    private static final int ROUNDS = 20_000;
    private static final int RING = 1 << 16;

    private final Counters counters = Counters.inMemory(4);
    private final Dataplane dataplane = Dataplane.offline(
            "n1",
            counters,
            new Options(64, 4, 64, 0).with(new FlowSettings(1024, 256, 7_440, 240, 10, 300, 60, 600, 1), RING));
    private final MemoryQueue toNode = new MemoryQueue(64);
    private final List<Frame> frames = new ArrayList<>();
    private final FramePool pool = new FramePool(16, Counters.inMemory(1));
    private final FlowRing ring = Objects.requireNonNull(dataplane.pipeline().flowRing());
    private final MessageHandler reader = this::onEvent;
    private long events;
    private long millis = 1;

    @Test
    void shouldNotAllocatePerPacket() throws Exception {
        network("blue", "10.1.0.0/24", "10.1.0.254/24", "fd00:1::/64", "fd00:1::fe/64");
        network("green", "10.2.0.0/24", "10.2.0.254/24", "fd00:2::/64", "fd00:2::fe/64");
        dataplane.addPort("a", "blue", (index, p) -> new MemoryPort(index, "a", p, toNode, null));
        dataplane.addPort("b", "green", (index, p) -> new MemoryPort(index, "b", p, new MemoryQueue(1), null));
        for (final String address : List.of("10.2.0.1", "fd00:2::1")) {
            dataplane.routing().addNeighbor("green", IpAddress.parse(address), MAC + 1, false);
        }
        for (final String address : List.of("10.1.0.1", "fd00:1::1")) {
            dataplane.routing().addNeighbor("blue", IpAddress.parse(address), MAC, false);
        }
        packets();
        assertThat(WarmAllocation.of(this::run)).isZero();
        for (final WorkerCounter counter : List.of(
                WorkerCounter.ROUTED,
                WorkerCounter.FRAGMENTED,
                WorkerCounter.ICMP_ECHO,
                WorkerCounter.ICMP_ERRORS,
                WorkerCounter.NEIGHBOR_ANSWERED,
                WorkerCounter.NEIGHBOR_SOLICITED,
                WorkerCounter.FLOWS,
                WorkerCounter.FLOW_EVENTS)) {
            assertThat(counters.get(counter)).as(counter.label()).isPositive();
        }
        assertThat(events).as("events that were read").isGreaterThan(ROUNDS / 100);
        assertThat(counters.get(WorkerCounter.FLOW_EVENTS_LOST)).isZero();
    }

    private void network(
            final String name, final String four, final String gateway, final String six, final String gateway6)
            throws RefusedException {
        dataplane.addNetwork(new NetworkSpec(
                name,
                NetworkSpec.NO_VNI,
                false,
                300,
                64,
                NetworkMode.ROUTED,
                RouteSpec.DEFAULT_VRF,
                List.of(IpPrefix.parse(four), IpPrefix.parse(six)),
                List.of(IpPrefix.parse(gateway), IpPrefix.parse(gateway6))));
    }

    private void packets() {
        final long router = dataplane.routing().routerMac("blue");
        final FrameBuilder[] builders = {
            to(router).ipv4("10.1.0.1", "10.2.0.1").udp(1, 2).payload(50),
            to(router).ipv6("fd00:1::1", "fd00:2::1").udp(1, 2).payload(50),
            to(router).ipv4("10.1.0.1", "10.2.0.1").tcp(1, 2).payload(20_000).gso(1000),
            to(router).ipv4("10.1.0.1", "10.2.0.1").udp(1, 2).payload(4000).fragment(0),
            to(router).ipv4("10.1.0.1", "10.2.0.1").udp(1, 2).payload(4000),
            to(router).ipv4("10.1.0.1", "10.1.0.254").icmp(8, 0, 1).payload(50),
            to(router).ipv6("fd00:1::1", "fd00:1::fe").icmp(128, 0, 1).payload(50),
            to(router).ipv4("10.1.0.1", "172.16.0.1").udp(1, 2),
            to(router).ipv4("10.1.0.1", "10.2.0.9").udp(1, 2),
            to(MacAddress.BROADCAST).arp(1, MAC, "10.1.0.1", 0, "10.1.0.254"),
        };
        for (final FrameBuilder builder : builders) {
            frames.add(builder.into(pool, 0));
        }
    }

    private static FrameBuilder to(final long mac) {
        return FrameBuilder.frame().from(MAC).to(mac);
    }

    private void run() {
        for (int round = 0; round < ROUNDS; round++) {
            dataplane.pipeline().tick(TimeUnit.MILLISECONDS.toNanos(millis += 7));
            for (int i = 0; i < frames.size(); i++) {
                toNode.offer(Objects.requireNonNull(frames.get(i)));
            }
            dataplane.pipeline().poll(0, 64);
            ring.read(reader, Integer.MAX_VALUE);
        }
    }

    private void onEvent(final int type, final MutableDirectBuffer buffer, final int index, final int length) {
        events++;
    }
}
