// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static io.weft.daemon.CommandFixture.MAC_A;
import static io.weft.daemon.CommandFixture.MAC_B;
import static io.weft.daemon.CommandFixture.opener;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.dataplane.PortOpener;
import io.weft.dataplane.RefusedException;
import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.port.PcapPort;
import io.weft.port.Port;
import io.weft.port.PortException;
import io.weft.port.WireConfig;
import io.weft.port.WireUnderlay;
import io.weft.routing.Router;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** For each reason what makes a node drop a frame for it. Ports are in memory, the underlay is a wire in memory. */
final class DropProvocations {
    /** The node file. */
    static final String FILE = CommandFixture.ROUTED + "  - {name: green, vni: 300, learn_limit: 1}\n";

    static final Map<DropReason, Provocation> ALL = new EnumMap<>(DropReason.class);

    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final String LOCAL = "198.19.0.1";
    private static final String REMOTE = "198.19.0.2";
    private static final String OTHER_REMOTE = "198.19.0.3";
    private static final String HOST = "10.100.0.1";
    private static final String UNKNOWN_HOST = "10.200.0.77";
    private static final int UNDERLAY_MTU = 1500;
    private static final int NEIGHBOR_CAPACITY = 16_384;
    private static final int VXLAN = 4789;
    private static final int BLUE = 100;

    private final CommandFixture fixture;
    private final Node node;
    private final MemoryQueue fromUnderlay = new MemoryQueue(1);
    private boolean isUnderlayGone;

    /** Makes a node drop a frame. */
    @FunctionalInterface
    interface Provocation {
        void in(DropProvocations rig) throws Exception;
    }

    static {
        ports();
        bridge();
        tunnelOut();
        tunnelIn();
        outerHeaders();
        packets();
        addresses();
        routes();
        neighbors();
    }

    DropProvocations(final CommandFixture fixture) {
        this.fixture = fixture;
        this.node = fixture.node;
    }

    private static void ports() {
        // Flooded to more ports than the pool has frames for: each output holds its copies to the end of the vector.
        ALL.put(DropReason.NO_FRAME_AVAILABLE, rig -> {
            for (int i = 0; i < 16; i++) {
                rig.port("p" + i, "blue");
            }
            final byte[][] frames = new byte[64][];
            Arrays.fill(frames, fromA().to(BROADCAST).build());
            rig.port("a", "blue", frames);
        });
        ALL.put(DropReason.TX_FULL, rig -> {
            rig.port("b", "blue", (index, pool) -> memory(index, "b", pool, new MemoryQueue(1)));
            rig.port("a", "blue", toB().build(), toB().build(), toB().build());
        });
        ALL.put(DropReason.TX_ERROR, rig -> {
            rig.port("b", "blue", FailingPort::new);
            rig.port("a", "blue", toB().build());
        });
        ALL.put(DropReason.PORT_DOWN, rig -> {
            rig.port("b", "blue", (index, pool) -> {
                final MemoryPort port = memory(index, "b", pool, null);
                port.carrier(false);
                return port;
            });
            rig.port("a", "blue", toB().build());
        });
        ALL.put(DropReason.TOO_SHORT, rig -> rig.port("a", "blue", new byte[10]));
        ALL.put(DropReason.TOO_LONG, rig -> {
            final Path file = rig.pcap(FramePool.MAX_FRAME_LENGTH + 1);
            rig.port("a", "blue", (index, pool) -> PcapPort.open(index, "a", pool, file, null));
        });
        ALL.put(
                DropReason.MALFORMED_TAG,
                rig -> rig.port(
                        "a", "blue", fromA().etherType(0x8100).payload(1).build()));
        ALL.put(DropReason.BAD_OFFLOAD, rig -> {
            final Frame frame = fromA().ipv4(HOST, "10.100.0.2").udp(1, 2).into(pool(), 0);
            frame.checksumState = Frame.CHECKSUM_PARTIAL;
            frame.checksumStart = frame.offset + 60_000;
            rig.port("a", "blue", queue(frame));
        });
        ALL.put(
                DropReason.NO_NETWORK,
                rig -> rig.node
                        .dataplane()
                        .openUnderlay(
                                "underlay",
                                IpAddress.parse(LOCAL),
                                opener("underlay", CommandFixture.queue(fromA().build())),
                                UNDERLAY_MTU));
    }

    private static void bridge() {
        ALL.put(
                DropReason.INVALID_SOURCE_MAC,
                rig -> rig.port(
                        "a",
                        "blue",
                        FrameBuilder.frame().from(BROADCAST).to(MAC_B).build()));
        ALL.put(
                DropReason.RESERVED_MAC,
                rig -> rig.port("a", "blue", fromA().to("01:80:c2:00:00:03").build()));
        ALL.put(
                DropReason.LEARN_LIMIT,
                rig -> rig.port(
                        "a",
                        "green",
                        fromA().build(),
                        FrameBuilder.frame().from(MAC_B).build()));
        ALL.put(DropReason.MAC_FLAPPING, DropProvocations::flap);
        ALL.put(DropReason.STATIC_MAC_MOVED, rig -> {
            rig.port("b", "blue");
            rig.weft("fdb", "add", MAC_A, "dev", "b");
            rig.port("a", "blue", fromA().build());
        });
        ALL.put(
                DropReason.SAME_PORT,
                rig -> rig.port("a", "blue", fromA().build(), fromA().to(MAC_A).build()));
        ALL.put(DropReason.NO_OUTPUT, rig -> rig.port("a", "blue", fromA().build()));
        ALL.put(DropReason.SPLIT_HORIZON, rig -> {
            rig.underlay(UNDERLAY_MTU);
            rig.behindTunnel(OTHER_REMOTE);
            rig.vtep("blue", REMOTE);
            rig.fromTunnel(queued(outer(vxlan(BLUE, toB().build()))));
        });
    }

    /** Two ports see one MAC in turn; one that is opened again is asked once more. */
    private static void flap(final DropProvocations rig) throws Exception {
        final MemoryQueue[] queues = {new MemoryQueue(16), new MemoryQueue(16)};
        final String[] names = {"a", "b"};
        for (int i = 0; i < 2; i++) {
            rig.port(names[i], "blue", opener(names[i], queues[i]));
        }
        for (int i = 0; i < 16; i++) {
            queues[i % 2].offer(fromA().to(BROADCAST).build());
            rig.node.dataplane().reopenPort(names[i % 2]);
        }
    }

    private static void tunnelOut() {
        ALL.put(DropReason.MTU_EXCEEDED, rig -> {
            rig.underlay(600);
            rig.behindTunnel(REMOTE);
            rig.port("a", "blue", toB().payload(1000).build());
        });
        ALL.put(DropReason.TAG_ON_TUNNEL, rig -> {
            rig.underlay(UNDERLAY_MTU);
            rig.behindTunnel(REMOTE);
            rig.port("a", "blue", toB().tag(7).build());
        });
        ALL.put(DropReason.NO_UNDERLAY, rig -> {
            rig.underlay(UNDERLAY_MTU);
            rig.behindTunnel(REMOTE);
            rig.isUnderlayGone = true;
            assertThatThrownBy(() -> rig.node.dataplane().reopenPort("underlay"))
                    .isInstanceOf(RefusedException.class);
            rig.port("a", "blue", toB().build());
        });
        ALL.put(DropReason.UNDERLAY_UNREACHABLE, rig -> {
            rig.underlay(UNDERLAY_MTU);
            rig.behindTunnel("fd00:19::2");
            rig.port("a", "blue", toB().build());
        });
    }

    private static void tunnelIn() {
        ALL.put(
                DropReason.UNKNOWN_VTEP,
                rig -> rig.fromTunnel("blue", OTHER_REMOTE, outer(vxlan(BLUE, toB().build()))));
        ALL.put(
                DropReason.VTEP_NOT_IN_NETWORK,
                rig -> rig.fromTunnel("red", REMOTE, outer(vxlan(BLUE, toB().build()))));
        ALL.put(DropReason.VXLAN_MALFORMED, rig -> rig.fromTunnel(outer(vxlan(BLUE, new byte[2]))));
        ALL.put(DropReason.VXLAN_NO_VNI, rig -> rig.fromTunnel(outer(new byte[40])));
        ALL.put(DropReason.UNKNOWN_VNI, rig -> rig.fromTunnel(outer(vxlan(7, toB().build()))));
        // Two datagrams that the kernel would hand over as one, each with a TCP checksum of 0.
        ALL.put(DropReason.INNER_CHECKSUM, rig -> {
            final byte[] datagram = vxlan(
                    BLUE,
                    toB().ipv4(HOST, "10.100.0.2")
                            .tcp(1, 2)
                            .withoutChecksum()
                            .payload(100)
                            .build());
            final byte[] train = ByteBuffer.allocate(2 * datagram.length)
                    .put(datagram)
                    .put(datagram)
                    .array();
            rig.fromTunnel(outer(train).gso(datagram.length));
        });
    }

    private static void outerHeaders() {
        ALL.put(
                DropReason.OUTER_MALFORMED,
                rig -> rig.fromTunnel(queued(Arrays.copyOf(outer(new byte[40]).build(), 30))));
        ALL.put(
                DropReason.OUTER_CHECKSUM,
                rig -> rig.fromTunnel(queued(broken(outer(new byte[40]).build()))));
        ALL.put(
                DropReason.OUTER_FRAGMENT,
                rig -> rig.fromTunnel(outer(new byte[40]).fragment(0x2000)));
        ALL.put(
                DropReason.NOT_FOR_US,
                rig -> rig.fromTunnel(fromA().ipv4(REMOTE, "198.19.0.7").udp(1, VXLAN)));
    }

    private static void packets() {
        ALL.put(DropReason.NOT_IP, rig -> rig.port("a", "blue", rig.toRouter().build()));
        ALL.put(
                DropReason.IP_MALFORMED,
                rig -> rig.port("a", "blue", ipVersion5(rig.routed(UNKNOWN_HOST).build())));
        ALL.put(
                DropReason.IP_CHECKSUM,
                rig -> rig.port("a", "blue", broken(rig.routed(UNKNOWN_HOST).build())));
        ALL.put(
                DropReason.IP_OPTIONS,
                rig -> rig.port(
                        "a",
                        "blue",
                        rig.routed(UNKNOWN_HOST)
                                .ipOptions(new byte[] {7, 4, 4, 0})
                                .build()));
        ALL.put(
                DropReason.SOURCE_ROUTE,
                rig -> rig.port(
                        "a",
                        "blue",
                        rig.routed(UNKNOWN_HOST)
                                .ipOptions(new byte[] {(byte) 131, 3, 4, 0})
                                .build()));
        ALL.put(
                DropReason.TTL_EXCEEDED,
                rig -> rig.port("a", "blue", rig.routed(UNKNOWN_HOST).ttl(1).build()));
        ALL.put(
                DropReason.FRAGMENTATION_NEEDED,
                rig -> rig.port(
                        "a", "blue", rig.routed(UNKNOWN_HOST).payload(1600).build()));
        ALL.put(
                DropReason.ICMP_MALFORMED,
                rig -> rig.port(
                        "a",
                        "blue",
                        rig.toRouter()
                                .ipv4(HOST, "10.100.0.254")
                                .icmp(8, 0, 1)
                                .withoutChecksum()
                                .payload(10)
                                .build()));
        ALL.put(
                DropReason.NOT_SERVED,
                rig -> rig.port("a", "blue", rig.routed("10.100.0.254").build()));
    }

    private static void addresses() {
        ALL.put(
                DropReason.MARTIAN_SOURCE,
                rig -> rig.port(
                        "a",
                        "blue",
                        rig.toRouter().ipv4("127.0.0.1", UNKNOWN_HOST).udp(1, 2).build()));
        ALL.put(
                DropReason.MARTIAN_DESTINATION,
                rig -> rig.port("a", "blue", rig.routed("127.0.0.1").build()));
        ALL.put(
                DropReason.SPOOFED_LOCAL,
                rig -> rig.port(
                        "a",
                        "blue",
                        rig.toRouter()
                                .ipv4("10.100.0.254", UNKNOWN_HOST)
                                .udp(1, 2)
                                .build()));
        // The bridge never gives the router a group's frame; the router's check stands behind that.
        ALL.put(DropReason.LINK_BROADCAST, rig -> {
            final Router router = rig.node.dataplane().pipeline().router();
            final byte[] frame =
                    fromA().to(BROADCAST).ipv4(HOST, UNKNOWN_HOST).udp(1, 2).build();
            rig.port("a", "blue", (index, pool) -> new PastTheBridge(index, pool, router, CommandFixture.queue(frame)));
        });
        ALL.put(
                DropReason.BROADCAST_NOT_ROUTED,
                rig -> rig.port("a", "blue", rig.routed("10.200.0.255").build()));
        ALL.put(
                DropReason.MULTICAST_NOT_ROUTED,
                rig -> rig.port("a", "blue", rig.routed("224.1.1.1").build()));
        ALL.put(
                DropReason.LINK_LOCAL_NOT_ROUTED,
                rig -> rig.port("a", "blue", rig.routed("169.254.1.1").build()));
    }

    private static void routes() {
        ALL.put(
                DropReason.NO_ROUTE,
                rig -> rig.port("a", "blue", rig.routed("192.0.2.1").build()));
        ALL.put(DropReason.BLACKHOLE_ROUTE, rig -> rig.alongRoute("blackhole"));
        ALL.put(DropReason.UNREACHABLE_ROUTE, rig -> rig.alongRoute("unreachable"));
        ALL.put(DropReason.PROHIBIT_ROUTE, rig -> rig.alongRoute("prohibit"));
    }

    private static void neighbors() {
        ALL.put(DropReason.NEIGHBOR_UNRESOLVED, rig -> {
            rig.port("a", "blue", rig.routed(UNKNOWN_HOST).build());
            await().until(() -> rig.weft("neigh", "show", "network", "red").contains(UNKNOWN_HOST));
            rig.weft("neigh", "del", UNKNOWN_HOST, "network", "red");
        });
        ALL.put(DropReason.NEIGHBOR_QUEUE_FULL, rig -> {
            final byte[][] frames = new byte[8][];
            Arrays.fill(frames, rig.routed(UNKNOWN_HOST).build());
            rig.port("a", "blue", frames);
        });
        ALL.put(DropReason.NEIGHBOR_TABLE_FULL, rig -> {
            final var table = rig.node.dataplane().pipeline().router().neighbors();
            for (int i = 1; i <= NEIGHBOR_CAPACITY; i++) {
                assertThat(table.addPermanent(0, 0, IpAddress.mappedLow(0x0A64_0000 + i), 0x0200_0000_0000L + i, false))
                        .isTrue();
            }
            rig.port("a", "blue", rig.routed(UNKNOWN_HOST).build());
        });
        ALL.put(DropReason.NEIGHBOR_RATE, rig -> {
            final MemoryQueue queue = new MemoryQueue(1024);
            for (int i = 0; i < 1000; i++) {
                queue.offer(arp("10.100.0." + (1 + i % 200)).build());
            }
            rig.port("a", "blue", queue);
        });
        ALL.put(
                DropReason.ARP_MALFORMED,
                rig -> rig.port("a", "blue", arp("127.0.0.1").build()));
        ALL.put(
                DropReason.ND_MALFORMED,
                rig -> rig.port(
                        "a",
                        "blue",
                        fromA().to("33:33:ff:00:00:fe")
                                .ipv6("fd00:100::1", "ff02::1:ff00:fe")
                                .icmp(135, 0, 0)
                                .payload(16)
                                .build()));
        ALL.put(
                DropReason.DUPLICATE_ADDRESS,
                rig -> rig.port("a", "blue", arp("10.100.0.254").build()));
    }

    private static FrameBuilder fromA() {
        return FrameBuilder.frame().from(MAC_A).to(MAC_B);
    }

    private static FrameBuilder toB() {
        return fromA();
    }

    private static FrameBuilder arp(final String sender) {
        return fromA().to(BROADCAST).arp(1, MacAddress.parse(MAC_A), sender, 0, "10.100.0.9");
    }

    private static FrameBuilder outer(final byte[] payload) {
        return fromA().ipv4(REMOTE, LOCAL).udp(50_000, VXLAN).payload(payload);
    }

    private static byte[] vxlan(final int vni, final byte[] frame) {
        return ByteBuffer.allocate(8 + frame.length)
                .putInt(0x0800_0000)
                .putInt(vni << 8)
                .put(frame)
                .array();
    }

    private static byte[] ipVersion5(final byte[] frame) {
        frame[14] = 0x55;
        return frame;
    }

    /** With a wrong IPv4 header checksum. */
    private static byte[] broken(final byte[] frame) {
        frame[24] ^= 1;
        return frame;
    }

    private FrameBuilder toRouter() {
        return fromA().to(node.dataplane().routing().routerMac("blue"));
    }

    private FrameBuilder routed(final String destination) {
        return toRouter().ipv4(HOST, destination).udp(1, 2);
    }

    private void alongRoute(final String type) throws Exception {
        weft("route", "add", type, "10.9.0.0/16");
        port("a", "blue", routed("10.9.1.1").build());
    }

    private void vtep(final String network, final String address) throws Exception {
        node.dataplane().vteps().add(network, IpAddress.parse(address), VXLAN);
    }

    /** MAC B is at a VTEP. */
    private void behindTunnel(final String address) throws Exception {
        vtep("blue", address);
        weft("fdb", "add", MAC_B, "dst", address, "network", "blue");
    }

    /** This whole packet comes in by the underlay, from a VTEP of network blue. */
    private void fromTunnel(final FrameBuilder packet) throws Exception {
        fromTunnel("blue", REMOTE, packet);
    }

    private void fromTunnel(final String network, final String vtep, final FrameBuilder packet) throws Exception {
        underlay(UNDERLAY_MTU);
        vtep(network, vtep);
        fromTunnel(queued(packet));
    }

    private void fromTunnel(final Frame packet) throws Exception {
        if (node.dataplane().ports().isEmpty()) {
            underlay(UNDERLAY_MTU);
        }
        assertThat(fromUnderlay.offer(packet)).isTrue();
        node.dataplane().reopenPort("underlay");
    }

    /** VTEPs need to know its MTU; it is asked for frames when it is opened again. */
    private void underlay(final int wireMtu) throws Exception {
        final IpAddress local = IpAddress.parse(LOCAL);
        final WireConfig config = new WireConfig(local, VXLAN, wireMtu, 16);
        node.dataplane()
                .openUnderlay(
                        "underlay",
                        local,
                        (index, pool) -> {
                            if (isUnderlayGone) {
                                throw new PortException("gone");
                            }
                            final MemoryPort wire = new MemoryPort(index, "underlay", pool, fromUnderlay, null, false);
                            return new WireUnderlay(wire, config, pool);
                        },
                        UNDERLAY_MTU);
    }

    private void port(final String name, final String network, final byte[]... frames) throws Exception {
        port(name, network, CommandFixture.queue(frames));
    }

    private void port(final String name, final String network, final MemoryQueue in) throws Exception {
        port(name, network, opener(name, in));
    }

    private void port(final String name, final String network, final PortOpener opener) throws Exception {
        node.dataplane().addPort(name, network, opener);
        if (name.equals("b")) {
            weft("fdb", "replace", MAC_B, "dev", "b");
        }
    }

    private static MemoryPort memory(
            final int index, final String name, final FramePool pool, final @Nullable MemoryQueue out) {
        return new MemoryPort(index, name, pool, new MemoryQueue(1), out);
    }

    private static MemoryQueue queue(final Frame frame) {
        final MemoryQueue queue = new MemoryQueue(1);
        assertThat(queue.offer(frame)).isTrue();
        return queue;
    }

    private static Frame queued(final FrameBuilder frame) {
        return frame.into(pool(), 0);
    }

    private static Frame queued(final byte[] octets) {
        final Frame frame = Objects.requireNonNull(pool().receive(0));
        frame.buffer.putBytes(frame.offset, octets);
        frame.length = octets.length;
        return frame;
    }

    private static FramePool pool() {
        return new FramePool(1, Counters.inMemory(1));
    }

    /** A classic capture file of one packet. */
    private Path pcap(final int length) throws Exception {
        final byte[] header = HexFormat.of().parseHex("a1b2c3d4000200040000000000000000" + "0004000000000001");
        final ByteBuffer file = ByteBuffer.allocate(header.length + 16 + length)
                .put(header)
                .putLong(0)
                .putInt(length)
                .putInt(length)
                .put(fromA().build());
        return Files.write(fixture.base.resolve("long.pcap"), file.array());
    }

    private String weft(final String... words) {
        return fixture.weft(0, words);
    }

    /** Whose kernel refuses every frame. */
    private record FailingPort(int index, FramePool pool) implements Port {
        @Override
        public String name() {
            return "b";
        }

        @Override
        public boolean receive(final FrameVector vector, final int budget) {
            return false;
        }

        @Override
        public void transmit(final FrameVector vector) {
            pool.dropAll(vector, DropReason.TX_ERROR);
        }
    }

    /** Hands what it receives to the router. */
    private record PastTheBridge(int index, FramePool pool, Router router, MemoryQueue in) implements Port {
        @Override
        public String name() {
            return "a";
        }

        @Override
        public boolean receive(final FrameVector vector, final int budget) {
            final FrameVector frames = new FrameVector();
            new MemoryPort(index, "a", pool, in, null).receive(frames, budget);
            for (int i = 0; i < frames.size(); i++) {
                FrameParser.parse(frames.get(i));
                frames.get(i).network = 0;
            }
            router.process(frames);
            return false;
        }

        @Override
        public void transmit(final FrameVector vector) {
            pool.dropAll(vector, DropReason.PORT_DOWN);
        }
    }
}
