// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A router with two legs, 10.1.0.254/24 and 10.2.0.254/24 with fd00:1::fe/64 and fd00:2::fe/64, and a neighbor .1 on each
 * that needs no resolution. What leaves is kept as frames until {@link #run} is called again.
 */
final class RouterRig {
    static final int NET1 = 1;
    static final int NET2 = 2;
    static final long ROUTER1 = 0x02_00_00_00_01_FEL;
    static final long ROUTER2 = 0x02_00_00_00_02_FEL;
    static final long HOST1 = 0x02_00_00_00_01_01L;
    static final long HOST2 = 0x02_00_00_00_02_01L;

    final Counters counters = Counters.inMemory(4);
    final FramePool pool;
    final RouterInterfaces legs = new RouterInterfaces(4);
    final NextHopTable groups = new NextHopTable();
    final List<Frame> left = new ArrayList<>();
    final Egress egress = new Egress(this::leave);
    final Router router;
    final Vrf vrf = new Vrf("default", GracePeriod.NONE);
    final RouterInterface leg1;
    final RouterInterface leg2;
    private final FrameVector in = new FrameVector();
    private int nextGroup = 1;
    private long millis;

    RouterRig() {
        this(256);
    }

    RouterRig(final int frames) {
        pool = new FramePool(frames, counters);
        router = new Router(pool, legs, groups, NeighborConfig.of(4, 16), NeighborListener.NONE, egress, 1);
        router.vrf(0, vrf);
        leg1 = leg(NET1, ROUTER1, "10.1.0.254/24", "fd00:1::fe/64", HOST1, "10.1.0.1", "fd00:1::1");
        leg2 = leg(NET2, ROUTER2, "10.2.0.254/24", "fd00:2::fe/64", HOST2, "10.2.0.1", "fd00:2::1");
    }

    private RouterInterface leg(
            final int network,
            final long mac,
            final String ipv4,
            final String ipv6,
            final long host,
            final String host4,
            final String host6) {
        final List<IpPrefix> addresses = List.of(IpPrefix.parse(ipv4), IpPrefix.parse(ipv6));
        final RouterInterface leg = new RouterInterface(network, "net" + network, 0, mac, addresses, 1500);
        legs.put(leg);
        for (final IpPrefix address : addresses) {
            route(address.network().toString(), leg.onLink);
            final int bits = address.address().isIpv4() ? 32 : 128;
            vrf.addOwn(address.address().high(), address.address().low());
            route(new IpPrefix(address.address(), bits).toString(), NextHop.local(leg));
        }
        final int first = addresses.getFirst().network().address().ipv4();
        route(IpAddress.ofIpv4(first | 0xFF) + "/32", NextHop.nowhere(NextHop.BROADCAST));
        neighbor(leg, host4, host);
        neighbor(leg, host6, host);
        return leg;
    }

    void neighbor(final RouterInterface leg, final String address, final long mac) {
        final IpAddress parsed = IpAddress.parse(address);
        assertThat(router.neighbors().addPermanent(leg.network, parsed.high(), parsed.low(), mac, true))
                .isTrue();
    }

    void route(final String prefix, final NextHop... hops) {
        final IpPrefix dst = IpPrefix.parse(prefix);
        final int number = nextGroup++;
        groups.put(number, new NextHopGroup(hops));
        if (dst.address().isIpv4()) {
            assertThat(vrf.ipv4.put(dst.address().ipv4(), dst.length(), number)).isTrue();
        } else {
            assertThat(vrf.ipv6.put(dst.address().high(), dst.address().low(), dst.length(), number))
                    .isTrue();
        }
    }

    /** A frame of host 1 to the router's leg there. */
    static FrameBuilder fromHost1() {
        return FrameBuilder.frame().from(HOST1).to(ROUTER1);
    }

    /** Adds a frame from network 1 to the vector. */
    Frame add(final FrameBuilder builder) {
        return add(builder.into(pool, 0));
    }

    private Frame add(final Frame frame) {
        assertThat(FrameParser.parse(frame)).isNull();
        frame.network = NET1;
        in.add(frame);
        return frame;
    }

    /** Sends the vector through the router; returns what left, whose frames are given back at the next call. */
    List<Frame> run() {
        giveBack();
        router.process(in);
        egress.flush();
        assertThat(in.isEmpty()).isTrue();
        return left;
    }

    List<Frame> route(final FrameBuilder builder) {
        add(builder);
        return run();
    }

    /** What became of one packet: {@code "net2"}, or the reason why it was dropped, with the error that was sent. */
    String fate(final FrameBuilder builder) {
        return fateOf(builder.into(pool, 0));
    }

    /** The same for a frame of these octets. */
    String fate(final byte[] octets) {
        final Frame frame = Objects.requireNonNull(pool.receive(0));
        frame.length = octets.length;
        frame.buffer.putBytes(frame.offset, octets);
        pool.received(frame);
        return fateOf(frame);
    }

    private String fateOf(final Frame frame) {
        final long[] before = drops();
        add(frame);
        run();
        final StringBuilder text = new StringBuilder();
        for (final DropReason reason : DropReason.values()) {
            if (counters.getDrop(reason) != before[reason.id()]) {
                text.append(reason.label());
            }
        }
        for (final Frame each : left) {
            text.append(text.isEmpty() ? "" : " ").append(describe(each));
        }
        return text.toString();
    }

    private static String describe(final Frame frame) {
        final boolean icmp = frame.protocol == Ipv4.PROTOCOL_ICMP || frame.protocol == Ipv6.PROTOCOL_ICMPV6;
        return "net" + frame.network
                + (icmp
                        ? " icmp " + Icmp.type(frame.buffer, frame.l4Offset) + "/"
                                + Icmp.code(frame.buffer, frame.l4Offset)
                        : "");
    }

    private long[] drops() {
        final long[] drops = new long[DropReason.ID_LIMIT];
        for (final DropReason reason : DropReason.values()) {
            drops[reason.id()] = counters.getDrop(reason);
        }
        return drops;
    }

    void advance(final long byMillis) {
        millis += byMillis;
        giveBack();
        router.tick(millis);
        egress.flush();
    }

    private void leave(final FrameVector frames) {
        for (int i = 0; i < frames.size(); i++) {
            left.add(frames.get(i));
        }
        frames.clear();
    }

    private void giveBack() {
        left.forEach(frame -> pool.transmitted(frame, 1));
        left.clear();
    }

    /** Ends with every frame given back. */
    void assertConservation() {
        giveBack();
        assertThat(pool.inUse()).isZero();
        assertThat(counters.get(WorkerCounter.RECEIVED))
                .isEqualTo(counters.get(WorkerCounter.TRANSMITTED)
                        + counters.get(WorkerCounter.CONSUMED)
                        + counters.get(WorkerCounter.DROPPED));
    }

    static IpAddress source(final Frame frame) {
        return frame.etherType == Ethernet.TYPE_IPV4
                ? IpAddress.ofIpv4(Ipv4.source(frame.buffer, frame.l3Offset))
                : new IpAddress(
                        Ipv6.sourceHigh(frame.buffer, frame.l3Offset), Ipv6.sourceLow(frame.buffer, frame.l3Offset));
    }

    static Frame only(final List<Frame> frames) {
        assertThat(frames).hasSize(1);
        return Objects.requireNonNull(frames.getFirst());
    }
}
