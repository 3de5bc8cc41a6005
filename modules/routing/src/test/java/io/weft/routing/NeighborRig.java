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
import io.weft.wire.Arp;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.Ipv6;
import io.weft.wire.MacAddress;
import io.weft.wire.Ndp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A table and its input stage with a leg in network 3, none in network 4, ports 0 to 7 and VTEPs 0 to 3, and somebody who
 * writes down what leaves, in words.
 */
final class NeighborRig {
    static final int NETWORK = 3;
    static final int UNROUTED = 4;
    static final int UPLINK = 7;

    static final long OWN_MAC = MacAddress.parse("02:00:00:00:00:fe");
    static final String OWN = "10.3.0.254";
    static final String OWN6 = "fd00:3::fe";
    static final String OWN_LINK_LOCAL = "fe80::ff:fe00:fe";
    static final long SIBLING_MAC = MacAddress.parse("02:00:00:00:05:fe");
    static final long A_MAC = MacAddress.parse("02:00:00:00:00:0a");
    static final long B_MAC = MacAddress.parse("02:00:00:00:00:0b");
    static final long C_MAC = MacAddress.parse("02:00:00:00:00:0c");
    static final String A = "10.3.0.1";
    static final String B = "10.3.0.2";
    static final String C = "10.3.0.3";
    static final String A6 = "fd00:3::1";
    static final String B6 = "fd00:3::2";
    static final String C6 = "fd00:3::3";

    final Counters counters = Counters.inMemory(8);
    final FramePool pool;
    final NeighborConfig config;
    final RouterInterfaces legs = new RouterInterfaces(8);
    final RouterInterface leg = new RouterInterface(
            NETWORK, "blue", 0, OWN_MAC, List.of(IpPrefix.parse(OWN + "/24"), IpPrefix.parse(OWN6 + "/64")), 1450);
    final Egress egress = new Egress(this::leave);
    final NeighborTable table;
    final RouterAdvertiser advertiser;
    final NeighborInput input;

    /** What has left since it was last asked for. */
    final List<String> left = new ArrayList<>();
    /** Frames refused because the neighbor is not there, by content. */
    final List<Integer> refused = new ArrayList<>();
    /** What the listener heard. */
    final List<String> heard = new ArrayList<>();
    /** MACs behind tunnels. */
    final Set<Long> remote = new HashSet<>();
    /** Sources that the bridge refuses. */
    final Set<Long> refusedSources = new HashSet<>();

    long now = 1_000_000;

    private final TreeMap<String, String> names = new TreeMap<>();

    NeighborRig() {
        this(config(64, 4, 32));
    }

    NeighborRig(final NeighborConfig config) {
        this(config, new SplittableRandom());
    }

    NeighborRig(final NeighborConfig config, final SplittableRandom random) {
        this.config = config;
        pool = new FramePool(512, counters);
        legs.put(leg);
        table = new NeighborTable(pool, config, legs, egress, this::refuse, new Listener(), random);
        advertiser = new RouterAdvertiser(pool, legs, egress);
        input = new NeighborInput(pool, config, legs, egress, table, advertiser, new FakeLinks(), new Listener());
        names.put(MacAddress.format(OWN_MAC), "own");
        names.put(MacAddress.format(SIBLING_MAC), "sibling");
        names.put(MacAddress.format(A_MAC), "a");
        names.put(MacAddress.format(B_MAC), "b");
        names.put(MacAddress.format(C_MAC), "c");
        names.put(MacAddress.format(MacAddress.BROADCAST), "all");
        pass(0);
    }

    static NeighborConfig config(final int capacity, final int heldPerNeighbor, final int held) {
        return new NeighborConfig(
                capacity, heldPerNeighbor, held, 30_000, 1000, 3, 3, 5000, 300_000, 5000, 1000, 200, 8, 4);
    }

    /** Lets time pass, with a tick at every due time and at the end. */
    void pass(final long millis) {
        final long end = now + millis;
        while (true) {
            final long wait = Math.min(table.nextTimeout(now), advertiser.nextTimeout(now));
            if (wait > end - now) {
                break;
            }
            now += wait;
            tick();
        }
        now = end;
        tick();
    }

    void tick() {
        table.tick(now);
        advertiser.tick(now);
        egress.flush();
    }

    /** Sends a frame whose content is {@code number}, from a port, to a neighbor. */
    void send(final int number, final String address, final int port) {
        send(number, leg, address, port, Frame.NONE);
    }

    void send(final int number, final String address) {
        send(number, address, 0);
    }

    void send(final int number, final RouterInterface to, final String address, final int port, final int vtep) {
        final Frame frame = Objects.requireNonNull(pool.receive(port));
        frame.length = 60;
        Ethernet.put(frame.buffer, frame.offset, 0, to.mac, 0x88B5);
        frame.buffer.putInt(frame.offset + Ethernet.HEADER_LENGTH, number);
        frame.network = to.network;
        frame.vtep = vtep;
        pool.received(frame);
        assertThat(FrameParser.parse(frame)).isNull();
        final IpAddress of = IpAddress.parse(address);
        table.send(frame, to, of.high(), of.low(), NeighborStore.NONE);
        egress.flush();
    }

    /** Puts a frame of network 3 through the stage: "passed", "consumed" or the label of why it was dropped. */
    String receive(final FrameBuilder frame, final int port) {
        return receive(frame, NETWORK, port, Frame.NONE);
    }

    String receive(final FrameBuilder frame) {
        return receive(frame, 1);
    }

    String receiveFromTunnel(final FrameBuilder frame, final int vtep) {
        return receive(frame, NETWORK, UPLINK, vtep);
    }

    String receive(final FrameBuilder builder, final int network, final int port, final int vtep) {
        final Frame frame = builder.parsedInto(pool, port);
        return receive(frame, network, vtep);
    }

    String receive(final Frame frame, final int network, final int vtep) {
        frame.network = network;
        frame.vtep = vtep;
        final String dropsBefore = drops();
        final long consumed = count(WorkerCounter.CONSUMED);
        final FrameVector vector = new FrameVector();
        vector.add(frame);
        input.process(vector);
        egress.flush();
        if (vector.size() == 1) {
            pool.transmitted(vector.get(0), 0);
            return "passed";
        }
        return count(WorkerCounter.CONSUMED) > consumed ? "consumed" : drops().equals(dropsBefore) ? "lost" : lastDrop;
    }

    private String lastDrop = "";

    /** Hears which reason the last drop had. */
    void watchDrops() {
        pool.dropObserver((frame, reason) -> lastDrop = reason.label());
    }

    /** What left since the last call, one line each. */
    List<String> left() {
        final List<String> copy = List.copyOf(left);
        left.clear();
        return copy;
    }

    /** The entry of an address of network 3, "STATE mac", or "none". */
    String entry(final String address) {
        return entry(NETWORK, address);
    }

    String entry(final int network, final String address) {
        final IpAddress of = IpAddress.parse(address);
        for (final NeighborEntry entry : table.snapshot()) {
            if (entry.network() == network && entry.address().equals(of)) {
                return entry.state()
                        + (entry.mac() == 0 ? "" : " " + name(entry.mac()))
                        + (entry.router() ? " router" : "");
            }
        }
        return "none";
    }

    String drops() {
        final StringBuilder text = new StringBuilder();
        for (final DropReason reason : DropReason.values()) {
            if (counters.getDrop(reason) != 0) {
                text.append(text.isEmpty() ? "" : " ")
                        .append(reason.label())
                        .append(':')
                        .append(counters.getDrop(reason));
            }
        }
        return text.toString();
    }

    long count(final WorkerCounter counter) {
        return counters.get(counter);
    }

    /** The ledger balances, and everything that is held is held by the table. */
    void assertConservation() {
        final int held = table.snapshot().stream().mapToInt(NeighborEntry::held).sum();
        assertThat(pool.inUse()).isEqualTo(held);
        assertThat(count(WorkerCounter.RECEIVED))
                .isEqualTo(count(WorkerCounter.TRANSMITTED)
                        + count(WorkerCounter.CONSUMED)
                        + count(WorkerCounter.DROPPED)
                        + held);
        assertThat(count(WorkerCounter.NEIGHBORS)).isEqualTo(table.size());
    }

    /** ARP from {@code mac} to everybody. */
    static FrameBuilder arpRequest(final long mac, final String sender, final String target) {
        return FrameBuilder.frame().from(mac).to(MacAddress.BROADCAST).arp(Arp.REQUEST, mac, sender, 0, target);
    }

    static FrameBuilder arpReply(final long mac, final String sender, final long toMac, final String target) {
        return FrameBuilder.frame().from(mac).to(toMac).arp(Arp.REPLY, mac, sender, toMac, target);
    }

    /** A neighbor solicitation to the solicited-node address; {@code option} 0: without link-layer address. */
    static FrameBuilder solicitation(final long mac, final String source, final String target, final long option) {
        final long group = Ndp.solicitedNodeLow(IpAddress.parse(target).low());
        return discovery(mac, source, new IpAddress(Ndp.MULTICAST_HIGH, group).toString())
                .to(Ndp.multicastMac(group))
                .icmp(Icmp.NEIGHBOR_SOLICITATION, 0, 0)
                .payload(neighborBody(target, Ndp.SOURCE_ADDRESS, option));
    }

    static FrameBuilder advertisement(
            final long mac,
            final String target,
            final long toMac,
            final String to,
            final int flags,
            final long option) {
        return discovery(mac, target, to)
                .to(toMac)
                .icmp(Icmp.NEIGHBOR_ADVERTISEMENT, 0, flags << 24)
                .payload(neighborBody(target, Ndp.TARGET_ADDRESS, option));
    }

    static FrameBuilder discovery(final long mac, final String source, final String destination) {
        return FrameBuilder.frame().from(mac).ipv6(source, destination).ttl(255);
    }

    static byte[] neighborBody(final String target, final int option, final long mac) {
        final byte[] address = IpAddress.parse(target).octets();
        final byte[] options = mac == 0 ? new byte[0] : option(option, mac);
        return ByteBuffer.allocate(16 + options.length)
                .put(address)
                .put(options)
                .array();
    }

    static byte[] option(final int type, final long mac) {
        return ByteBuffer.allocate(8)
                .putLong((long) type << 56 | 1L << 48 | mac)
                .array();
    }

    private void refuse(final Frame frame) {
        refused.add(frame.buffer.getInt(frame.offset + Ethernet.HEADER_LENGTH));
        pool.drop(frame, DropReason.NEIGHBOR_UNRESOLVED);
    }

    private void leave(final FrameVector frames) {
        for (int i = 0; i < frames.size(); i++) {
            final Frame frame = frames.get(i);
            assertThat(frame.next).isNull();
            left.add(describe(frame));
            pool.transmitted(frame, frame.port);
        }
        frames.clear();
    }

    /** Like "all own ARP 1 own 10.3.0.254 ? 10.3.0.1": destination and source MAC, then what it says. */
    private String describe(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final StringBuilder text = new StringBuilder();
        text.append(frame.network == NETWORK ? "" : "network " + frame.network + " ");
        text.append(frame.vtep == Frame.NONE ? "" : "local ");
        text.append(name(Ethernet.destination(buffer, frame.offset))).append(' ');
        text.append(name(Ethernet.source(buffer, frame.offset))).append(' ');
        final int packet = frame.offset + Ethernet.HEADER_LENGTH;
        switch (frame.etherType) {
            case Ethernet.TYPE_ARP ->
                text.append("ARP ")
                        .append(Arp.operation(buffer, packet))
                        .append(' ')
                        .append(name(Arp.senderMac(buffer, packet)))
                        .append(' ')
                        .append(IpAddress.ofIpv4(Arp.senderIp(buffer, packet)))
                        .append(' ')
                        .append(name(Arp.targetMac(buffer, packet)))
                        .append(' ')
                        .append(IpAddress.ofIpv4(Arp.targetIp(buffer, packet)));
            case Ethernet.TYPE_IPV6 -> describeDiscovery(frame, text);
            default -> text.append("frame ").append(buffer.getInt(packet));
        }
        return text.toString();
    }

    private void describeDiscovery(final Frame frame, final StringBuilder text) {
        final UnsafeBuffer buffer = frame.buffer;
        final int message = frame.l4Offset;
        final int length = frame.end() - message;
        assertThat(Ipv6.hopLimit(buffer, frame.l3Offset)).isEqualTo(255);
        assertThat(Ndp.isValid(buffer, message, length)).isTrue();
        assertThat(Checksum.finish(Checksum.pseudoHeaderIpv6(buffer, frame.l3Offset, Ipv6.PROTOCOL_ICMPV6, length)
                        + Checksum.sum(buffer, message, length)))
                .isZero();
        text.append(new IpAddress(Ipv6.sourceHigh(buffer, frame.l3Offset), Ipv6.sourceLow(buffer, frame.l3Offset)));
        text.append(" > ");
        text.append(new IpAddress(
                Ipv6.destinationHigh(buffer, frame.l3Offset), Ipv6.destinationLow(buffer, frame.l3Offset)));
        final IpAddress target = new IpAddress(Ndp.targetHigh(buffer, message), Ndp.targetLow(buffer, message));
        switch (Icmp.type(buffer, message)) {
            case Icmp.NEIGHBOR_SOLICITATION ->
                text.append(" NS ").append(target).append(' ').append(option(frame, Ndp.SOURCE_ADDRESS));
            case Icmp.NEIGHBOR_ADVERTISEMENT ->
                text.append(" NA ")
                        .append(target)
                        .append(' ')
                        .append(flags(Ndp.flags(buffer, message)))
                        .append(' ')
                        .append(option(frame, Ndp.TARGET_ADDRESS));
            case Icmp.ROUTER_ADVERTISEMENT ->
                text.append(" RA ")
                        .append(Ndp.routerLifetime(buffer, message))
                        .append(' ')
                        .append(option(frame, Ndp.SOURCE_ADDRESS));
            default -> text.append(" type ").append(Icmp.type(buffer, message));
        }
    }

    private String option(final Frame frame, final int option) {
        return name(Ndp.linkLayerAddress(frame.buffer, frame.l4Offset, frame.end() - frame.l4Offset, option));
    }

    private static String flags(final int flags) {
        return ((flags & Ndp.ROUTER) != 0 ? "R" : "")
                + ((flags & Ndp.SOLICITED) != 0 ? "S" : "")
                + ((flags & Ndp.OVERRIDE) != 0 ? "O" : "");
    }

    private String name(final long mac) {
        final String text = mac == 0 ? "-" : MacAddress.format(mac & MacAddress.BROADCAST);
        return names.getOrDefault(text, text);
    }

    private final class FakeLinks implements Links {
        @Override
        public boolean learn(final Frame frame) {
            return !refusedSources.contains(Ethernet.source(frame.buffer, frame.offset));
        }

        @Override
        public boolean isRemote(final int network, final long mac) {
            return remote.contains(mac);
        }
    }

    private final class Listener implements NeighborListener {
        @Override
        public void onDuplicate(
                final int network, final long high, final long low, final long mac, final int port, final int vtep) {
            heard.add("duplicate " + new IpAddress(high, low) + " " + name(mac) + " port " + port);
        }

        @Override
        public void onFull(final boolean full) {
            heard.add(full ? "full" : "not full");
        }
    }
}
