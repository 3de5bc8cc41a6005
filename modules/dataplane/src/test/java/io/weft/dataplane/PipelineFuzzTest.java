// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.overlay.Vtep;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.port.WireConfig;
import io.weft.port.WireUnderlay;
import io.weft.routing.NeighborListener;
import io.weft.switching.BridgeDomain;
import io.weft.switching.FdbConfig;
import io.weft.switching.SwitchListener;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.wire.IpAddress;
import io.weft.wire.Vxlan;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Mutated and truncated frames through all stages on memory ports: no exception, no frame lost or invented, and exactly
 * one end for each, be it sent, consumed or dropped for one reason.
 *
 * <p>Two pod ports share a network with a remote VTEP: one takes super-frames, one has them segmented. A third pod port
 * has a network of its own. The underlay is whole packets, so outer headers are mutated too.
 */
final class PipelineFuzzTest {
    private static final int FRAMES_PER_RUN = 10_000;
    private static final int FRAMES_PER_SECOND = 500;
    private static final int PORTS = 4;
    private static final int UNDERLAY = 3;
    private static final IpAddress LOCAL = IpAddress.parse("198.19.0.1");
    private static final IpAddress REMOTE = IpAddress.parse("198.19.0.2");
    private static final IpAddress OTHER_REMOTE = IpAddress.parse("198.19.0.4");
    private static final DropReason[] REASONS = DropReason.values();

    /** A fuzzer that does not get as far as these tests little. */
    private static final DropReason[] REACHED = {
        DropReason.TOO_SHORT,
        DropReason.MALFORMED_TAG,
        DropReason.BAD_OFFLOAD,
        DropReason.INVALID_SOURCE_MAC,
        DropReason.SAME_PORT,
        DropReason.SPLIT_HORIZON,
        DropReason.MTU_EXCEEDED,
        DropReason.TAG_ON_TUNNEL,
        DropReason.UNKNOWN_VTEP,
        DropReason.VXLAN_NO_VNI,
        DropReason.UNKNOWN_VNI,
        DropReason.OUTER_MALFORMED,
        DropReason.OUTER_CHECKSUM,
        DropReason.NOT_FOR_US,
    };

    private final Set<DropReason> seen = EnumSet.noneOf(DropReason.class);
    private long transmitted;

    @Test
    void shouldGiveEachOfAHalfMillionMutatedFramesExactlyOneEnd() {
        fuzz(50);
    }

    /** In the slow tier for its time; needs no rights. */
    @Test
    @Tag("netns")
    void shouldGiveEachOfTenMillionMutatedFramesExactlyOneEnd() {
        fuzz(1_000);
    }

    private void fuzz(final int runs) {
        Seeds.each(runs, random -> {
            final Node node = new Node(random);
            for (int i = 0; i < FRAMES_PER_RUN; i++) {
                node.pipeline.tick(TimeUnit.SECONDS.toNanos(i) / FRAMES_PER_SECOND);
                node.inject();
            }
            transmitted += node.counters.get(WorkerCounter.TRANSMITTED);
            for (final DropReason reason : REASONS) {
                if (node.counters.getDrop(reason) > 0) {
                    seen.add(reason);
                }
            }
        });
        assertThat(transmitted).isPositive();
        if (System.getenv("WEFT_SEED") == null) {
            assertThat(seen).contains(REACHED);
        }
    }

    /** A frame to begin with. */
    private record Seed(int port, byte[] octets, int gsoType, int gsoSize, int checksumStart, int checksumOffset) {
        boolean isPartial() {
            return checksumStart != Frame.NONE;
        }
    }

    private static final List<Seed> SEEDS = seeds();

    private static List<Seed> seeds() {
        final List<Seed> seeds = new ArrayList<>();
        for (int from = 0; from < 3; from++) {
            for (int to = 0; to < 4; to++) {
                podSeeds(seeds, from, to);
            }
        }
        final byte[] vxlan = {8, 0, 0, 0, 0, 0, 100, 0};
        final byte[] unknown = {8, 0, 0, 0, 0, 0, 101, 0};
        for (final byte[] inner : List.of(
                base(3, 0).ipv4("10.0.0.9", "10.0.0.1").tcp(1, 2).payload(64).build(),
                base(3, 1).ipv6("fd00::9", "fd00::1").udp(1, 2).payload(20).build(),
                base(3, 0).tag(5).ipv4("10.0.0.9", "10.0.0.1").icmp(8, 0, 1).build(),
                base(3, 3).payload(46).build(),
                base(5, 0).payload(46).build(),
                base(3, 5).payload(46).build())) {
            seeds.add(plain(UNDERLAY, outer("198.19.0.2", vxlan, inner)));
            seeds.add(plain(UNDERLAY, outer("198.19.0.3", vxlan, inner)));
            seeds.add(plain(UNDERLAY, outer("198.19.0.2", unknown, inner)));
        }
        seeds.add(plain(
                UNDERLAY,
                outer(OTHER_REMOTE.toString(), vxlan, base(6, 5).payload(46).build())));
        seeds.add(train(vxlan));
        return seeds;
    }

    private static void podSeeds(final List<Seed> seeds, final int from, final int to) {
        final FrameBuilder four = base(from, to).ipv4("10.0.0." + from, "10.0.0." + to);
        final FrameBuilder six = base(from, to).ipv6("fd00::" + from, "fd00::" + to);
        seeds.add(plain(from, base(from, to).payload(46).build()));
        seeds.add(plain(from, base(from, to).tag(7).payload(46).build()));
        seeds.add(plain(from, base(from, to).tag(0x88A8, 7).tag(8).payload(46).build()));
        seeds.add(plain(from, four.udp(1000, 2000).payload(30).build()));
        seeds.add(plain(from, base(from, to).payload(1450).build()));
        seeds.add(plain(from, six.tcp(1000, 2000).payload(30).build()));
        seeds.add(partial(from, four.tcp(1000, 2000).payload(700).build(), Frame.GSO_TCPV4, 100, 34, 16));
        seeds.add(partial(from, six.tcp(1000, 2000).payload(700).build(), Frame.GSO_TCPV6, 100, 54, 16));
        seeds.add(partial(from, four.udp(1000, 2000).payload(700).build(), Frame.GSO_UDP, 100, 34, 6));
        seeds.add(partial(from, four.udp(1000, 2000).payload(50).build(), Frame.GSO_NONE, 0, 34, 6));
    }

    private static FrameBuilder base(final int from, final int to) {
        return FrameBuilder.frame()
                .from(0x02_00_00_00_00_10L + from)
                .to(to == 3 ? -1L >>> 16 : 0x02_00_00_00_00_10L + to);
    }

    private static byte[] outer(final String from, final byte[] vxlan, final byte[] inner) {
        final byte[] payload = ByteBuffer.allocate(vxlan.length + inner.length)
                .put(vxlan)
                .put(inner)
                .array();
        return FrameBuilder.frame()
                .ipv4(from, LOCAL.toString())
                .udp(50_000, Vxlan.PORT)
                .payload(payload)
                .build();
    }

    /** Three datagrams of one flow, as UDP_GRO would leave them. */
    private static Seed train(final byte[] vxlan) {
        final byte[] inner =
                base(3, 0).ipv4("10.0.0.9", "10.0.0.1").tcp(1, 2).payload(64).build();
        final byte[] one = ByteBuffer.allocate(vxlan.length + inner.length)
                .put(vxlan)
                .put(inner)
                .array();
        final byte[] three =
                ByteBuffer.allocate(3 * one.length).put(one).put(one).put(one).array();
        final byte[] packet = FrameBuilder.frame()
                .ipv4(REMOTE.toString(), LOCAL.toString())
                .udp(50_000, Vxlan.PORT)
                .payload(three)
                .build();
        return new Seed(UNDERLAY, packet, Frame.GSO_UDP, one.length, Frame.NONE, 0);
    }

    private static Seed plain(final int port, final byte[] octets) {
        return new Seed(port, octets, Frame.GSO_NONE, 0, Frame.NONE, 0);
    }

    private static Seed partial(
            final int port, final byte[] octets, final int type, final int size, final int start, final int offset) {
        return new Seed(port, octets, type, size, start, offset);
    }

    /** One node, its ports, and what it counted before the current frame. */
    private static final class Node {
        private static final int[] INTERESTING = {0, 1, 4, 6, 17, 0x45, 0x60, 0x7F, 0x80, 0xFF};

        final Counters counters = Counters.inMemory(PORTS);
        final Pipeline pipeline =
                new Pipeline(new Options(24, PORTS, 64, 0), counters, 2, SwitchListener.NONE, NeighborListener.NONE);
        private final SplittableRandom random;
        private final MemoryQueue[] queues = new MemoryQueue[PORTS];
        private final Frame frame = Objects.requireNonNull(new FramePool(1, Counters.inMemory(1)).receive(0));
        private final int start = frame.offset;

        private long received;
        private long created;
        private long ended;

        Node(final SplittableRandom random) {
            this.random = random;
            for (int port = 0; port < PORTS; port++) {
                queues[port] = new MemoryQueue(2);
            }
            final BridgeDomain shared = new BridgeDomain(0, 100, "shared", false, new FdbConfig(64, 5, 5, 3, 2));
            final BridgeDomain lonely = new BridgeDomain(1, 200, "lonely", true, new FdbConfig(64, 5, 5, 3, 2));
            shared.addPort(0);
            shared.addPort(1);
            shared.addVtep(0);
            shared.addVtep(1);
            lonely.addPort(2);
            pipeline.bridge().addDomain(shared);
            pipeline.bridge().addDomain(lonely);
            pipeline.vnis().add(0, 100, false);
            pipeline.vnis().add(1, 200, true);
            pipeline.vteps().add(new Vtep(0, REMOTE, Vxlan.PORT, 1400));
            pipeline.vteps().add(new Vtep(1, OTHER_REMOTE, Vxlan.PORT, 1400));
            pipeline.vteps().allow(0, 0);
            pipeline.vteps().allow(1, 0);
            pipeline.attach(port(0, true), 0);
            pipeline.attach(port(1, false), 0);
            pipeline.attach(port(2, false), 1);
            final WireUnderlay underlay =
                    new WireUnderlay(port(UNDERLAY, true), new WireConfig(LOCAL, Vxlan.PORT, 1500, 4), pipeline.pool());
            underlay.setRemote(0, REMOTE, Vxlan.PORT);
            underlay.setRemote(1, OTHER_REMOTE, Vxlan.PORT);
            pipeline.attach(underlay, Frame.NONE);
        }

        private MemoryPort port(final int index, final boolean offloads) {
            return new MemoryPort(index, "p" + index, pipeline.pool(), queues[index], null, offloads);
        }

        void inject() {
            final Seed seed = SEEDS.get(random.nextInt(SEEDS.size()));
            fill(seed);
            final int mutations = random.nextInt(5);
            for (int i = 0; i < mutations; i++) {
                mutate();
            }
            try {
                assertThat(queues[seed.port].offer(frame)).isTrue();
                pipeline.poll(seed.port, 64);
                check();
            } catch (final RuntimeException | AssertionError e) {
                throw new AssertionError(describe(seed.port) + ": " + e, e);
            }
        }

        private void fill(final Seed seed) {
            frame.offset = start;
            frame.length = seed.octets.length;
            frame.buffer.putBytes(start, seed.octets);
            frame.gsoType = seed.gsoType;
            frame.gsoSize = seed.gsoSize;
            frame.checksumState = seed.isPartial() ? Frame.CHECKSUM_PARTIAL : Frame.CHECKSUM_COMPLETE;
            frame.checksumStart = start + seed.checksumStart;
            frame.checksumOffset = seed.checksumOffset;
        }

        private void mutate() {
            final int at = start + random.nextInt(Math.max(1, Math.min(frame.length, 120)));
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> frame.buffer.putByte(at, (byte) random.nextInt());
                case 3, 4 -> frame.buffer.putByte(at, (byte) INTERESTING[random.nextInt(INTERESTING.length)]);
                case 5, 6 -> frame.buffer.putByte(at, (byte) (frame.buffer.getByte(at) ^ (1 << random.nextInt(8))));
                case 7 -> frame.length = random.nextInt(frame.length + 1);
                case 8 -> frame.length = Math.min(frame.length + random.nextInt(100), 2000);
                case 9 -> frame.gsoType = random.nextInt(7);
                case 10 -> frame.gsoSize = random.nextInt(-2, 2000);
                default -> mutateChecksum();
            }
        }

        private void mutateChecksum() {
            frame.checksumState = random.nextInt(3);
            frame.checksumStart = start + random.nextInt(-2, frame.length + 20);
            frame.checksumOffset = random.nextInt(-2, 20);
        }

        private void check() {
            final long nowReceived = counters.get(WorkerCounter.RECEIVED);
            final long nowCreated = counters.get(WorkerCounter.CREATED);
            long nowEnded = counters.get(WorkerCounter.TRANSMITTED) + counters.get(WorkerCounter.CONSUMED);
            for (final DropReason reason : REASONS) {
                nowEnded += counters.getDrop(reason);
            }
            if (nowReceived - received - (nowCreated - created) != 1) {
                throw new AssertionError("not one frame received");
            }
            if (nowEnded - ended != nowReceived - received) {
                throw new AssertionError((nowReceived - received) + " frames, " + (nowEnded - ended) + " ends");
            }
            if (pipeline.pool().inUse() != 0) {
                throw new AssertionError(pipeline.pool().inUse() + " frames not given back");
            }
            received = nowReceived;
            created = nowCreated;
            ended = nowEnded;
        }

        private String describe(final int port) {
            final byte[] octets = new byte[frame.length];
            frame.buffer.getBytes(start, octets);
            return "port " + port + ", gso " + frame.gsoType + "/" + frame.gsoSize + ", checksum "
                    + frame.checksumState + " " + (frame.checksumStart - start) + "+" + frame.checksumOffset + ", "
                    + HexFormat.of().formatHex(octets);
        }
    }
}
