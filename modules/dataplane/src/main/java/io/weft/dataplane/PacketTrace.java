// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.overlay.Vtep;
import io.weft.port.Port;
import io.weft.port.PortState;
import io.weft.port.UdpUnderlay;
import io.weft.routing.NeighborEntry;
import io.weft.routing.NextHop;
import io.weft.routing.NextHopGroup;
import io.weft.routing.Router;
import io.weft.routing.RouterInterface;
import io.weft.routing.TunnelFragmenter;
import io.weft.switching.BridgeDomain;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Says what every stage would do with a frame that somebody made up: the same checks and the same lookups in the worker's
 * tables, on the worker's thread, but nothing is sent, learned, resolved or counted.
 */
final class PacketTrace {
    private final Pipeline pipeline;
    private final List<TraceStep> steps = new ArrayList<>();

    private PacketTrace(final Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /** The frame's way from a port on. Worker thread, between two vectors. */
    static List<TraceStep> run(final Pipeline pipeline, final Port port, final int network, final byte[] octets) {
        final Frame frame = Objects.requireNonNull(new FramePool(1, Counters.inMemory(1)).create(0));
        frame.buffer.putBytes(frame.offset, octets);
        frame.length = octets.length;
        frame.port = port.index();
        frame.network = network;
        final PacketTrace trace = new PacketTrace(pipeline);
        trace.say("port", "received by port " + port.name() + ", " + octets.length + " octets");
        trace.ethernetInput(frame);
        return trace.steps;
    }

    private void say(final String stage, final String text) {
        steps.add(new TraceStep(stage, text));
    }

    private void drop(final String stage, final DropReason reason) {
        say(stage, "dropped, " + reason.label() + ": " + reason.sentence());
    }

    private void ethernetInput(final Frame frame) {
        final DropReason reason = FrameParser.parse(frame);
        if (reason != null) {
            drop("ethernet-input", reason);
            return;
        }
        say("ethernet-input", summary(frame));
        neighborInput(frame);
    }

    private static String summary(final Frame frame) {
        final StringBuilder text = new StringBuilder()
                .append(MacAddress.format(Ethernet.source(frame.buffer, frame.offset)))
                .append(" > ")
                .append(MacAddress.format(Ethernet.destination(frame.buffer, frame.offset)));
        if (frame.l3Offset == Frame.NONE) {
            return text.append(String.format(", EtherType 0x%04x", frame.etherType))
                    .toString();
        }
        final boolean ipv4 = frame.etherType == Ethernet.TYPE_IPV4;
        return text.append(", ")
                .append(source(frame))
                .append(" > ")
                .append(destination(frame))
                .append(ipv4 ? " ttl " : " hop limit ")
                .append(ipv4 ? Ipv4.ttl(frame.buffer, frame.l3Offset) : Ipv6.hopLimit(frame.buffer, frame.l3Offset))
                .append(" protocol ")
                .append(frame.protocol)
                .append(String.format(", flow hash 0x%08x", frame.flowHash))
                .toString();
    }

    private static IpAddress source(final Frame frame) {
        return frame.etherType == Ethernet.TYPE_IPV4
                ? IpAddress.ofIpv4(Ipv4.source(frame.buffer, frame.l3Offset))
                : new IpAddress(
                        Ipv6.sourceHigh(frame.buffer, frame.l3Offset), Ipv6.sourceLow(frame.buffer, frame.l3Offset));
    }

    private static IpAddress destination(final Frame frame) {
        return frame.etherType == Ethernet.TYPE_IPV4
                ? IpAddress.ofIpv4(Ipv4.destination(frame.buffer, frame.l3Offset))
                : new IpAddress(
                        Ipv6.destinationHigh(frame.buffer, frame.l3Offset),
                        Ipv6.destinationLow(frame.buffer, frame.l3Offset));
    }

    private void neighborInput(final Frame frame) {
        final boolean discovery = frame.etherType == Ethernet.TYPE_ARP
                || (frame.protocol == Ipv6.PROTOCOL_ICMPV6
                        && frame.l4Offset != Frame.NONE
                        && Icmp.type(frame.buffer, frame.l4Offset) >= Icmp.ROUTER_SOLICITATION
                        && Icmp.type(frame.buffer, frame.l4Offset) <= Icmp.REDIRECT_V6);
        if (discovery) {
            say(
                    "neighbor-input",
                    "ARP or Neighbor Discovery: who asks for the router's address, or for one that is known to be on"
                            + " another node, is answered here and the frame goes no further; else it goes on");
        }
        bridge(frame, false);
    }

    /** {@code routed}: the router sends it, so nothing is learned and it never goes back there. */
    private void bridge(final Frame frame, final boolean routed) {
        final BridgeDomain domain = pipeline.bridge().domain(frame.network);
        if (domain == null) {
            drop("bridge", DropReason.NO_NETWORK);
            return;
        }
        final long source = Ethernet.source(frame.buffer, frame.offset);
        final long mac = Ethernet.destination(frame.buffer, frame.offset);
        if (!routed && MacAddress.isReserved(mac)) {
            drop("bridge", DropReason.RESERVED_MAC);
            return;
        }
        if (!routed && !MacAddress.isUnicastSource(source)) {
            drop("bridge", DropReason.INVALID_SOURCE_MAC);
            return;
        }
        final int to = domain.macs().lookup(mac);
        final String where = "network " + domain.name() + ": " + MacAddress.format(mac);
        if (to == Destination.NONE) {
            flood(frame, domain, where, routed);
        } else if (to == Destination.ROUTER) {
            say("bridge", where + " is the router");
            router(frame);
        } else if (Destination.isVtep(to)) {
            say("bridge", where + " is behind VTEP " + address(to));
            encap(frame, to);
        } else if (!routed && Destination.index(to) == frame.port) {
            drop("bridge", DropReason.SAME_PORT);
        } else {
            say("bridge", where + " is behind port " + portName(to));
            transmit(to);
        }
    }

    private void flood(final Frame frame, final BridgeDomain domain, final String where, final boolean routed) {
        final List<String> names = new ArrayList<>();
        for (int i = 0; i < domain.portCount(); i++) {
            if (routed || domain.port(i) != frame.port) {
                names.add("port " + portName(Destination.ofPort(domain.port(i))));
            }
        }
        for (int i = 0; i < domain.vtepCount(); i++) {
            names.add("VTEP " + address(Destination.ofVtep(domain.vtep(i))));
        }
        if (names.isEmpty()) {
            drop("bridge", DropReason.NO_OUTPUT);
        } else {
            say("bridge", where + " is not known: flooded to " + String.join(", ", names));
        }
    }

    private void router(final Frame frame) {
        final Router router = pipeline.router();
        final DropReason reason = router.check(frame);
        if (reason != null) {
            drop("router", reason);
            return;
        }
        final NextHopGroup group = router.groupOf(frame);
        if (group == null) {
            drop("router", DropReason.NO_ROUTE);
            return;
        }
        final NextHop hop = group.select(frame.flowHash);
        final RouterInterface leg = hop.leg;
        switch (hop.kind) {
            case NextHop.LOCAL -> say("router", destination(frame) + " is the router's own address: delivered");
            case NextHop.BROADCAST -> drop("router", DropReason.BROADCAST_NOT_ROUTED);
            case NextHop.BLACKHOLE -> drop("router", DropReason.BLACKHOLE_ROUTE);
            case NextHop.UNREACHABLE -> drop("router", DropReason.UNREACHABLE_ROUTE);
            case NextHop.PROHIBIT -> drop("router", DropReason.PROHIBIT_ROUTE);
            default -> forward(frame, group, hop, Objects.requireNonNull(leg));
        }
    }

    private void forward(final Frame frame, final NextHopGroup group, final NextHop hop, final RouterInterface leg) {
        final boolean ipv4 = frame.etherType == Ethernet.TYPE_IPV4;
        final IpAddress next =
                hop.kind == NextHop.GATEWAY ? new IpAddress(hop.gatewayHigh, hop.gatewayLow) : destination(frame);
        say(
                "router",
                destination(frame) + (hop.kind == NextHop.GATEWAY ? " via " + shown(hop, next) : " is on link")
                        + ", network " + leg.name
                        + (group.size() > 1 ? ", one of " + group.size() + " paths by flow hash" : ""));
        if ((ipv4 ? Ipv4.ttl(frame.buffer, frame.l3Offset) : Ipv6.hopLimit(frame.buffer, frame.l3Offset)) <= 1) {
            drop("router", DropReason.TTL_EXCEEDED);
            return;
        }
        final int mtu = Math.min(leg.mtu, hop.mtu);
        if (Router.packetLength(frame) > mtu) {
            if (!ipv4 || (Ipv4.fragment(frame.buffer, frame.l3Offset) & Ipv4.FLAG_DF) != 0) {
                say("router", "longer than MTU " + mtu + ": the sender is told");
                drop("router", DropReason.FRAGMENTATION_NEEDED);
                return;
            }
            say("router", "longer than MTU " + mtu + ": fragmented");
        }
        neighbor(frame, leg, next, shown(hop, next));
    }

    /** Where the VTEP of a next hop is now: the next hop has it for good, wherever it goes. */
    private String shown(final NextHop hop, final IpAddress next) {
        final Vtep vtep = hop.vtep < 0 ? null : pipeline.vteps().get(hop.vtep);
        return vtep != null ? vtep.address().toString() : hop.vtep < 0 ? next.toString() : "a VTEP that is nowhere";
    }

    private void neighbor(final Frame frame, final RouterInterface leg, final IpAddress next, final String nextShown) {
        final NeighborEntry entry = neighborOf(leg.network, next);
        if (entry == null || entry.mac() == 0) {
            say(
                    "router",
                    "neighbor " + nextShown + " is " + (entry == null ? "not known" : entry.state())
                            + ": the frame waits while it is asked for");
            return;
        }
        say(
                "router",
                "neighbor " + nextShown + " is " + MacAddress.format(entry.mac()) + " " + entry.state() + ": source "
                        + MacAddress.format(leg.mac) + ", TTL less one");
        Ethernet.source(frame.buffer, frame.offset, leg.mac);
        Ethernet.destination(frame.buffer, frame.offset, entry.mac());
        frame.network = leg.network;
        bridge(frame, true);
    }

    private @Nullable NeighborEntry neighborOf(final int network, final IpAddress address) {
        for (final NeighborEntry entry : pipeline.router().neighbors().snapshot()) {
            if (entry.network() == network && entry.address().equals(address)) {
                return entry;
            }
        }
        return null;
    }

    private void encap(final Frame frame, final int to) {
        final Vtep vtep = pipeline.vteps().get(Destination.index(to));
        final int vni = pipeline.vnis().vni(frame.network);
        if (vtep == null || vni < 0) {
            drop("vxlan-encap", vni < 0 ? DropReason.NO_NETWORK : DropReason.UNDERLAY_UNREACHABLE);
            return;
        }
        final int length = frame.length - Ethernet.HEADER_LENGTH;
        if (length > vtep.mtu() && TunnelFragmenter.mayCut(frame, vtep.mtu())) {
            say("vxlan-encap", length + " octets are cut to the tunnel's MTU " + vtep.mtu());
        } else if (length > vtep.mtu()) {
            say("vxlan-encap", length + " octets are more than the tunnel's MTU " + vtep.mtu());
            drop("vxlan-encap", DropReason.MTU_EXCEEDED);
            return;
        }
        say(
                "vxlan-encap",
                "VNI " + vni + " to " + vtep.address() + " port " + vtep.udpPort() + " from source port "
                        + UdpUnderlay.sourcePort(frame.flowHash));
        final Port underlay = pipeline.underlay();
        if (underlay == null) {
            drop("port", DropReason.NO_UNDERLAY);
        } else {
            transmit(Destination.ofPort(underlay.index()));
        }
    }

    private void transmit(final int to) {
        final Port port = pipeline.port(Destination.index(to));
        if (port == null || port.state() != PortState.UP) {
            drop("port", DropReason.PORT_DOWN);
        } else {
            say("port", "sent by port " + port.name());
        }
    }

    private @Nullable String portName(final int to) {
        final Port port = pipeline.port(Destination.index(to));
        return port == null ? null : port.name();
    }

    private String address(final int to) {
        final Vtep vtep = pipeline.vteps().get(Destination.index(to));
        return vtep == null ? "that is gone" : vtep.address().toString();
    }
}
