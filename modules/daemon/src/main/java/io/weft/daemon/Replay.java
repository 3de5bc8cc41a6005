// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.CapturePoint;
import io.weft.capture.PacketReader;
import io.weft.capture.PcapngWriter;
import io.weft.dataplane.Dataplane;
import io.weft.dataplane.Options;
import io.weft.dataplane.Pipeline;
import io.weft.dataplane.PortOpener;
import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.port.InterfaceRoute;
import io.weft.port.WireConfig;
import io.weft.port.WireUnderlay;
import io.weft.wire.Arp;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A node's dataplane without a node: packets of a capture file in, what the node would have sent out, at the times of the
 * packets. Nothing of the machine is touched.
 *
 * <p>Where a packet comes in, by the first rule that fits:
 *
 * <ol>
 *   <li>its interface is one of a Weft capture ("n1/a rx"): that port; of the points only rx and tunnel-rx are taken, the
 *       others are what the node itself did;
 *   <li>its source MAC is the node's router: nowhere, for the same reason;
 *   <li>its IP or ARP source is an address of a port: that port, the first of the file where VRFs share the address;
 *   <li>its IP destination is the node's underlay address: the underlay;
 *   <li>the port given as default.
 * </ol>
 *
 * The node's clock starts at the first packet. Between two packets it stops wherever a timer is due, so that what the node
 * does of itself (ARP requests, router advertisements) has its time too; a gap of more than {@link #MAX_GAP_MILLIS} counts as
 * that much.
 *
 * <p>Not replayed, but counted: packets that were cut by the capture or are longer than a frame slot. A super-frame that was
 * captured as one packet is an ordinary long frame here.
 */
final class Replay {
    /** Longest time between two packets that the node lives through. */
    static final long MAX_GAP_MILLIS = TimeUnit.HOURS.toMillis(1);

    /** The underlay's MTU, which a file can't tell. */
    private static final int UNDERLAY_MTU = 1500;

    private static final int POOL_FRAMES = 512;

    private final NodeConfig config;
    private final Counters counters;
    private final Dataplane dataplane;
    private final Pipeline pipeline;
    private final Map<String, ReplayPort> ports = new LinkedHashMap<>();
    private final Set<Long> routers = new HashSet<>();
    private final ReplayPort defaultPort;
    /** Time of the file at which the node's clock is 0. */
    private long startNanos;

    private long nowMillis;
    private long packets;
    private long skipped;

    /**
     * Wires the node.
     *
     * @param defaultPort name of the port for packets that don't say where they come from; null: the first of the file
     * @throws ConfigException the node has no port, or none of that name, or what the file asks for can't be
     */
    Replay(final NodeConfig config, final @Nullable String defaultPort) throws ConfigException {
        this.config = config;
        final int count = config.ports().size() + 1;
        this.counters = Counters.inMemory(count);
        this.dataplane = Dataplane.offline(config.name(), counters, new Options(POOL_FRAMES, count, 1, 0));
        this.pipeline = dataplane.pipeline();
        new NodeSetup(config, dataplane, new FilePorts()).build();
        for (final NodeConfig.Network network : config.networks()) {
            if (!network.gateways().isEmpty()) {
                routers.add(dataplane.routing().routerMac(network.name()));
            }
        }
        this.defaultPort = defaultPort(defaultPort);
    }

    private ReplayPort defaultPort(final @Nullable String wanted) throws ConfigException {
        final boolean any = wanted == null && !config.ports().isEmpty();
        final String name = any ? config.ports().getFirst().name() : wanted;
        final ReplayPort port = name == null || name.equals(NodeSetup.UNDERLAY) ? null : ports.get(name);
        if (port == null) {
            throw new ConfigException(
                    config.file(), 1, name == null ? "no port to replay at" : "no such port: " + name);
        }
        return port;
    }

    /** Ports that receive what {@link #packet} gives them and send to the output file. */
    private final class FilePorts implements PortOpeners {
        @Override
        public int underlayMtu(final NodeConfig.Underlay underlay) {
            return UNDERLAY_MTU;
        }

        @Override
        public PortOpener underlay(final NodeConfig.Underlay underlay) {
            final WireConfig wire =
                    new WireConfig(underlay.address(), underlay.port(), UNDERLAY_MTU, Pipeline.MAX_VTEPS);
            return (index, pool) -> new WireUnderlay(add(index, NodeSetup.UNDERLAY, pool), wire, pool);
        }

        @Override
        public PortOpener port(final NodeConfig.PortEntry port, final List<InterfaceRoute> routes) {
            return (index, pool) -> add(index, port.name(), pool);
        }

        private ReplayPort add(final int index, final String name, final FramePool pool) {
            final ReplayPort port = new ReplayPort(index, name, pool);
            ports.put(name, port);
            return port;
        }
    }

    /** Where the node sends to. Before the first packet. */
    void output(final PcapngWriter out) throws IOException {
        for (final ReplayPort port : ports.values()) {
            final CapturePoint point =
                    port.name().equals(NodeSetup.UNDERLAY) ? CapturePoint.TUNNEL_TX : CapturePoint.TX;
            final String name = config.name() + "/" + port.name() + " " + point.label();
            port.output(out, out.addInterface(name, "replayed"));
        }
    }

    /** Takes one packet through the stages. */
    void packet(final PacketReader.Packet packet) throws IOException {
        if (packet.linkType() != 1) {
            throw new IOException("not a capture of Ethernet frames: link type " + packet.linkType());
        }
        final ReplayPort port = portOf(packet);
        final int length = packet.octets().length;
        if (port == null || length < packet.originalLength() || length > FramePool.MAX_FRAME_LENGTH) {
            skipped++;
            return;
        }
        if (packets++ == 0) {
            startNanos = packet.epochNanos();
        }
        advance(packet.epochNanos());
        port.give(packet.octets());
        pipeline.poll(port.index(), 1);
    }

    /** Lets the time pass until a packet's; it doesn't go back where packets do. */
    private void advance(final long epochNanos) {
        final long gap = TimeUnit.NANOSECONDS.toMillis(epochNanos - startNanos) - nowMillis;
        startNanos += TimeUnit.MILLISECONDS.toNanos(Math.max(0, gap - MAX_GAP_MILLIS));
        long left = Math.clamp(gap, 0, MAX_GAP_MILLIS);
        while (pipeline.nextTimeout() < left) {
            final long step = Math.max(1, pipeline.nextTimeout());
            left -= step;
            tick(step, epochNanos - TimeUnit.MILLISECONDS.toNanos(left));
        }
        tick(left, epochNanos);
    }

    private void tick(final long millis, final long epochNanos) {
        nowMillis += millis;
        for (final ReplayPort port : ports.values()) {
            port.time(epochNanos);
        }
        pipeline.tick(TimeUnit.MILLISECONDS.toNanos(nowMillis));
    }

    /** The port where the packet comes in; null: it is not to be replayed. */
    private @Nullable ReplayPort portOf(final PacketReader.Packet packet) {
        final String name = packet.interfaceName();
        final int slash = name.indexOf('/');
        final int space = name.lastIndexOf(' ');
        if (slash >= 0 && space > slash && isPoint(name.substring(space + 1))) {
            final boolean received =
                    name.endsWith(" " + CapturePoint.RX.label()) || name.endsWith(" " + CapturePoint.TUNNEL_RX.label());
            return received ? ports.get(name.substring(slash + 1, space)) : null;
        }
        return portOfAddress(packet.octets());
    }

    private static boolean isPoint(final String label) {
        for (final CapturePoint point : CapturePoint.values()) {
            if (point.label().equals(label)) {
                return true;
            }
        }
        return false;
    }

    private @Nullable ReplayPort portOfAddress(final byte[] octets) {
        final UnsafeBuffer frame = new UnsafeBuffer(octets);
        if (!Ethernet.isValid(frame, 0, octets.length)) {
            return defaultPort;
        }
        if (routers.contains(Ethernet.source(frame, 0))) {
            return null;
        }
        final int start = Ethernet.HEADER_LENGTH;
        final int left = octets.length - start;
        return switch (Ethernet.type(frame, 0)) {
            case Ethernet.TYPE_IPV4 ->
                Ipv4.isValid(frame, start, left)
                        ? portOf(
                                IpAddress.ofIpv4(Ipv4.source(frame, start)),
                                IpAddress.ofIpv4(Ipv4.destination(frame, start)))
                        : defaultPort;
            case Ethernet.TYPE_IPV6 ->
                Ipv6.isValid(frame, start, left)
                        ? portOf(
                                new IpAddress(Ipv6.sourceHigh(frame, start), Ipv6.sourceLow(frame, start)),
                                new IpAddress(Ipv6.destinationHigh(frame, start), Ipv6.destinationLow(frame, start)))
                        : defaultPort;
            case Ethernet.TYPE_ARP ->
                Arp.isValid(frame, start, left)
                        ? portOf(IpAddress.ofIpv4(Arp.senderIp(frame, start)), null)
                        : defaultPort;
            default -> defaultPort;
        };
    }

    private ReplayPort portOf(final IpAddress source, final @Nullable IpAddress destination) {
        for (final NodeConfig.PortEntry entry : config.ports()) {
            final IpPrefix address = entry.address(source.isIpv4());
            if (address != null && address.address().equals(source)) {
                return port(entry.name());
            }
        }
        final NodeConfig.Underlay underlay = config.underlay();
        return underlay != null && underlay.address().equals(destination) ? port(NodeSetup.UNDERLAY) : defaultPort;
    }

    private ReplayPort port(final String name) {
        return Objects.requireNonNull(ports.get(name), "every port of the file was opened");
    }

    /** What became of the packets: the ledger, then drops by reason. */
    List<Row> report() {
        final List<Row> rows = new ArrayList<>();
        rows.add(new Row()
                .word("object", "frames")
                .pair("received", counters.get(WorkerCounter.RECEIVED))
                .pair("created", counters.get(WorkerCounter.CREATED))
                .pair("transmitted", counters.get(WorkerCounter.TRANSMITTED))
                .pair("consumed", counters.get(WorkerCounter.CONSUMED))
                .pair("dropped", counters.get(WorkerCounter.DROPPED))
                .pair("held", pipeline.pool().inUse())
                .pair("skipped", skipped));
        for (final DropReason reason : DropReason.values()) {
            if (counters.getDrop(reason) > 0) {
                rows.add(new Row()
                        .word("object", "drop")
                        .word("reason", reason.label())
                        .pair("frames", counters.getDrop(reason))
                        .tail("sentence", reason.sentence()));
            }
        }
        return rows;
    }
}
