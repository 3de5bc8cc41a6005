// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.port.WireConfig;
import io.weft.port.WireUnderlay;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.Ipv4;
import io.weft.wire.MacAddress;
import io.weft.wire.Vxlan;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Mutated ARP, Neighbor Discovery, ICMP, IPv4, IPv6 with extension headers, and fragments, into a node that switches, routes
 * and tunnels: no exception, and every frame has exactly one end or is held.
 */
class RoutedFuzzTest {
    private static final int FRAMES_PER_RUN = 10_000;
    private static final long POD_MAC = 0x02_00_00_00_00_10L;
    private static final String VTEP = "198.19.0.2";

    private long routed;
    private long answered;
    private long errors;

    @Test
    void shouldGiveEachOfAQuarterMillionMutatedPacketsOneEnd() {
        fuzz(25);
    }

    /** In the slow tier for its time; needs no rights. */
    @Test
    @Tag("netns")
    void shouldGiveEachOfThreeMillionMutatedPacketsOneEnd() {
        fuzz(300);
    }

    private void fuzz(final int runs) {
        Seeds.each(runs, random -> {
            final Node node = new Node(random);
            for (int i = 0; i < FRAMES_PER_RUN; i++) {
                node.advance();
                node.inject();
            }
            node.end();
            routed += node.counters.get(WorkerCounter.ROUTED);
            answered += node.counters.get(WorkerCounter.NEIGHBOR_ANSWERED);
            errors += node.counters.get(WorkerCounter.ICMP_ERRORS);
        });
        assertThat(routed).isPositive();
        assertThat(answered).isPositive();
        assertThat(errors).isPositive();
    }

    /** Networks blue (switched, VXLAN, gateway), green (routed) and pods (overlay), a port in each, and an underlay. */
    private static final class Node {
        private static final int PORTS = 4;
        private static final int UNDERLAY = 3;
        private static final int[] INTERESTING = {0, 1, 2, 4, 6, 17, 44, 58, 60, 0x45, 0x60, 0x7F, 0x80, 0x87, 0xFF};

        final Counters counters = Counters.inMemory(8);
        private final SplittableRandom random;
        private final Dataplane dataplane = Dataplane.offline("fuzzed", counters, new Options(64, 8, 64, 0));
        private final Pipeline pipeline = dataplane.pipeline();
        private final MemoryQueue[] queues = new MemoryQueue[PORTS];
        private final List<byte[]> seeds = new ArrayList<>();
        private final List<Integer> seedPorts = new ArrayList<>();
        private final Frame frame = Objects.requireNonNull(new FramePool(1, Counters.inMemory(1)).receive(0));
        private final int start = frame.offset;
        private long millis = 1;

        Node(final SplittableRandom random) throws Exception {
            this.random = random;
            for (int port = 0; port < PORTS; port++) {
                queues[port] = new MemoryQueue(2);
            }
            dataplane.openUnderlay("underlay", IpAddress.parse("198.19.0.1"), this::underlay, 1500);
            network("blue", 100, NetworkMode.SWITCHED, "10.1.0.0/24", "10.1.0.254/24", "fd00:1::/64", "fd00:1::fe/64");
            network(
                    "green",
                    NetworkSpec.NO_VNI,
                    NetworkMode.ROUTED,
                    "10.2.0.0/16",
                    "10.2.1.1/24",
                    "fd00:2::/48",
                    "fd00:2:0:1::1/64");
            network("pods", 200, NetworkMode.OVERLAY, "10.3.0.0/16", "10.3.1.1/24", "fd00:3::/48", "fd00:3:0:1::1/64");
            for (int i = 0; i < 3; i++) {
                final int port = i;
                dataplane.addPort(
                        "p" + i,
                        List.of("blue", "green", "pods").get(i),
                        (index, pool) -> new MemoryPort(index, "p" + port, pool, queues[port], null, port != 1));
            }
            final IpAddress vtep = IpAddress.parse(VTEP);
            dataplane.vteps().add("blue", vtep, Vxlan.PORT);
            dataplane.vteps().addPrefix("pods", vtep, Vxlan.PORT, IpPrefix.parse("10.3.2.0/24"), 0);
            dataplane.vteps().addPrefix("pods", vtep, Vxlan.PORT, IpPrefix.parse("fd00:3:0:2::/64"), 0);
            dataplane.routing().addNeighbor("blue", IpAddress.parse("10.1.0.1"), POD_MAC, false);
            dataplane.routing().addNeighbor("green", IpAddress.parse("10.2.1.2"), POD_MAC + 1, false);
            podSeeds(0, dataplane.routing().routerMac("blue"), "10.1.0.1", "10.1.0.254", "fd00:1::1", "fd00:1::fe");
            podSeeds(
                    1,
                    dataplane.routing().routerMac("green"),
                    "10.2.1.2",
                    "10.2.1.1",
                    "fd00:2:0:1::2",
                    "fd00:2:0:1::1");
            podSeeds(
                    2, dataplane.routing().routerMac("pods"), "10.3.1.2", "10.3.1.1", "fd00:3:0:1::2", "fd00:3:0:1::1");
            tunnelSeeds();
        }

        private WireUnderlay underlay(final int index, final FramePool pool) {
            final MemoryPort wire = new MemoryPort(index, "underlay", pool, queues[UNDERLAY], null);
            return new WireUnderlay(wire, new WireConfig(IpAddress.parse("198.19.0.1"), Vxlan.PORT, 1300, 16), pool);
        }

        private void network(
                final String name,
                final int vni,
                final NetworkMode mode,
                final String subnet,
                final String gateway,
                final String subnet6,
                final String gateway6)
                throws RefusedException {
            dataplane.addNetwork(new NetworkSpec(
                    name,
                    vni,
                    false,
                    300,
                    64,
                    mode,
                    RouteSpec.DEFAULT_VRF,
                    List.of(IpPrefix.parse(subnet), IpPrefix.parse(subnet6)),
                    List.of(IpPrefix.parse(gateway), IpPrefix.parse(gateway6))));
        }

        private void podSeeds(
                final int port,
                final long router,
                final String own,
                final String gateway,
                final String own6,
                final String gateway6) {
            final long mac = POD_MAC + port;
            final byte[] extensions = {44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 7};
            for (final String to :
                    List.of(gateway, "10.1.0.1", "10.1.0.9", "10.2.1.2", "10.3.1.2", "10.3.2.7", "10.3.9.9")) {
                final FrameBuilder four = frameOf(mac, router).ipv4(own, to);
                seed(port, four.udp(1, 2).payload(30).build());
                seed(
                        port,
                        frameOf(mac, router)
                                .ipv4(own, to)
                                .icmp(8, 0, 7)
                                .payload(30)
                                .build());
                seed(
                        port,
                        frameOf(mac, router)
                                .ipv4(own, to)
                                .udp(1, 2)
                                .payload(1400)
                                .fragment(0)
                                .build());
                seed(
                        port,
                        frameOf(mac, router)
                                .ipv4(own, to)
                                .udp(1, 2)
                                .payload(1400)
                                .fragment(0x2010)
                                .build());
                seed(port, frameOf(mac, router).ipv4(own, to).tcp(1, 2).ttl(1).build());
                seed(
                        port,
                        frameOf(mac, MacAddress.BROADCAST)
                                .arp(1, mac, own, 0, to)
                                .build());
                seed(port, frameOf(mac, router).arp(2, mac, to, router, gateway).build());
            }
            for (final String to : List.of(gateway6, "fd00:1::1", "fd00:2:0:1::2", "fd00:3:0:2::7", "fe80::1")) {
                seed(
                        port,
                        frameOf(mac, router)
                                .ipv6(own6, to)
                                .udp(1, 2)
                                .payload(30)
                                .build());
                seed(
                        port,
                        frameOf(mac, router)
                                .ipv6(own6, to)
                                .icmp(128, 0, 7)
                                .payload(1400)
                                .build());
                seed(
                        port,
                        frameOf(mac, router)
                                .ipv6(own6, to)
                                .extensionHeaders(60, extensions)
                                .udp(1, 2)
                                .build());
                seed(port, discovery(mac, router, own6, to, 135, 1));
                seed(port, discovery(mac, router, own6, to, 136, 2));
                seed(port, discovery(mac, router, own6, to, 133, 1));
            }
        }

        private static FrameBuilder frameOf(final long from, final long to) {
            return FrameBuilder.frame().from(from).to(to);
        }

        /** A Neighbor Discovery message with a target and one link-layer address option. */
        private static byte[] discovery(
                final long mac,
                final long router,
                final String from,
                final String to,
                final int type,
                final int option) {
            final ByteBuffer body = ByteBuffer.allocate(24);
            final IpAddress target = IpAddress.parse(to);
            body.putLong(target.high()).putLong(target.low());
            body.put((byte) option).put((byte) 1).putShort((short) (mac >>> 32)).putInt((int) mac);
            return frameOf(mac, router)
                    .ipv6(from, to)
                    .ttl(255)
                    .icmp(type, 0, 0x6000_0000)
                    .payload(body.array())
                    .build();
        }

        private void tunnelSeeds() {
            for (final byte[] inner : List.copyOf(seeds)) {
                for (final int vni : new int[] {100, 200}) {
                    final byte[] payload = ByteBuffer.allocate(8 + inner.length)
                            .putInt(0x0800_0000)
                            .putInt(vni << 8)
                            .put(inner)
                            .array();
                    seed(
                            UNDERLAY,
                            FrameBuilder.frame()
                                    .ipv4(VTEP, "198.19.0.1")
                                    .udp(50_000, Vxlan.PORT)
                                    .payload(payload)
                                    .build());
                }
            }
        }

        private void seed(final int port, final byte[] octets) {
            seeds.add(octets);
            seedPorts.add(port);
        }

        void advance() {
            millis += random.nextInt(40);
            pipeline.tick(TimeUnit.MILLISECONDS.toNanos(millis));
            check("tick");
        }

        void inject() {
            final int number = random.nextInt(seeds.size());
            final byte[] octets = seeds.get(number);
            frame.offset = start;
            frame.length = octets.length;
            frame.buffer.putBytes(start, octets);
            frame.gsoType = Frame.GSO_NONE;
            frame.checksumState = random.nextInt(4) == 0 ? Frame.CHECKSUM_VERIFIED : Frame.CHECKSUM_COMPLETE;
            final int mutations = random.nextInt(4);
            for (int i = 0; i < mutations; i++) {
                mutate();
            }
            repairHeader(octets);
            final int queue = seedPorts.get(number);
            try {
                assertThat(queues[queue].offer(frame)).isTrue();
                pipeline.poll(queue == UNDERLAY ? 0 : queue + 1, 64);
                check("frame");
            } catch (final RuntimeException | AssertionError e) {
                throw new AssertionError("port " + queue + ": " + describe() + ": " + e, e);
            }
        }

        private void mutate() {
            final int at = start + random.nextInt(Math.max(1, Math.min(frame.length, 160)));
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> frame.buffer.putByte(at, (byte) random.nextInt());
                case 3, 4 -> frame.buffer.putByte(at, (byte) INTERESTING[random.nextInt(INTERESTING.length)]);
                case 5, 6 -> frame.buffer.putByte(at, (byte) (frame.buffer.getByte(at) ^ (1 << random.nextInt(8))));
                default -> frame.length = random.nextInt(frame.length + 1);
            }
        }

        /** With a right header checksum most mutations get past the first check. */
        private void repairHeader(final byte[] octets) {
            final int ip = start + Ethernet.HEADER_LENGTH;
            if (octets[12] == 8
                    && octets[13] == 0
                    && random.nextInt(4) != 0
                    && frame.length > 80
                    && Ipv4.headerLength(frame.buffer, ip) >= Ipv4.MIN_HEADER_LENGTH) {
                Ipv4.writeChecksum(frame.buffer, ip);
            }
        }

        private void check(final String what) {
            final long ended = counters.get(WorkerCounter.TRANSMITTED)
                    + counters.get(WorkerCounter.CONSUMED)
                    + counters.get(WorkerCounter.DROPPED);
            long dropped = 0;
            for (final DropReason reason : DropReason.values()) {
                dropped += counters.getDrop(reason);
            }
            if (counters.get(WorkerCounter.RECEIVED) != ended + pipeline.pool().inUse()
                    || dropped != counters.get(WorkerCounter.DROPPED)) {
                throw new AssertionError(what + ": received " + counters.get(WorkerCounter.RECEIVED) + ", ended "
                        + ended + ", held " + pipeline.pool().inUse());
            }
        }

        /** Everything that was held is given back. */
        void end() throws RefusedException {
            for (int i = 0; i < 60; i++) {
                millis += 1000;
                pipeline.tick(TimeUnit.MILLISECONDS.toNanos(millis));
            }
            check("end");
            assertThat(pipeline.pool().inUse()).isZero();
        }

        private String describe() {
            final byte[] octets = new byte[frame.length];
            frame.buffer.getBytes(start, octets);
            return HexFormat.of().formatHex(octets);
        }
    }
}
