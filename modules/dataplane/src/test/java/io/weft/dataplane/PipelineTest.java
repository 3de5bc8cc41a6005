// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.SlowOffload;
import io.weft.testkit.WarmAllocation;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whole frames through whole nodes, in memory. */
class PipelineTest {
    private static final String MAC_A = "02:00:00:00:00:0a";
    private static final String MAC_B = "02:00:00:00:00:0b";
    private static final String MAC_C = "02:00:00:00:00:0c";
    private static final String ALL = "ff:ff:ff:ff:ff:ff";

    private final List<SimulatedNode> nodes = new ArrayList<>();

    @AfterEach
    void everyFrameIsAccountedFor() {
        for (final SimulatedNode node : nodes) {
            assertThat(node.imbalance()).isZero();
            assertThat(node.pipeline.pool().inUse()).as("held while idle").isZero();
        }
    }

    @Test
    void shouldSwitchBetweenPodsOfOneNodeOnceLearned() {
        final SimulatedNode node = node(3, 64);
        node.toNode.get(1).offer(broadcast(MAC_B));
        node.run();
        drain(node);
        final byte[] frame = udp(MAC_A, MAC_B, 100);

        node.toNode.get(0).offer(frame);
        node.run();

        assertThat(node.toPod.get(1).poll()).isEqualTo(frame);
        assertThat(node.toPod.get(2).poll()).isNull();
    }

    @Test
    void shouldCarryAFrameToAnotherNodeUnchangedOverIpv4() {
        carryBothWays("198.19.0.1", "198.19.0.2");
    }

    @Test
    void shouldCarryAFrameToAnotherNodeUnchangedOverIpv6() {
        carryBothWays("fd00::1", "fd00::2");
    }

    private void carryBothWays(final String one, final String two) {
        final SimulatedNode n1 = node(2, 64);
        final SimulatedNode n2 = node(2, 64);
        SimulatedNode.join(n1, one, n2, two, 1500);
        final byte[] arp = broadcast(MAC_A);
        n1.toNode.get(0).offer(arp);
        n1.run();
        n2.run();
        assertThat(n1.toPod.get(1).poll()).isEqualTo(arp);
        assertThat(n2.toPod.get(0).poll()).isEqualTo(arp);
        assertThat(n2.toPod.get(1).poll()).isEqualTo(arp);

        final byte[] answer = udp(MAC_C, MAC_A, 1000);
        n2.toNode.get(0).offer(answer);
        n2.run();
        n1.run();

        assertThat(n1.toPod.get(0).poll()).isEqualTo(answer);
        assertThat(n1.toPod.get(1).poll()).isNull();
        assertThat(n2.toPod.get(1).poll()).isNull();
    }

    @Test
    void shouldCutASuperFrameForTheTunnelAsTheSlowTwinDoes() {
        final SimulatedNode n1 = node(1, 64);
        final SimulatedNode n2 = node(1, 512);
        SimulatedNode.join(n1, "198.19.0.1", n2, "198.19.0.2", 1500);
        final FrameBuilder builder = FrameBuilder.frame()
                .from(MAC_A)
                .to(MAC_C)
                .ipv4("10.1.0.1", "10.1.0.3")
                .tcp(40_000, 5201)
                .payload(30_000)
                .gso(1398);
        offer(n1, builder);
        n1.run();
        n2.run();

        final List<byte[]> arrived = drain(n2);
        final List<byte[]> expected = SlowOffload.segment(builder.build(), 1398);
        assertThat(arrived).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(arrived.get(i)).isEqualTo(expected.get(i));
        }
    }

    @Test
    void shouldRefuseForTheTunnelWhatIsLongerThanItsMtu() {
        final SimulatedNode n1 = node(1, 64);
        final SimulatedNode n2 = node(1, 64);
        SimulatedNode.join(n1, "198.19.0.1", n2, "198.19.0.2", 1500);
        n1.toNode.get(0).offer(udp(MAC_A, MAC_C, 1450 - 28));
        n1.toNode.get(0).offer(udp(MAC_A, MAC_C, 1451 - 28));
        n1.run();
        n2.run();
        assertThat(n1.drops(DropReason.MTU_EXCEEDED)).isEqualTo(1);
        assertThat(drain(n2)).hasSize(1);
    }

    @Test
    void shouldKeepTheLedgerWhenThePoolRunsDryWhileFlooding() {
        final SimulatedNode node = node(20, 8);
        for (int i = 0; i < 100; i++) {
            node.toNode.get(0).offer(broadcast(MAC_A));
        }
        node.run();
        assertThat(node.drops(DropReason.NO_FRAME_AVAILABLE)).isPositive();
        assertThat(node.count(WorkerCounter.RECEIVED))
                .isEqualTo(node.count(WorkerCounter.TRANSMITTED) + node.count(WorkerCounter.DROPPED));
    }

    @Test
    void shouldKeepTheLedgerWhenAPortVanishes() {
        final SimulatedNode node = node(3, 64);
        node.toNode.get(0).offer(broadcast(MAC_A));
        node.ports.get(1).close();
        node.run();
        assertThat(node.drops(DropReason.PORT_DOWN)).isEqualTo(1);
        assertThat(node.toPod.get(2).size()).isEqualTo(1);

        node.pipeline.detach(2);
        node.toNode.get(0).offer(broadcast(MAC_A));
        node.run();
        assertThat(node.drops(DropReason.PORT_DOWN)).isEqualTo(3);
    }

    @Test
    void shouldCountWhatAFullOutputQueueRefuses() {
        final SimulatedNode node = node(2, 64);
        for (int i = 0; i < 1024; i++) {
            node.toNode.get(0).offer(broadcast(MAC_A));
        }
        node.run();
        node.toNode.get(0).offer(broadcast(MAC_A));
        node.run();
        assertThat(node.drops(DropReason.TX_FULL)).isEqualTo(1);
    }

    @Test
    void shouldForgetAMacAfterItsAge() {
        final SimulatedNode node = node(3, 64);
        node.toNode.get(1).offer(broadcast(MAC_B));
        node.run();
        drain(node);
        for (int i = 0; i < 310; i++) {
            node.advance(1);
            node.run();
        }
        assertThat(node.count(WorkerCounter.AGED)).isEqualTo(1);
        node.toNode.get(0).offer(udp(MAC_A, MAC_B, 10));
        node.run();
        assertThat(node.toPod.get(2).size()).as("flooded again").isEqualTo(1);
    }

    @Test
    void shouldAllocateNothingPerFrame() {
        final SimulatedNode n1 = node(2, 256);
        final SimulatedNode n2 = node(1, 256);
        SimulatedNode.join(n1, "198.19.0.1", n2, "198.19.0.2", 1500);
        n1.toNode.get(1).offer(broadcast(MAC_B));
        n1.run();
        n2.toNode.get(0).offer(broadcast(MAC_C));
        n2.run();
        n1.run();
        final byte[] local = udp(MAC_A, MAC_B, 64);
        final byte[] remote = udp(MAC_A, MAC_C, 64);
        final Frame sink = Objects.requireNonNull(new FramePool(1, io.weft.frame.Counters.inMemory(1)).receive(0));
        final long octets = WarmAllocation.of(5_000, () -> {
            n1.toNode.get(0).offer(local);
            n1.toNode.get(0).offer(remote);
            n1.run();
            n2.run();
            empty(n1, sink);
            empty(n2, sink);
        });
        assertThat(octets).as("octets allocated for 10,000 frames").isZero();
    }

    /** Takes what pods were sent, without a new array for each. */
    private static void empty(final SimulatedNode node, final Frame sink) {
        for (int i = 0; i < node.toPod.size(); i++) {
            while (node.toPod.get(i).poll(sink)) {
                sink.length = 0;
            }
        }
    }

    private SimulatedNode node(final int pods, final int poolFrames) {
        final SimulatedNode node = new SimulatedNode(pods, poolFrames);
        nodes.add(node);
        return node;
    }

    private static void offer(final SimulatedNode node, final FrameBuilder builder) {
        final FramePool pool = new FramePool(1, io.weft.frame.Counters.inMemory(1));
        assertThat(node.toNode.get(0).offer(builder.into(pool, 0))).isTrue();
    }

    private static List<byte[]> drain(final SimulatedNode node) {
        final List<byte[]> frames = new ArrayList<>();
        node.toPod.forEach(queue -> {
            for (byte[] frame = queue.poll(); frame != null; frame = queue.poll()) {
                frames.add(frame);
            }
        });
        return frames;
    }

    private static byte[] broadcast(final String from) {
        return FrameBuilder.frame()
                .from(from)
                .to(ALL)
                .etherType(0x88B5)
                .payload(46)
                .build();
    }

    private static byte[] udp(final String from, final String to, final int payload) {
        return FrameBuilder.frame()
                .from(from)
                .to(to)
                .ipv4("10.1.0.1", "10.1.0.2")
                .udp(1000, 2000)
                .payload(payload)
                .build();
    }
}
