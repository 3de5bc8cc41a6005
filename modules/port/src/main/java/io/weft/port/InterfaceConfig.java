// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads and sets the properties of one network interface, by ioctl(2) where it can. Acts in the namespace of the thread
 * that made it ({@link NetworkNamespace#call}). Not handled: veth pairs.
 */
public final class InterfaceConfig implements AutoCloseable {
    /** {@link #flags}: administratively up. */
    public static final int FLAG_UP = 1;
    /** {@link #flags}: has carrier. */
    public static final int FLAG_RUNNING = 0x40;

    static final long SIOCGIFFLAGS = 0x8913;
    private static final long SIOCSIFFLAGS = 0x8914;
    private static final long SIOCSIFADDR = 0x8916;
    private static final long SIOCSIFNETMASK = 0x891C;
    private static final long SIOCGIFMTU = 0x8921;
    private static final long SIOCSIFMTU = 0x8922;
    private static final long SIOCSIFHWADDR = 0x8924;
    private static final long SIOCGIFHWADDR = 0x8927;
    private static final long SIOCGIFINDEX = 0x8933;
    private static final long SIOCSIFTXQLEN = 0x8943;
    private static final short ARPHRD_ETHER = 1;
    static final int UNION = 16;

    private final String name;
    private final int socket;
    private final int netlink;
    private int ipv4Addresses;

    /** Of the interface {@code name}, which is looked up at each call. */
    public InterfaceConfig(final String name) throws PortException {
        Libc.ifreq(name);
        this.name = name;
        this.socket = Libc.datagramSocket(Libc.AF_INET);
        try {
            this.netlink = Rtnetlink.open();
        } catch (final PortException e) {
            Libc.close(socket);
            throw e;
        }
    }

    /** Index in its namespace. */
    public int index() throws PortException {
        return get(SIOCGIFINDEX, "index").getInt(UNION);
    }

    /** The {@code FLAG_} bits and others of netdevice(7). */
    public int flags() throws PortException {
        return get(SIOCGIFFLAGS, "flags").getShort(UNION) & 0xFFFF;
    }

    /** Sets it administratively up. */
    public void up() throws PortException {
        set(SIOCSIFFLAGS, request().putShort(UNION, (short) (flags() | FLAG_UP)), "up");
    }

    /** Sets it administratively down. */
    public void down() throws PortException {
        set(SIOCSIFFLAGS, request().putShort(UNION, (short) (flags() & ~FLAG_UP)), "down");
    }

    /** Octets of the largest packet behind the Ethernet header. */
    public int mtu() throws PortException {
        return get(SIOCGIFMTU, "mtu").getInt(UNION);
    }

    /** Sets {@link #mtu}. */
    public void mtu(final int mtu) throws PortException {
        set(SIOCSIFMTU, request().putInt(UNION, mtu), "mtu " + mtu);
    }

    /** Octets of the largest super-frame that the stack may send through the interface; 65,536 unless set. */
    public void gsoMaxSize(final int octets) throws PortException {
        Rtnetlink.setLink(netlink, index(), Rtnetlink.IFLA_GSO_MAX_SIZE, octets, what("gso_max_size " + octets));
    }

    /** Packets that may wait: for a TAP, for us. */
    public void txQueueLength(final int packets) throws PortException {
        set(SIOCSIFTXQLEN, request().putInt(UNION, packets), "txqueuelen " + packets);
    }

    /** True if its frames have Ethernet headers. */
    public boolean isEthernet() throws PortException {
        return get(SIOCGIFHWADDR, "address").getShort(UNION) == ARPHRD_ETHER;
    }

    /** Hardware address. */
    public long mac() throws PortException {
        return get(SIOCGIFHWADDR, "address").order(ByteOrder.BIG_ENDIAN).getLong(UNION + 2) >>> 16;
    }

    /** Sets {@link #mac}; some drivers want the interface down. */
    public void mac(final long mac) throws PortException {
        final ByteBuffer request = request().putShort(UNION, ARPHRD_ETHER);
        request.order(ByteOrder.BIG_ENDIAN).putLong(UNION + 2, mac << 16);
        set(SIOCSIFHWADDR, request, "address " + MacAddress.format(mac));
    }

    /** Adds an address with its prefix, and so the route to the prefix once the interface is up. */
    public void addAddress(final IpPrefix prefix) throws PortException {
        if (prefix.address().isIpv4()) {
            addIpv4(prefix);
            return;
        }
        try {
            Rtnetlink.addAddress(netlink, index(), prefix, what("address " + prefix));
        } catch (final PortException e) {
            throw isIpv6Off()
                    ? new PortException(e.getMessage() + ": IPv6 is off here (net.ipv6.conf.*.disable_ipv6)")
                    : e;
        }
    }

    /** As Docker sets it in containers to whose networks it gives no IPv6. */
    private boolean isIpv6Off() {
        try {
            return Files.readString(Path.of("/proc/sys/net/ipv6/conf", name, "disable_ipv6"))
                    .startsWith("1");
        } catch (final IOException e) {
            return false;
        }
    }

    /**
     * Adds a route by the interface, which must be up. It ends with the interface.
     *
     * @param onlink the gateway lies in no subnet of the interface and is a neighbor all the same
     */
    public void addRoute(final InterfaceRoute route, final boolean onlink) throws PortException {
        Rtnetlink.addRoute(netlink, index(), route, onlink, what("route " + route));
    }

    /**
     * Ends duplicate address detection on the interface: its IPv6 addresses are usable at once.
     *
     * @return false if /proc/sys can't be written, as in many containers: they are usable after a second or two
     */
    public boolean disableDuplicateAddressDetection() {
        return sysctl("ipv6", "accept_dad", "0");
    }

    /**
     * Lets the kernel announce its addresses, with its MAC, when the interface comes up: who waits for one is answered then, and not
     * by the second request. The addresses must be set before.
     *
     * @return false if /proc/sys can't be written, as in many containers
     */
    public boolean announceAddresses() {
        // Where IPv6 is off there is nothing to announce.
        sysctl("ipv6", "ndisc_notify", "1");
        return sysctl("ipv4", "arp_notify", "1");
    }

    /** /proc/sys/net shows the namespace of the thread that opens the file. */
    private boolean sysctl(final String family, final String key, final String value) {
        try {
            Files.writeString(Path.of("/proc/sys/net", family, "conf", name, key), value);
            return true;
        } catch (final IOException e) {
            return false;
        }
    }

    /** The MTU of the interface that has {@code address}; -1 if none of the calling thread's namespace has it. */
    public static int mtuOf(final IpAddress address) throws PortException {
        final String owner = ownerOf(address);
        if (owner == null) {
            return -1;
        }
        try (InterfaceConfig config = new InterfaceConfig(owner)) {
            return config.mtu();
        }
    }

    /** The addresses of the calling thread's namespace that lie in {@code prefix}, the lowest first. */
    public static List<IpAddress> addressesIn(final IpPrefix prefix) throws PortException {
        final Set<IpAddress> found = new TreeSet<>();
        visitAddresses((address, owner) -> {
            if (prefix.contains(address)) {
                found.add(address);
            }
            return true;
        });
        return List.copyOf(found);
    }

    /** ioctl knows one address per label: further IPv4 addresses get labels {@code eth0:1}, {@code eth0:2}. */
    private void addIpv4(final IpPrefix prefix) throws PortException {
        final String label = ipv4Addresses == 0 ? name : name + ":" + ipv4Addresses;
        ipv4Addresses++;
        final int mask = prefix.length() == 0 ? 0 : -1 << (32 - prefix.length());
        set(SIOCSIFADDR, putIpv4(Libc.ifreq(label), prefix.address().ipv4()), "address " + prefix);
        set(SIOCSIFNETMASK, putIpv4(Libc.ifreq(label), mask), "address " + prefix);
    }

    private static ByteBuffer putIpv4(final ByteBuffer request, final int address) {
        request.putShort(UNION, (short) Libc.AF_INET);
        request.order(ByteOrder.BIG_ENDIAN).putInt(UNION + 4, address);
        return request;
    }

    private static @Nullable String ownerOf(final IpAddress address) throws PortException {
        final String[] owner = {null};
        visitAddresses((found, interfaceName) -> {
            if (found.equals(address)) {
                owner[0] = interfaceName;
            }
            return owner[0] == null;
        });
        return owner[0];
    }

    /** Sees the addresses of a namespace. */
    @FunctionalInterface
    private interface AddressVisitor {
        /** False: that is enough. */
        boolean visit(IpAddress address, String interfaceName);
    }

    private static void visitAddresses(final AddressVisitor visitor) throws PortException {
        final PointerByReference list = new PointerByReference();
        Libc.check(Libc.getifaddrs(list), "getifaddrs");
        try {
            // struct ifaddrs: next (0), name (8), flags (16), address (24).
            boolean more = true;
            for (Pointer entry = list.getValue(); more && entry != null; entry = entry.getPointer(0)) {
                final IpAddress address = addressAt(entry.getPointer(24));
                more = address == null
                        || visitor.visit(address, entry.getPointer(8).getString(0));
            }
        } finally {
            Libc.freeifaddrs(list.getValue());
        }
    }

    private static @Nullable IpAddress addressAt(final @Nullable Pointer sockaddr) {
        if (sockaddr == null) {
            return null;
        }
        return switch (sockaddr.getShort(0)) {
            case Libc.AF_INET -> IpAddress.of(sockaddr.getByteArray(4, 4));
            case Libc.AF_INET6 -> IpAddress.of(sockaddr.getByteArray(8, 16));
            default -> null;
        };
    }

    private ByteBuffer request() throws PortException {
        return Libc.ifreq(name);
    }

    private ByteBuffer get(final long request, final String what) throws PortException {
        final ByteBuffer ifreq = request();
        Libc.check(Libc.ioctl(socket, request, ifreq), what(what));
        return ifreq;
    }

    private void set(final long request, final ByteBuffer ifreq, final String what) throws PortException {
        Libc.check(Libc.ioctl(socket, request, ifreq), what(what));
    }

    private String what(final String property) {
        return "interface " + name + " " + property;
    }

    @Override
    public void close() {
        Libc.close(netlink);
        Libc.close(socket);
    }
}
