// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.Frame;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a TAP and sets it up.
 *
 * @param config what it is to be
 * @param namespaceId of the namespace that it is in
 * @param fd the descriptor of one queue; the interface lives as long as one is open
 * @param vnetHeaderLength octets of the virtio-net header
 * @param offloads granted {@code TUN_F_} bits
 */
record TapDevice(TapConfig config, long namespaceId, int fd, int vnetHeaderLength, int offloads) implements VnetDevice {
    static final int CHECKSUM = 0x01;
    static final int TSO4 = 0x02;
    static final int TSO6 = 0x04;
    static final int TSO_ECN = 0x08;
    /** USO4 and USO6 are granted together or not at all (Linux 6.2). */
    static final int USO = 0x60;

    private static final String DEVICE = "/dev/net/tun";
    private static final long TUNSETIFF = 0x4004_54CA;
    private static final long TUNSETOFFLOAD = 0x4004_54D0;
    private static final long TUNSETSNDBUF = 0x4004_54D4;
    private static final long TUNSETVNETHDRSZ = 0x4004_54D8;
    static final int IFF_TAP = 0x0002;
    static final int IFF_MULTI_QUEUE = 0x0100;
    static final int IFF_NO_PI = 0x1000;
    static final int IFF_VNET_HDR = 0x4000;
    private static final int IFF_TUN_EXCL = 0x8000;

    private static final int[] OFFLOADS = {
        CHECKSUM | TSO4 | TSO6 | TSO_ECN | USO, CHECKSUM | TSO4 | TSO6 | TSO_ECN, CHECKSUM | TSO4 | TSO6, CHECKSUM, 0
    };
    private static final int[] NO_OFFLOADS = {0};
    private static final int TX_QUEUE_LENGTH = 4096;
    private static final IpPrefix LINK_LOCAL = IpPrefix.parse("fe80::/10");

    /**
     * Makes the interface in the namespace of the calling thread; all of it or nothing.
     *
     * @param queues descriptors of the one interface. With several, the kernel gives a flow to the one on which the flow's
     *     other direction was written last, else to one by the flow's hash
     */
    static List<TapDevice> open(final TapConfig config, final int queues) throws PortException {
        return open(config, queues, 0);
    }

    /** The same; an interface of that name is refused even if it is a TAP that takes more queues. */
    static List<TapDevice> openNew(final TapConfig config, final int queues) throws PortException {
        return open(config, queues, IFF_TUN_EXCL);
    }

    private static List<TapDevice> open(final TapConfig config, final int queues, final int exclusive)
            throws PortException {
        final List<TapDevice> opened = new ArrayList<>();
        try {
            while (opened.size() < queues) {
                opened.add(open(config, (short) (flags(queues) | (opened.isEmpty() ? exclusive : 0))));
            }
            configure(config);
            return opened;
        } catch (final PortException e) {
            opened.forEach(device -> Libc.close(device.fd));
            throw e;
        }
    }

    /** What TUNSETIFF is asked for, but for the name. */
    static int flags(final int queues) {
        return IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (queues > 1 ? IFF_MULTI_QUEUE : 0);
    }

    private static TapDevice open(final TapConfig config, final short flags) throws PortException {
        final int fd = Libc.open(DEVICE, Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
        if (fd < 0) {
            throw PortException.of("open " + DEVICE, Libc.errno());
        }
        try {
            attach(fd, config.interfaceName(), flags);
            return of(config, fd);
        } catch (final PortException e) {
            Libc.close(fd);
            throw e;
        }
    }

    /** A queue of an interface that is there, whose frames get the best headers and offloads that the kernel has. */
    static TapDevice of(final TapConfig config, final int fd) throws PortException {
        final int vnetHeaderLength = vnetHeaderLength(fd);
        final int offloads = offloads(fd, config.offloads() ? OFFLOADS : NO_OFFLOADS);
        // The kernel's default, said explicitly: a write never waits for what the pod has not read yet.
        Libc.check(Libc.ioctl(fd, TUNSETSNDBUF, Libc.bytes(4).putInt(0, Integer.MAX_VALUE)), "TUNSETSNDBUF");
        return new TapDevice(config, NetworkNamespace.id(), fd, vnetHeaderLength, offloads);
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
        return config.interfaceName();
    }

    @Override
    public int superFrames() {
        return (has(TSO4) ? 1 << Frame.GSO_TCPV4 : 0)
                | (has(TSO6) ? 1 << Frame.GSO_TCPV6 : 0)
                | (has(USO) ? 1 << Frame.GSO_UDP : 0);
    }

    @Override
    public boolean partialChecksums() {
        return has(CHECKSUM);
    }

    boolean has(final int bits) {
        return (offloads & bits) == bits;
    }

    private static void attach(final int fd, final String interfaceName, final short flags) throws PortException {
        final ByteBuffer request = Libc.ifreq(interfaceName).putShort(16, flags);
        if (Libc.ioctl(fd, TUNSETIFF, request) < 0) {
            final int errno = Libc.errno();
            throw errno == Errno.EBUSY || errno == Errno.EINVAL || errno == Errno.EEXIST
                    ? new PortException("interface " + interfaceName + " exists"
                            + ((flags & IFF_TUN_EXCL) != 0 ? " here already" : " and is in use or is no TAP"))
                    : PortException.of("make TAP " + interfaceName, errno);
        }
    }

    private static int vnetHeaderLength(final int fd) throws PortException {
        final ByteBuffer length = Libc.bytes(4).putInt(0, VnetHeader.LENGTH);
        if (Libc.ioctl(fd, TUNSETVNETHDRSZ, length) == 0) {
            return VnetHeader.LENGTH;
        }
        final ByteBuffer legacy = Libc.bytes(4).putInt(0, VnetHeader.LEGACY_LENGTH);
        Libc.check(Libc.ioctl(fd, TUNSETVNETHDRSZ, legacy), "TUNSETVNETHDRSZ");
        return VnetHeader.LEGACY_LENGTH;
    }

    /** The kernel refuses a set with an unknown bit as a whole: the first set that it takes is the best. */
    private static int offloads(final int fd, final int[] candidates) throws PortException {
        for (final int candidate : candidates) {
            if (Libc.ioctl(fd, TUNSETOFFLOAD, candidate) == 0) {
                return candidate;
            }
        }
        throw PortException.of("TUNSETOFFLOAD", Libc.errno());
    }

    private static void configure(final TapConfig config) throws PortException {
        try (InterfaceConfig device = new InterfaceConfig(config.interfaceName())) {
            device.mac(config.mac());
            device.mtu(config.mtu());
            device.txQueueLength(TX_QUEUE_LENGTH);
            if (config.gsoMaxSize() > 0) {
                device.gsoMaxSize(config.gsoMaxSize());
            }
            boolean six = false;
            for (final IpPrefix address : config.addresses()) {
                if (!address.address().isIpv4() && !six) {
                    device.disableDuplicateAddressDetection();
                    six = true;
                }
                device.addAddress(address);
            }
            device.announceAddresses();
            device.up();
            for (final InterfaceRoute route : config.routes()) {
                device.addRoute(route, isOutside(route.via(), config.addresses()));
            }
        }
    }

    /** True for a gateway that no subnet of the interface has; an IPv6 link-local one is always on the link. */
    private static boolean isOutside(final @Nullable IpAddress via, final List<IpPrefix> addresses) {
        return via != null && !LINK_LOCAL.contains(via) && addresses.stream().noneMatch(subnet -> subnet.contains(via));
    }
}
