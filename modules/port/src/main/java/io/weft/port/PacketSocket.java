// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.Frame;
import io.weft.wire.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Opens a packet(7) socket on an interface and sets it up.
 *
 * <p>PACKET_QDISC_BYPASS is left alone: a veth has no queue to bypass, a device that has one would lose what does not fit
 * its ring at once, and captures on the interface would not see what is sent.
 *
 * @param config which interface
 * @param namespaceId of the namespace that it is in
 * @param fd the socket
 * @param interfaceIndex in the namespace
 */
record PacketSocket(PacketConfig config, long namespaceId, int fd, int interfaceIndex) implements VnetDevice {
    /** {@code struct sockaddr_ll}: family (2), protocol (2, network order), index (4), and what is not needed. */
    static final int ADDRESS_LENGTH = 20;

    static final int ADDRESS_INDEX = 4;
    /** Level of socket options and control messages. */
    static final int SOL_PACKET = 263;

    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int ETH_P_ALL = 3;

    private static final int PACKET_ADD_MEMBERSHIP = 1;
    private static final int PACKET_STATISTICS = 6;
    private static final int PACKET_AUXDATA = 8;
    private static final int PACKET_VNET_HDR = 15;
    private static final int PACKET_FANOUT = 18;
    private static final int PACKET_IGNORE_OUTGOING = 23;

    /** By the flow's hash, both directions alike. */
    private static final int FANOUT_HASH = 0;

    private static final int FANOUT_UNIQUE_ID = 0x2000;
    /** A socket's own option does not count in a group. */
    private static final int FANOUT_IGNORE_OUTGOING = 0x4000;

    private static final int FANOUT_TYPE_SHIFT = 16;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int SO_DETACH_FILTER = 27;
    /** {@code struct sock_fprog}: instructions (2), and at 8 where they are. */
    private static final int FILTER_LENGTH = 16;

    /** {@code struct sock_filter}. */
    private static final int FILTER_INSTRUCTION_LENGTH = 8;
    /** BPF_RET | BPF_K: takes as many octets of the packet as the operand says, here none. */
    private static final short BPF_RETURN = 6;

    private static final short PACKET_MR_PROMISC = 1;
    private static final int MEMBERSHIP_LENGTH = 16;
    private static final int STATISTICS_LENGTH = 8;

    /** Some 200 super-frames: a burst of many connections. */
    private static final int BUFFER_LENGTH = 16 << 20;

    private static final long SIOCGIFINDEX = 0x8933;
    private static final long SIOCGIFMTU = 0x8921;

    /**
     * Opens sockets in the namespace of the calling thread; all of them or none.
     *
     * @param count with several the kernel gives each flow to one of them
     */
    static List<PacketSocket> open(final PacketConfig config, final int count) throws PortException {
        final List<PacketSocket> opened = new ArrayList<>();
        try {
            while (opened.size() < count) {
                opened.add(open(config, count == 1));
            }
            if (count > 1) {
                share(opened);
            }
            return opened;
        } catch (final PortException e) {
            opened.forEach(socket -> Libc.close(socket.fd));
            throw e;
        }
    }

    /**
     * Divides the interface's flows among deaf sockets, which hear from then on: a member that had heard before it joined would
     * have what another has too.
     */
    private static void share(final List<PacketSocket> members) throws PortException {
        final PacketSocket first = members.getFirst();
        first.join(FANOUT_UNIQUE_ID, 0);
        final ByteBuffer group = Libc.bytes(Integer.BYTES);
        Libc.check(
                Libc.getsockopt(first.fd, SOL_PACKET, PACKET_FANOUT, group, new int[] {Integer.BYTES}),
                "getsockopt PACKET_FANOUT");
        for (final PacketSocket other : members.subList(1, members.size())) {
            other.join(0, group.getInt(0) & 0xFFFF);
        }
        for (final PacketSocket member : members) {
            Libc.setOption(member.fd, Libc.SOL_SOCKET, SO_DETACH_FILTER, 0, "SO_DETACH_FILTER");
        }
    }

    /** Makes the socket a member of a group. Before Linux 6.13 an interface that is down has none. */
    private void join(final int flags, final int group) throws PortException {
        final int type = FANOUT_HASH | FANOUT_IGNORE_OUTGOING | flags;
        Libc.setOption(fd, SOL_PACKET, PACKET_FANOUT, group | type << FANOUT_TYPE_SHIFT, "PACKET_FANOUT");
    }

    /** Lets the socket receive nothing, by a packet filter of one instruction. */
    private static void makeDeaf(final int fd) throws PortException {
        final ByteBuffer program = Libc.bytes(FILTER_LENGTH + FILTER_INSTRUCTION_LENGTH);
        program.putShort(0, (short) 1).putLong(Long.BYTES, BufferUtil.address(program) + FILTER_LENGTH);
        program.putShort(FILTER_LENGTH, BPF_RETURN);
        Libc.check(
                Libc.setsockopt(fd, Libc.SOL_SOCKET, SO_ATTACH_FILTER, program, FILTER_LENGTH),
                "setsockopt SO_ATTACH_FILTER");
    }

    private static PacketSocket open(final PacketConfig config, final boolean hears) throws PortException {
        final int interfaceIndex;
        try (InterfaceConfig device = new InterfaceConfig(config.dev())) {
            interfaceIndex = device.index();
            if (!device.isEthernet()) {
                throw new PortException("interface " + config.dev() + " is not Ethernet");
            }
        }
        // Protocol 0: nothing arrives before bind(2).
        final int fd = Libc.check(
                Libc.socket(AF_PACKET, SOCK_RAW | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0), "socket AF_PACKET");
        try {
            if (!hears) {
                makeDeaf(fd);
            }
            Libc.setOption(fd, SOL_PACKET, PACKET_VNET_HDR, 1, "PACKET_VNET_HDR");
            Libc.setOption(fd, SOL_PACKET, PACKET_AUXDATA, 1, "PACKET_AUXDATA");
            Libc.setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
            Libc.receiveBuffer(fd, BUFFER_LENGTH);
            Libc.sendBuffer(fd, BUFFER_LENGTH);
            Libc.check(Libc.bind(fd, address(interfaceIndex), ADDRESS_LENGTH), "bind to interface " + config.dev());
            final ByteBuffer membership = Libc.bytes(MEMBERSHIP_LENGTH);
            membership.putInt(0, interfaceIndex).putShort(4, PACKET_MR_PROMISC);
            Libc.check(
                    Libc.setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership, MEMBERSHIP_LENGTH),
                    "interface " + config.dev() + " promiscuous");
            return new PacketSocket(config, NetworkNamespace.id(), fd, interfaceIndex);
        } catch (final PortException e) {
            Libc.close(fd);
            throw e;
        }
    }

    private static byte[] address(final int interfaceIndex) {
        final UnsafeBuffer address = new UnsafeBuffer(new byte[ADDRESS_LENGTH]);
        address.putShort(0, (short) AF_PACKET);
        Bytes.putU16(address, 2, ETH_P_ALL);
        address.putInt(ADDRESS_INDEX, interfaceIndex);
        return address.byteArray();
    }

    @Override
    public String portName() {
        return config.name();
    }

    @Override
    public @Nullable String namespace() {
        return config.namespace();
    }

    @Override
    public String interfaceName() {
        return config.dev();
    }

    @Override
    public int vnetHeaderLength() {
        return VnetHeader.LEGACY_LENGTH;
    }

    /** The socket takes any; the kernel cuts for the device what that can't. */
    @Override
    public int superFrames() {
        return config.offloads() ? 1 << Frame.GSO_TCPV4 | 1 << Frame.GSO_TCPV6 | 1 << Frame.GSO_UDP : 0;
    }

    @Override
    public boolean partialChecksums() {
        return config.offloads();
    }

    /** False if the interface has left the socket, or its name. Any thread. */
    boolean isAttached() throws PortException {
        final byte[] address = new byte[ADDRESS_LENGTH];
        final ByteBuffer request = Libc.ifreq(config.dev());
        return Libc.getsockname(fd, address, new int[] {ADDRESS_LENGTH}) == 0
                && Arrays.equals(address, ADDRESS_INDEX, ADDRESS_INDEX + 4, address(interfaceIndex), ADDRESS_INDEX, 8)
                && Libc.ioctl(fd, SIOCGIFINDEX, request) == 0
                && request.getInt(InterfaceConfig.UNION) == interfaceIndex;
    }

    /** The interface's MTU now. Any thread. */
    int mtu() throws PortException {
        final ByteBuffer request = Libc.ifreq(config.dev());
        Libc.check(Libc.ioctl(fd, SIOCGIFMTU, request), "interface " + config.dev() + " mtu");
        return request.getInt(InterfaceConfig.UNION);
    }

    /** Frames that found the socket's buffer full since this was asked last. */
    long newDrops() throws PortException {
        final ByteBuffer statistics = Libc.bytes(STATISTICS_LENGTH);
        Libc.check(
                Libc.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, statistics, new int[] {STATISTICS_LENGTH}),
                "getsockopt PACKET_STATISTICS");
        return statistics.getInt(4) & 0xFFFF_FFFFL;
    }
}
