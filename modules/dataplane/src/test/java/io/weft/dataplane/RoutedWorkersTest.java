// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import io.weft.wire.Ndp;
import java.nio.ByteBuffer;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A router of two workers, between pod 0 in one network and pod 1 in another. */
class RoutedWorkersTest {
    private static final long MAC_0 = 0x02_00_00_00_00_10L;
    private static final long MAC_1 = 0x02_00_00_00_00_11L;
    private static final int ARP_REPLY = 2;

    private final SeveralWorkers node = new SeveralWorkers(2);

    @BeforeEach
    void networks() throws Exception {
        network("blue", "10.1.0.254/24", "fd00:1::fe/64");
        network("green", "10.2.0.254/24", "fd00:2::fe/64");
        node.addPod("blue");
        node.addPod("green");
    }

    private void network(final String name, final String gateway, final String gateway6) throws RefusedException {
        final List<IpPrefix> gateways = List.of(IpPrefix.parse(gateway), IpPrefix.parse(gateway6));
        node.dataplane.addNetwork(new NetworkSpec(
                name,
                NetworkSpec.NO_VNI,
                false,
                300,
                64,
                NetworkMode.ROUTED,
                RouteSpec.DEFAULT_VRF,
                gateways.stream().map(IpPrefix::network).toList(),
                gateways));
    }

    /** Worker 1 asks for the neighbor and holds the frame; the kernel gives the answer to worker 0, which asked for nothing. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSendWhatOneWorkerHoldsWhenAnotherGetsTheAnswer(final boolean ipv4) throws Exception {
        node.settle();
        node.received(1);

        node.send(0, 1, packet(ipv4, 7));
        node.cycle(1);
        assertThat(node.received(1, 1)).as("what worker 1 asks").hasSize(1);
        assertThat(node.dataplane.ledgers().get(1).held()).isEqualTo(1);

        node.send(1, 0, answer(ipv4));
        node.cycle(0);
        assertThat(node.received(1)).as("before worker 1 heard of it").isEmpty();
        node.cycle(1);

        assertThat(node.received(1, 1)).singleElement().satisfies(RoutedWorkersTest::assertIsForPod1);
        node.assertBalanced();
        assertThat(node.dataplane.routing().neighbors(null))
                .as("known by both, shown once")
                .singleElement()
                .satisfies(row -> assertThat(row.state()).isEqualTo("REACHABLE"));

        final long asked = node.dataplane.counters().get(WorkerCounter.NEIGHBOR_SOLICITED);
        for (int worker = 0; worker < 2; worker++) {
            node.send(0, worker, packet(ipv4, 8));
            node.cycle(worker);
            assertThat(node.received(1, worker)).singleElement().satisfies(RoutedWorkersTest::assertIsForPod1);
        }
        assertThat(node.dataplane.counters().get(WorkerCounter.NEIGHBOR_SOLICITED))
                .as("nobody asks for what one knows")
                .isEqualTo(asked);
        node.assertBalanced();
    }

    @Test
    void shouldFollowANeighborThatAnnouncesANewMacAtEitherWorker() throws Exception {
        node.send(1, 0, answer(true));
        node.settle();
        final long other = MAC_1 + 5;
        node.send(
                1,
                1,
                FrameBuilder.frame()
                        .from(other)
                        .to(MacAddress.BROADCAST)
                        .arp(1, other, "10.2.0.1", 0, "10.2.0.1")
                        .build());
        node.settle();
        node.received(1);

        for (int worker = 0; worker < 2; worker++) {
            node.send(0, worker, packet(true, 7));
            node.cycle(worker);
            assertThat(node.received(1, worker))
                    .singleElement()
                    .satisfies(frame -> assertThat(Ethernet.destination(new UnsafeBuffer(frame), 0))
                            .isEqualTo(other));
        }
    }

    @Test
    void shouldForgetANeighborEverywhere() throws Exception {
        node.send(1, 0, answer(true));
        node.settle();
        assertThat(node.dataplane.routing().neighbors(null)).hasSize(1);

        node.dataplane.routing().removeNeighbor("green", IpAddress.parse("10.2.0.1"));
        node.settle();
        assertThat(node.dataplane.routing().neighbors(null)).isEmpty();

        node.send(1, 1, answer(true));
        node.cycle(1);
        assertThat(node.dataplane.routing().flushNeighbors("green")).isEqualTo(1);
        node.settle();
        assertThat(node.dataplane.routing().neighbors(null)).isEmpty();
    }

    /** Only the first worker advertises the router: hosts hear each advertisement once, whichever worker they asked. */
    @Test
    void shouldAdvertiseTheRouterOnceWhicheverWorkerIsAsked() throws Exception {
        node.pass(60);
        node.settle();
        node.received(0);
        node.send(
                0,
                1,
                FrameBuilder.frame()
                        .from(MAC_0)
                        .to("33:33:00:00:00:02")
                        .ipv6("fe80::10", "ff02::2")
                        .ttl(255)
                        .icmp(Icmp.ROUTER_SOLICITATION, 0, 0)
                        .build());
        node.settle();
        node.pass(4);
        node.settle();

        assertThat(node.received(0, 1)).isEmpty();
        assertThat(node.received(0, 0)).hasSize(1);
    }

    private byte[] packet(final boolean ipv4, final int port) {
        final FrameBuilder to =
                FrameBuilder.frame().from(MAC_0).to(node.dataplane.routing().routerMac("blue"));
        return (ipv4 ? to.ipv4("10.1.0.1", "10.2.0.1") : to.ipv6("fd00:1::1", "fd00:2::1"))
                .udp(port, 9)
                .payload(20)
                .build();
    }

    private byte[] answer(final boolean ipv4) {
        final long router = node.dataplane.routing().routerMac("green");
        final FrameBuilder from = FrameBuilder.frame().from(MAC_1).to(router);
        if (ipv4) {
            return from.arp(ARP_REPLY, MAC_1, "10.2.0.1", router, "10.2.0.254").build();
        }
        return from.ipv6("fd00:2::1", "fd00:2::fe")
                .ttl(255)
                .icmp(Icmp.NEIGHBOR_ADVERTISEMENT, 0, (Ndp.SOLICITED | Ndp.OVERRIDE) << 24)
                .payload(ByteBuffer.allocate(24)
                        .put(IpAddress.parse("fd00:2::1").octets())
                        .putLong(0x0201L << 48 | MAC_1)
                        .array())
                .build();
    }

    private static void assertIsForPod1(final byte[] frame) {
        assertThat(Ethernet.destination(new UnsafeBuffer(frame), 0)).isEqualTo(MAC_1);
        assertThat(Ethernet.type(new UnsafeBuffer(frame), 0)).isIn(Ethernet.TYPE_IPV4, Ethernet.TYPE_IPV6);
    }
}
