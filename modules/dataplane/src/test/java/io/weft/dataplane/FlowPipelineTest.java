// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowEventType;
import io.weft.conntrack.FlowState;
import io.weft.conntrack.Verdict;
import io.weft.dataplane.FlowNode.Pod;
import io.weft.frame.DropReason;
import io.weft.frame.WorkerCounter;
import io.weft.port.MemoryQueue;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What flows say of frames' ways through whole nodes, in memory. */
class FlowPipelineTest {
    private static final String A = "10.1.0.1";
    private static final String B = "10.1.0.2";
    private static final String C = "10.2.0.1";
    private static final String GATEWAY = "10.1.0.254";
    private static final int TIME_EXCEEDED = 11 << 8;
    private static final int HOST_UNREACHABLE = (3 << 8) + 1;

    private final List<FlowNode> nodes = new ArrayList<>();

    @AfterEach
    void everyFrameIsAccountedFor() {
        nodes.forEach(node -> assertThat(node.imbalance()).isZero());
    }

    private FlowNode routed() throws RefusedException {
        final FlowNode node = FlowNode.routed();
        nodes.add(node);
        return node;
    }

    private FlowNode switched() throws RefusedException {
        final FlowNode node = new FlowNode("n1");
        nodes.add(node);
        node.dataplane.addNetwork(NetworkSpec.switched(FlowNode.BLUE, NetworkSpec.NO_VNI));
        return node;
    }

    @Test
    void shouldHaveBothDirectionsOfASwitchedFlowInOneEntry() throws Exception {
        final FlowNode node = switched();
        final Pod a = node.pod("a", FlowNode.BLUE);
        final Pod b = node.pod("b", FlowNode.BLUE);
        node.send(b, FlowNode.broadcast(b).arp(1, b.mac(), B, 0, A));

        node.send(a, udp(FlowNode.between(a, b).ipv4(A, B)));

        assertThat(node.events())
                .extracting(FlowEvent::type, FlowEvent::verdict, FlowEvent::ingress, FlowEvent::egress)
                .containsExactly(tuple(FlowEventType.OPEN, Verdict.FORWARDED, a.index(), b.index()));
        node.send(b, FlowNode.between(b, a).ipv4(B, A).udp(2000, 1000).payload(10));
        final FlowEvent flow = node.flow(Ipv4.PROTOCOL_UDP);
        assertThat(node.events()).as("both directions are one").isEmpty();
        assertThat(flow.source()).isEqualTo(IpAddress.parse(A));
        assertThat(flow.frames()).isEqualTo(1);
        assertThat(flow.octets()).isEqualTo(20 + 8 + 100);
        assertThat(flow.replyFrames()).isEqualTo(1);
        assertThat(flow.replyOctets()).isEqualTo(20 + 8 + 10);
        assertThat(flow.state()).isEqualTo(FlowState.REPLIED);
        assertThat(flow.ingress()).as("of the originator").isEqualTo(a.index());
        assertThat(flow.egress()).isEqualTo(b.index());
        assertThat(node.flows()).as("ARP is no flow").hasSize(1);
    }

    @Test
    void shouldCountAFloodedFrameOnce() throws Exception {
        final FlowNode node = switched();
        final Pod a = node.pod("a", FlowNode.BLUE);
        final Pod b = node.pod("b", FlowNode.BLUE);
        for (final String name : List.of("c", "d", "e")) {
            node.pod(name, FlowNode.BLUE);
        }

        node.send(a, udp(FlowNode.between(a, b).ipv4(A, B)));

        assertThat(node.counters.get(WorkerCounter.TRANSMITTED)).isEqualTo(4);
        final FlowEvent flow = node.flow(Ipv4.PROTOCOL_UDP);
        assertThat(flow.frames()).isEqualTo(1);
        assertThat(flow.verdict()).isEqualTo(Verdict.FORWARDED);
        assertThat(flow.drops()).isZero();
    }

    @Test
    void shouldHaveARoutedFlowOfTwoNetworksInOneEntry() throws Exception {
        final FlowNode node = routed();
        final Pod a = node.pod("a", FlowNode.BLUE);
        final Pod c = node.pod("c", FlowNode.GREEN);
        node.neighbor(FlowNode.BLUE, A, a);
        node.neighbor(FlowNode.GREEN, C, c);

        node.send(a, udp(node.toRouter(a, FlowNode.BLUE).ipv4(A, C)));
        node.send(c, node.toRouter(c, FlowNode.GREEN).ipv4(C, A).udp(2000, 1000));

        assertThat(node.flows()).hasSize(1);
        final FlowEvent flow = node.flow(Ipv4.PROTOCOL_UDP);
        assertThat(List.of(flow.frames(), flow.replyFrames())).containsExactly(1L, 1L);
        assertThat(flow.ingress()).isEqualTo(a.index());
        assertThat(flow.egress()).isEqualTo(c.index());
        assertThat(flow.verdict()).isEqualTo(Verdict.FORWARDED);
        assertThat(node.dataplane.networkSpec(flow.network()))
                .as("the originator's")
                .extracting(NetworkSpec::name)
                .isEqualTo(FlowNode.BLUE);
    }

    @Test
    void shouldKeepTheSameAddressesOfNetworksApartThatAreNotRoutedToEachOther() throws Exception {
        final FlowNode node = routed();
        node.network("other", "tenant", "10.1.0");
        for (final String name : List.of("plain1", "plain2")) {
            node.dataplane.addNetwork(NetworkSpec.switched(name, NetworkSpec.NO_VNI));
        }
        final Pod b = node.pod("b", FlowNode.BLUE);
        for (final String network : List.of(FlowNode.BLUE, "other", "plain1", "plain2")) {
            final Pod pod = node.pod("in-" + network, network);
            node.send(pod, udp(FlowNode.between(pod, b).ipv4(A, B)));
        }
        assertThat(node.flows()).hasSize(4);
        assertThat(node.flows()).extracting(FlowEvent::network).doesNotHaveDuplicates();
        assertThat(node.flows()).extracting(FlowEvent::frames).containsOnly(1L);
    }

    @Test
    void shouldTellByWhichTunnelAFlowGoesAndComes() throws Exception {
        final MemoryQueue there = new MemoryQueue(512);
        final MemoryQueue back = new MemoryQueue(512);
        final FlowNode one = new FlowNode("n1");
        final FlowNode two = new FlowNode("n2");
        nodes.addAll(List.of(one, two));
        one.underlay("198.19.0.1", "198.19.0.2", back, there);
        two.underlay("198.19.0.2", "198.19.0.1", there, back);
        final Pod a = one.pod("a", FlowNode.BLUE);
        final Pod b = two.pod("b", FlowNode.BLUE);

        one.send(a, udp(FlowNode.between(a, b).ipv4(A, B)));
        two.run();
        two.send(b, FlowNode.between(b, a).ipv4(B, A).udp(2000, 1000));
        one.run();

        for (final FlowNode node : nodes) {
            final FlowEvent flow = node.flow(Ipv4.PROTOCOL_UDP);
            assertThat(List.of(flow.frames(), flow.replyFrames())).containsExactly(1L, 1L);
            assertThat(flow.octets()).as("without the tunnel's headers").isEqualTo(20 + 8 + 100);
            assertThat(flow.verdict()).isEqualTo(Verdict.FORWARDED);
            assertThat(flow.ingress()).isEqualTo(node == one ? a.index() : FlowEvent.VTEP);
            assertThat(flow.egress()).isEqualTo(node == one ? FlowEvent.VTEP : b.index());
        }
    }

    @Test
    void shouldCountASuperFrameAsItsSegmentsAlsoIntoATunnel() throws Exception {
        final MemoryQueue there = new MemoryQueue(512);
        final FlowNode one = new FlowNode("n1");
        nodes.add(one);
        one.underlay("198.19.0.1", "198.19.0.2", new MemoryQueue(1), there);
        final Pod a = one.pod("a", FlowNode.BLUE);

        one.send(
                a,
                FrameBuilder.frame()
                        .from(a.mac())
                        .to(a.mac() + 1)
                        .ipv4(A, B)
                        .tcp(40_000, 5201)
                        .payload(10_000)
                        .gso(1_000));

        assertThat(there.size()).isEqualTo(10);
        final FlowEvent flow = one.flow(Ipv4.PROTOCOL_TCP);
        assertThat(flow.frames()).isEqualTo(10);
        assertThat(flow.octets()).isEqualTo(10_000 + 10 * (20 + 20));
        assertThat(flow.verdict()).isEqualTo(Verdict.FORWARDED);
        assertThat(flow.egress()).isEqualTo(FlowEvent.VTEP);
    }

    @Test
    void shouldTellOfADropOnceForEachReasonAndCountTheOthers() throws Exception {
        final FlowNode node = routed();
        final Pod a = node.pod("a", FlowNode.BLUE);
        final Pod c = node.pod("c", FlowNode.GREEN);
        node.neighbor(FlowNode.BLUE, A, a);
        node.neighbor(FlowNode.GREEN, C, c);
        final FrameBuilder tooOld =
                udp(node.toRouter(a, FlowNode.BLUE).ipv4(A, C)).ttl(1);
        node.send(a, tooOld, tooOld, tooOld);
        node.dataplane.pipeline().detach(c.index());
        final FrameBuilder intoTheVoid = udp(node.toRouter(a, FlowNode.BLUE).ipv4(A, C));
        node.send(a, intoTheVoid);
        node.send(a, intoTheVoid);

        final List<FlowEvent> told = node.events().stream()
                .filter(event -> event.protocol() == Ipv4.PROTOCOL_UDP)
                .toList();
        assertThat(told)
                .extracting(FlowEvent::type, FlowEvent::reason)
                .as("whatever there is to tell, a flow is opened first")
                .containsExactly(
                        tuple(FlowEventType.OPEN, DropReason.TTL_EXCEEDED.id()),
                        tuple(FlowEventType.DROP, DropReason.TTL_EXCEEDED.id()),
                        tuple(FlowEventType.DROP, DropReason.PORT_DOWN.id()));
        final FlowEvent flow = node.flow(Ipv4.PROTOCOL_UDP);
        assertThat(flow.drops()).isEqualTo(5);
        assertThat(flow.frames()).as("what came in counts").isEqualTo(5);
        assertThat(flow.verdict()).isEqualTo(Verdict.DROPPED);
        assertThat(flow.reason()).isEqualTo(DropReason.PORT_DOWN.id());
    }

    @Test
    void shouldNameTheReasonOfEveryKindOfDrop() throws Exception {
        final FlowNode node = routed();
        final Pod a = node.pod("a", FlowNode.BLUE);
        node.send(
                a,
                udp(node.toRouter(a, FlowNode.BLUE).ipv4(A, "172.16.0.1")),
                udp(node.toRouter(a, FlowNode.BLUE).ipv4("127.0.0.1", C)),
                udp(node.toRouter(a, FlowNode.BLUE).ipv4(A, GATEWAY)),
                udp(FlowNode.between(a, a).ipv4(A, B)));
        assertThat(node.flows().stream().filter(flow -> flow.protocol() == Ipv4.PROTOCOL_UDP))
                .allSatisfy(flow -> assertThat(flow.verdict()).isEqualTo(Verdict.DROPPED))
                .extracting(FlowEvent::reason)
                .containsExactlyInAnyOrder(
                        DropReason.NO_ROUTE.id(),
                        DropReason.MARTIAN_SOURCE.id(),
                        DropReason.NOT_SERVED.id(),
                        DropReason.SAME_PORT.id());
    }

    @Test
    void shouldCallAPingToTheGatewayLocalAndCountItsAnswer() throws Exception {
        final FlowNode node = routed();
        final Pod a = node.pod("a", FlowNode.BLUE);
        node.neighbor(FlowNode.BLUE, A, a);
        final FrameBuilder ping = node.toRouter(a, FlowNode.BLUE)
                .ipv4(A, GATEWAY)
                .icmp(8, 0, 7 << 16)
                .payload(56);
        node.send(a, ping, ping);

        final FlowEvent flow = node.flow(Ipv4.PROTOCOL_ICMP);
        assertThat(node.flows()).hasSize(1);
        assertThat(List.of(flow.frames(), flow.replyFrames())).containsExactly(2L, 2L);
        assertThat(flow.sourcePort()).as("identifier").isEqualTo(7);
        assertThat(flow.verdict()).isEqualTo(Verdict.LOCAL);
        assertThat(flow.ingress()).isEqualTo(a.index());
        assertThat(flow.egress()).isEqualTo(FlowEvent.NONE);
        assertThat(node.events())
                .extracting(FlowEvent::type, FlowEvent::verdict)
                .containsExactly(tuple(FlowEventType.OPEN, Verdict.LOCAL));
    }

    @Test
    void shouldHaveTheRoutersErrorAsAFlowOfItsOwn() throws Exception {
        final FlowNode node = routed();
        final Pod a = node.pod("a", FlowNode.BLUE);
        node.neighbor(FlowNode.BLUE, A, a);

        node.send(a, udp(node.toRouter(a, FlowNode.BLUE).ipv4(A, C)).ttl(1));

        final FlowEvent error = node.flow(Ipv4.PROTOCOL_ICMP);
        assertThat(error.source()).isEqualTo(IpAddress.parse(GATEWAY));
        assertThat(error.destinationPort()).isEqualTo(TIME_EXCEEDED);
        assertThat(error.ingress()).as("it came in by no port").isEqualTo(FlowEvent.NONE);
        assertThat(error.egress()).isEqualTo(a.index());
        assertThat(error.verdict()).isEqualTo(Verdict.FORWARDED);
        assertThat(error.frames()).isEqualTo(1);
        assertThat(node.flow(Ipv4.PROTOCOL_UDP).verdict()).isEqualTo(Verdict.DROPPED);
    }

    @Test
    void shouldSayOfAFrameThatWaitsForItsNeighborThatNothingIsKnownYet() throws Exception {
        final FlowNode node = routed();
        final Pod a = node.pod("a", FlowNode.BLUE);
        final Pod c = node.pod("c", FlowNode.GREEN);
        node.send(a, udp(node.toRouter(a, FlowNode.BLUE).ipv4(A, C)));
        assertThat(node.held()).isEqualTo(1);
        assertThat(node.events())
                .extracting(FlowEvent::type, FlowEvent::verdict, FlowEvent::egress)
                .containsExactly(tuple(FlowEventType.OPEN, Verdict.NONE, FlowEvent.NONE));

        node.send(c, node.toRouter(c, FlowNode.GREEN).arp(2, c.mac(), C, routerMac(node), "10.2.0.254"));

        assertThat(node.held()).isZero();
        final FlowEvent flow = node.flow(Ipv4.PROTOCOL_UDP);
        assertThat(flow.verdict()).isEqualTo(Verdict.FORWARDED);
        assertThat(flow.egress()).isEqualTo(c.index());
        assertThat(flow.frames()).as("counted when it came, and not again").isEqualTo(1);
    }

    private static long routerMac(final FlowNode node) {
        return node.dataplane.routing().routerMac(FlowNode.GREEN);
    }

    @Test
    void shouldTellOfTheDropWhenTheNeighborDoesNotAnswerWithoutAnotherFrame() throws Exception {
        final FlowNode node = routed();
        final Pod a = node.pod("a", FlowNode.BLUE);
        node.pod("c", FlowNode.GREEN);
        node.neighbor(FlowNode.BLUE, A, a);
        node.send(a, udp(node.toRouter(a, FlowNode.BLUE).ipv4(A, C)));
        node.events();

        node.idle(10);

        assertThat(node.events())
                .extracting(FlowEvent::type, FlowEvent::protocol, FlowEvent::verdict)
                .containsExactlyInAnyOrder(
                        tuple(FlowEventType.DROP, Ipv4.PROTOCOL_UDP, Verdict.DROPPED),
                        tuple(FlowEventType.OPEN, Ipv4.PROTOCOL_ICMP, Verdict.FORWARDED));
        assertThat(node.flow(Ipv4.PROTOCOL_UDP).reason()).isEqualTo(DropReason.NEIGHBOR_UNRESOLVED.id());
        assertThat(node.flow(Ipv4.PROTOCOL_ICMP).destinationPort()).isEqualTo(HOST_UNREACHABLE);
        assertThat(node.held()).isZero();
    }

    @Test
    void shouldNotCountFragmentsThatTheRouterMakes() throws Exception {
        final FlowNode node = routed();
        final Pod a = node.pod("a", FlowNode.BLUE);
        final Pod c = node.pod("c", FlowNode.GREEN);
        node.neighbor(FlowNode.GREEN, C, c);

        node.send(
                a,
                node.toRouter(a, FlowNode.BLUE)
                        .ipv4(A, C)
                        .udp(1000, 2000)
                        .payload(4000)
                        .fragment(0));

        assertThat(node.counters.get(WorkerCounter.FRAGMENTED)).isEqualTo(1);
        assertThat(c.fromNode().size()).isGreaterThan(1);
        final FlowEvent flow = node.flow(Ipv4.PROTOCOL_UDP);
        assertThat(flow.frames()).isEqualTo(1);
        assertThat(flow.octets()).isEqualTo(20 + 8 + 4000);
        assertThat(flow.verdict()).isEqualTo(Verdict.FORWARDED);
        assertThat(flow.egress()).isEqualTo(c.index());
    }

    /** All IP that pods send, and all that the router makes, is in flows. */
    @Test
    void shouldHaveEverySegmentInOneFlow() {
        Seeds.each(10, random -> {
            final FlowNode node = routed();
            final Pod a = node.pod("a", FlowNode.BLUE);
            final Pod c = node.pod("c", FlowNode.GREEN);
            node.neighbor(FlowNode.BLUE, A, a);
            node.neighbor(FlowNode.GREEN, C, c);
            long segments = 0;
            for (int i = 0; i < 500; i++) {
                final String to =
                        List.of(C, "10.2.0.9", GATEWAY, "172.16.0.1", B).get(random.nextInt(5));
                final FrameBuilder frame = node.toRouter(a, FlowNode.BLUE).ipv4(A, to);
                switch (random.nextInt(4)) {
                    case 0 -> frame.udp(random.nextInt(4), 53).payload(random.nextInt(1400));
                    case 1 -> frame.icmp(8, 0, random.nextInt(4) << 16).payload(56);
                    case 2 -> frame.udp(1, 2).ttl(1);
                    default -> frame.tcp(random.nextInt(4), 80).payload(8_000).gso(1_000);
                }
                node.send(a, frame);
                segments += frame.build().length > 8_000 ? 8 : 1;
            }
            node.idle(10);
            assertThat(node.held()).isZero();
            assertThat(node.frames())
                    .isEqualTo(segments
                            + node.counters.get(WorkerCounter.ICMP_ECHO)
                            + node.counters.get(WorkerCounter.ICMP_ERRORS));
            assertThat(node.counters.get(WorkerCounter.FLOWS_UNTRACKED)).isZero();
            nodes.clear();
        });
    }

    /** A flow remembers the reasons that were told in the bits of a long. */
    @Test
    void shouldHaveABitForEveryDropReason() {
        assertThat(DropReason.values())
                .allSatisfy(reason -> assertThat(reason.id()).isBetween(0, Long.SIZE - 1));
    }

    private static FrameBuilder udp(final FrameBuilder frame) {
        return frame.udp(1000, 2000).payload(100);
    }
}
