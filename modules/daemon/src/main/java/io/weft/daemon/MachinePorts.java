// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.Pipeline;
import io.weft.dataplane.PortOpener;
import io.weft.overlay.Mtu;
import io.weft.port.AutoMac;
import io.weft.port.InterfaceConfig;
import io.weft.port.InterfaceRoute;
import io.weft.port.PacketConfig;
import io.weft.port.PacketPort;
import io.weft.port.PortException;
import io.weft.port.TapConfig;
import io.weft.port.TapPort;
import io.weft.port.UdpConfig;
import io.weft.port.UdpUnderlay;
import io.weft.port.WaitingPort;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.Vxlan;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Ports on devices of this machine, and the MTU that they take from the underlay at the time of each opening. */
final class MachinePorts implements PortOpeners {
    /** Of an underlay that there is not, or not yet. */
    private static final int USUAL_MTU = 1500;

    private final NodeConfig config;
    private final Map<String, AttachSlot> slots = new ConcurrentHashMap<>();
    private volatile int underlayMtu;
    private volatile @Nullable IpAddress underlayAddress;

    MachinePorts(final NodeConfig config) {
        this.config = config;
    }

    @Override
    public int underlayMtu(final NodeConfig.Underlay underlay) throws PortException {
        final IpAddress own = underlayAddress;
        if (own != null) {
            underlayMtu = UdpUnderlay.underlayMtu(null, own);
        } else if (underlayMtu == 0) {
            underlayMtu = USUAL_MTU;
        }
        return underlayMtu;
    }

    /** The node's own VTEP address as it was last looked for; null if it had none, or has no underlay. */
    @Nullable
    IpAddress underlayAddress() {
        return underlayAddress;
    }

    @Override
    public @Nullable IpAddress underlayAddress(final NodeConfig.Underlay underlay) throws PortException {
        return findUnderlayAddress(underlay);
    }

    /** Looks for the node's own VTEP address: the one that it has, while it is there, else the lowest of those in the prefix. */
    @Nullable
    IpAddress findUnderlayAddress(final NodeConfig.Underlay underlay) throws PortException {
        if (underlay.isFixed()) {
            underlayAddress = underlay.address();
        } else {
            final List<IpAddress> there = InterfaceConfig.addressesIn(underlay.prefix());
            final IpAddress before = underlayAddress;
            if (before == null || !there.contains(before)) {
                underlayAddress = there.isEmpty() ? null : there.getFirst();
            }
        }
        return underlayAddress;
    }

    @Override
    public PortOpener underlay(final NodeConfig.Underlay underlay) {
        return new QueuedPorts((index, pools) -> {
            final IpAddress own = underlayAddress;
            if (own == null) {
                final String why = "no address in " + underlay.prefix();
                return pools.stream()
                        .map(pool -> new WaitingPort(index, NodeSetup.UNDERLAY, pool, why))
                        .toList();
            }
            final UdpConfig udp = new UdpConfig(
                    NodeSetup.UNDERLAY, null, own, underlay.port(), Pipeline.MAX_VTEPS, underlay.offloads());
            return UdpUnderlay.open(index, udp, pools);
        });
    }

    @Override
    public PortOpener port(final NodeConfig.PortEntry port, final List<InterfaceRoute> routes) {
        if (port.type() == NodeConfig.PortType.PACKET) {
            final PacketConfig packet = new PacketConfig(port.name(), port.netns(), port.ifname(), port.offloads());
            return new QueuedPorts((index, pools) -> PacketPort.open(index, packet, pools));
        }
        if (port.attach()) {
            final AttachSlot slot = new AttachSlot(port.name(), () -> tap(port, routes));
            slots.put(port.name(), slot);
            return new QueuedPorts(slot);
        }
        return new QueuedPorts((index, pools) -> TapPort.open(index, tap(port, routes), pools));
    }

    /** What the interface of a port of type tap is to be, at this time. */
    private TapConfig tap(final NodeConfig.PortEntry port, final List<InterfaceRoute> routes) {
        return new TapConfig(
                port.name(),
                port.netns(),
                port.ifname(),
                mac(port),
                mtu(port),
                gsoMaxSize(mtu(port)),
                port.addresses(),
                routes,
                port.offloads());
    }

    /** Where the interface of a port is handed over; null if others don't make it. */
    @Nullable
    AttachSlot slot(final String port) {
        return slots.get(port);
    }

    /** The port is no more. */
    void forget(final String port) {
        slots.remove(port);
    }

    /** MAC of a TAP's interface. */
    long mac(final NodeConfig.PortEntry port) {
        return port.mac() != 0 ? port.mac() : AutoMac.of(config.name(), port.name());
    }

    /** What a TAP's interface has now or gets at its next opening. */
    int mtu(final NodeConfig.PortEntry port) {
        return port.mtu() != 0 ? port.mtu() : Math.max(NodeConfig.MIN_MTU, autoMtu());
    }

    /** Pods whose super-frames may go to another node make them fit its datagram trains; 0 if there is no other node. */
    int gsoMaxSize(final int mtu) {
        return config.underlay() == null
                ? 0
                : UdpUnderlay.gsoMaxSize(mtu, Vxlan.HEADER_LENGTH + Ethernet.HEADER_LENGTH);
    }

    /** The underlay's MTU minus the overhead of VXLAN. */
    int autoMtu() {
        final NodeConfig.Underlay underlay = config.underlay();
        return underlay == null ? USUAL_MTU : Mtu.podMtu(underlayMtu, !underlay.isIpv4());
    }

    /** The underlay's MTU as it was last asked for; 0 without one. */
    int underlayMtu() {
        return underlayMtu;
    }
}
