// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.CapturePoint;
import io.weft.capture.PacketReader;
import io.weft.capture.PcapngWriter;
import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.Options;
import io.weft.dataplane.Pipeline;
import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.overlay.Mtu;
import io.weft.overlay.Vtep;
import io.weft.port.WireConfig;
import io.weft.port.WireUnderlay;
import io.weft.routing.NeighborListener;
import io.weft.switching.BridgeDomain;
import io.weft.switching.FdbConfig;
import io.weft.switching.SwitchListener;
import io.weft.wire.Arp;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A node's stages without a node: packets of a capture file in, what the node would have sent out, at the times of the
 * packets. Nothing of the machine is touched.
 *
 * <p>Where a packet comes in, by the first rule that fits:
 *
 * <ol>
 *   <li>its interface is one of a Weft capture ("n1/a rx"): that port; of the points only rx and tunnel-rx are taken, the
 *       others are what the node itself did;
 *   <li>its IP destination is the node's underlay address: the underlay;
 *   <li>its IP or ARP source is an address of a port: that port;
 *   <li>the port given as default.
 * </ol>
 *
 * Bridges and tunnels are the node's; the router is not: a file with a gateway or routes is refused.
 *
 * <p>Not replayed, but counted: packets that were cut by the capture or are longer than a frame slot. A super-frame that was
 * captured as one packet is an ordinary long frame here.
 */
final class Replay {
    /** The underlay's MTU, which a file can't tell. */
    private static final int UNDERLAY_MTU = 1500;

    private static final int POOL_FRAMES = 512;

    private final NodeConfig config;
    private final Counters counters;
    private final Pipeline pipeline;
    private final List<ReplayPort> ports = new ArrayList<>();
    private final int defaultPort;
    private long firstNanos;
    private int seconds;
    private long packets;
    private long skipped;

    /**
     * Wires the node.
     *
     * @param defaultPort name of the port for packets that don't say where they come from; null: the first of the file
     * @throws ConfigException the node has no port, or none of that name, or it routes
     */
    Replay(final NodeConfig config, final @Nullable String defaultPort, final PcapngWriter out)
            throws ConfigException, IOException {
        this.config = config;
        refuseRouter(config);
        final int count = config.ports().size();
        this.counters = Counters.inMemory(count + 1);
        this.pipeline = new Pipeline(
                new Options(POOL_FRAMES, count + 1, 1, 0),
                counters,
                Math.max(1, config.networks().size()),
                SwitchListener.NONE,
                NeighborListener.NONE);
        this.defaultPort = indexOf(config, defaultPort);
        addNetworks();
        for (final NodeConfig.PortEntry entry : config.ports()) {
            final ReplayPort port = port(entry.name(), CapturePoint.TX, out);
            final int network = networkOf(entry.network());
            domain(network).addPort(port.index());
            pipeline.attach(port, network);
        }
        addUnderlay(port(Node.UNDERLAY, CapturePoint.TUNNEL_TX, out));
    }

    private static void refuseRouter(final NodeConfig config) throws ConfigException {
        for (final NodeConfig.Network network : config.networks()) {
            if (!network.gateways().isEmpty()) {
                throw new ConfigException(
                        config.file(),
                        network.line(),
                        "network " + network.name() + " has a gateway, and replay has no router");
            }
        }
    }

    /** The index of the default port; refuses what can't be replayed at all. */
    static int indexOf(final NodeConfig config, final @Nullable String name) throws ConfigException {
        for (int i = 0; i < config.ports().size(); i++) {
            if (name == null || config.ports().get(i).name().equals(name)) {
                return i;
            }
        }
        throw new ConfigException(config.file(), 1, name == null ? "no port to replay at" : "no such port: " + name);
    }

    private int networkOf(final String name) {
        for (int i = 0; i < config.networks().size(); i++) {
            if (config.networks().get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalStateException("port of network " + name + ", which the reader did not check");
    }

    private BridgeDomain domain(final int index) {
        final BridgeDomain domain = pipeline.bridge().domain(index);
        if (domain == null) {
            throw new IllegalStateException("no network " + index);
        }
        return domain;
    }

    private void addNetworks() {
        final FdbConfig base = FdbConfig.DEFAULT;
        for (int i = 0; i < config.networks().size(); i++) {
            final NodeConfig.Network network = config.networks().get(i);
            final FdbConfig fdb = new FdbConfig(
                    network.learnLimit(),
                    network.ageing(),
                    base.flapMoves(),
                    base.flapWindowSeconds(),
                    base.flapHoldSeconds());
            pipeline.bridge().addDomain(new BridgeDomain(i, network.vni(), network.name(), network.tagged(), fdb));
            if (network.vni() != NetworkSpec.NO_VNI) {
                pipeline.vnis().add(i, network.vni(), network.tagged());
            }
        }
    }

    private ReplayPort port(final String name, final CapturePoint point, final PcapngWriter out) throws IOException {
        final int number = out.addInterface(config.name() + "/" + name + " " + point.label(), "replayed");
        final ReplayPort port = new ReplayPort(ports.size(), name, pipeline.pool(), out, number);
        ports.add(port);
        return port;
    }

    private void addUnderlay(final ReplayPort wire) {
        final NodeConfig.Underlay underlay = config.underlay();
        if (underlay == null) {
            return;
        }
        final WireUnderlay port = new WireUnderlay(
                wire,
                new WireConfig(underlay.address(), underlay.port(), UNDERLAY_MTU, Pipeline.MAX_VTEPS),
                pipeline.pool());
        pipeline.attach(port, Frame.NONE);
        final List<IpAddress> known = new ArrayList<>();
        final int mtu = Mtu.podMtu(UNDERLAY_MTU, !underlay.address().isIpv4());
        for (int network = 0; network < config.networks().size(); network++) {
            for (final NodeConfig.Remote entry : config.networks().get(network).remotes()) {
                final IpAddress remote = entry.vtep();
                int vtep = known.indexOf(remote);
                if (vtep < 0) {
                    vtep = known.size();
                    known.add(remote);
                    pipeline.vteps().add(new Vtep(vtep, remote, underlay.port(), mtu));
                    port.setRemote(vtep, remote, underlay.port());
                }
                pipeline.vteps().allow(vtep, network);
                domain(network).addVtep(vtep);
            }
        }
    }

    /** Takes one packet through the stages. */
    void packet(final PacketReader.Packet packet) throws IOException {
        if (packet.linkType() != 1) {
            throw new IOException("not a capture of Ethernet frames: link type " + packet.linkType());
        }
        final int index = portOf(packet);
        final int length = packet.octets().length;
        if (index < 0 || length < packet.originalLength() || length > FramePool.MAX_FRAME_LENGTH) {
            skipped++;
            return;
        }
        if (packets++ == 0) {
            firstNanos = packet.epochNanos();
        }
        seconds = Math.max(seconds, (int) TimeUnit.NANOSECONDS.toSeconds(packet.epochNanos() - firstNanos));
        pipeline.tick(seconds * 1000L);
        for (final ReplayPort port : ports) {
            port.time(packet.epochNanos());
        }
        ports.get(index).give(packet.octets());
        pipeline.poll(index, 1);
    }

    /** Index of the port where the packet comes in; -1: it is not to be replayed. */
    private int portOf(final PacketReader.Packet packet) {
        final String name = packet.interfaceName();
        final int slash = name.indexOf('/');
        final int space = name.lastIndexOf(' ');
        if (slash >= 0 && space > slash && isPoint(name.substring(space + 1))) {
            final boolean received =
                    name.endsWith(" " + CapturePoint.RX.label()) || name.endsWith(" " + CapturePoint.TUNNEL_RX.label());
            return received ? portNamed(name.substring(slash + 1, space)) : -1;
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

    private int portNamed(final String name) {
        for (final ReplayPort port : ports) {
            if (port.name().equals(name)) {
                return port.index();
            }
        }
        return -1;
    }

    private int portOfAddress(final byte[] octets) {
        final UnsafeBuffer frame = new UnsafeBuffer(octets);
        if (!Ethernet.isValid(frame, 0, octets.length)) {
            return defaultPort;
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

    private int portOf(final IpAddress source, final @Nullable IpAddress destination) {
        final NodeConfig.Underlay underlay = config.underlay();
        if (underlay != null && underlay.address().equals(destination)) {
            return ports.size() - 1;
        }
        for (int i = 0; i < config.ports().size(); i++) {
            for (final IpPrefix address : config.ports().get(i).addresses()) {
                if (address.address().equals(source)) {
                    return i;
                }
            }
        }
        return defaultPort;
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
