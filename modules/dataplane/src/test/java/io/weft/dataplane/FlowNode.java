// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.conntrack.FlowCursor;
import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowRing;
import io.weft.conntrack.FlowSettings;
import io.weft.frame.Counters;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.port.WireConfig;
import io.weft.port.WireUnderlay;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import io.weft.wire.Vxlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/** A node without threads, pods on memory ports, and what it tells of flows. */
final class FlowNode {
    static final String BLUE = "blue";
    static final String GREEN = "green";

    private static final int PORTS = 8;
    private static final int QUEUE = 512;
    private static final int STEP_MILLIS = 100;

    final Counters counters = Counters.inMemory(PORTS);
    final Dataplane dataplane;
    private final List<Pod> pods = new ArrayList<>();
    /** Of the first pod, as of no other node's. */
    private final long firstMac;

    private long millis = 1_000;

    /** A port, and what passes between it and the node. */
    record Pod(int index, long mac, MemoryQueue toNode, MemoryQueue fromNode) {}

    FlowNode(final String name) {
        firstMac = 0x02_00_00_00_00_00L | ((long) name.hashCode() & 0xFFFF) << 8;
        dataplane = Dataplane.offline(
                name, counters, new Options(128, PORTS, 64, 0).with(FlowSettings.DEFAULT.withMaxFlows(1024), 1 << 20));
    }

    /** Blue and green, with the node's router in both: addresses .254. */
    static FlowNode routed() throws RefusedException {
        final FlowNode node = new FlowNode("n1");
        node.network(BLUE, RouteSpec.DEFAULT_VRF, "10.1.0");
        node.network(GREEN, RouteSpec.DEFAULT_VRF, "10.2.0");
        return node;
    }

    void network(final String name, final String vrf, final String three) throws RefusedException {
        dataplane.addNetwork(new NetworkSpec(
                name,
                NetworkSpec.NO_VNI,
                false,
                NetworkSpec.DEFAULT_AGEING_SECONDS,
                NetworkSpec.DEFAULT_LEARN_LIMIT,
                NetworkMode.ROUTED,
                vrf,
                List.of(IpPrefix.parse(three + ".0/24")),
                List.of(IpPrefix.parse(three + ".254/24"))));
    }

    /** A cable to another node's underlay, and the network {@link #BLUE} over both. */
    void underlay(final String local, final String remote, final MemoryQueue in, final MemoryQueue out)
            throws RefusedException {
        final IpAddress address = IpAddress.parse(local);
        dataplane.openUnderlay(
                "underlay",
                address,
                (index, pool) -> new WireUnderlay(
                        new MemoryPort(index, "underlay", pool, in, out, false),
                        new WireConfig(address, Vxlan.PORT, 1500, 16),
                        pool),
                1500);
        pods.add(new Pod(0, 0, in, out));
        dataplane.addNetwork(NetworkSpec.switched(BLUE, 100));
        dataplane.vteps().add(BLUE, IpAddress.parse(remote), Vxlan.PORT);
    }

    Pod pod(final String name, final String network) throws RefusedException {
        final MemoryQueue toNode = new MemoryQueue(QUEUE);
        final MemoryQueue fromNode = new MemoryQueue(QUEUE);
        final int[] at = new int[1];
        dataplane.addPort(name, network, (index, pool) -> {
            at[0] = index;
            return new MemoryPort(index, name, pool, toNode, fromNode);
        });
        final Pod pod = new Pod(at[0], firstMac + at[0], toNode, fromNode);
        pods.add(pod);
        return pod;
    }

    /** The router knows where {@code address} is. */
    void neighbor(final String network, final String address, final Pod pod) throws RefusedException {
        dataplane.routing().addNeighbor(network, IpAddress.parse(address), pod.mac(), false);
    }

    /** The start of a frame to the router. */
    FrameBuilder toRouter(final Pod from, final String network) {
        return FrameBuilder.frame().from(from.mac()).to(dataplane.routing().routerMac(network));
    }

    static FrameBuilder between(final Pod from, final Pod to) {
        return FrameBuilder.frame().from(from.mac()).to(to.mac());
    }

    static FrameBuilder broadcast(final Pod from) {
        return FrameBuilder.frame().from(from.mac()).to(MacAddress.BROADCAST);
    }

    /** Frames of one vector, and all that follows of them. */
    void send(final Pod from, final FrameBuilder... frames) {
        final FramePool pool = new FramePool(frames.length, Counters.inMemory(1));
        for (final FrameBuilder frame : frames) {
            assertThat(from.toNode().offer(frame.into(pool, 0))).isTrue();
        }
        run();
    }

    void run() {
        int found = 1;
        while (found > 0) {
            found = 0;
            dataplane.pipeline().tick(TimeUnit.MILLISECONDS.toNanos(millis));
            for (final Pod pod : pods) {
                found += dataplane.pipeline().poll(pod.index(), 64);
            }
        }
    }

    /** Time in which nothing arrives. */
    void idle(final int seconds) {
        final long end = millis + TimeUnit.SECONDS.toMillis(seconds);
        while (millis < end) {
            millis += STEP_MILLIS;
            dataplane.pipeline().tick(TimeUnit.MILLISECONDS.toNanos(millis));
        }
    }

    /** All flows as they are now. */
    List<FlowEvent> flows() {
        final FlowCursor cursor = new FlowCursor();
        final UnsafeBuffer copies = new UnsafeBuffer(new byte[64 * FlowEvent.LENGTH]);
        final List<FlowEvent> flows = new ArrayList<>();
        while (!cursor.isDone()) {
            final int count = dataplane.pipeline().flows().copy(cursor, 64, copies);
            for (int i = 0; i < count; i++) {
                flows.add(new FlowEvent(copies, i * FlowEvent.LENGTH).copy());
            }
        }
        return flows;
    }

    FlowEvent flow(final int protocol) {
        final List<FlowEvent> found =
                flows().stream().filter(flow -> flow.protocol() == protocol).toList();
        assertThat(found).as("flows of protocol " + protocol).hasSize(1);
        return found.getFirst();
    }

    /** What was told since the last time. */
    List<FlowEvent> events() {
        final FlowRing ring = Objects.requireNonNull(dataplane.pipeline().flowRing());
        final List<FlowEvent> events = new ArrayList<>();
        // A read ends where the ring begins anew.
        for (int empty = 0; empty < 2; ) {
            final int read = ring.read(
                    (type, buffer, index, length) -> events.add(new FlowEvent(buffer, index).copy()),
                    Integer.MAX_VALUE);
            empty = read == 0 ? empty + 1 : 0;
        }
        return events;
    }

    /** 0 unless a frame was lost or invented. */
    long imbalance() {
        return counters.get(WorkerCounter.RECEIVED)
                - counters.get(WorkerCounter.TRANSMITTED)
                - counters.get(WorkerCounter.CONSUMED)
                - counters.get(WorkerCounter.DROPPED)
                - dataplane.pipeline().pool().inUse();
    }

    /** Frames of all flows, both directions. */
    long frames() {
        return flows().stream()
                .mapToLong(flow -> flow.frames() + flow.replyFrames())
                .sum();
    }

    /** Frames that the node holds. */
    int held() {
        return dataplane.pipeline().pool().inUse();
    }
}
