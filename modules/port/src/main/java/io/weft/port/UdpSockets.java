// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets of a {@link UdpUnderlay}: one that receives, a bank that sends from source ports of its own (RFC 7348
 * section 5: 49152 to 65535, chosen by flow), and two that only know the path MTU, for the worker and for others.
 *
 * <p>Several workers have a set each, on the same ports (SO_REUSEPORT): the kernel gives each outer flow to one of the
 * receivers by its hash, and a flow has the same source port whichever worker sends it. So the other node's choice of a worker
 * does not depend on ours, and neither changes its mind because of the other.
 */
final class UdpSockets {
    static final int SENDERS = 16;

    private static final int FIRST_SOURCE_PORT = 49_152;
    private static final int SOURCE_PORTS = 16_384;
    /** Source ports that are tried for each sender: its share of the range. */
    private static final int TRIES = SOURCE_PORTS / SENDERS;

    /** The kernel picks one. */
    private static final int ANY_PORT = 0;

    private static final int BUFFER_LENGTH = 8 << 20;

    private static final int SO_REUSEPORT = 15;
    private static final int SO_MEMINFO = 55;
    private static final int SK_MEMINFO_DROPS = 8;
    private static final int SK_MEMINFO_LENGTH = 9 * Integer.BYTES;

    static final int SOL_IP = 0;
    private static final int IP_MTU_DISCOVER = 10;
    static final int SOL_IPV6 = 41;
    private static final int IPV6_MTU_DISCOVER = 23;
    private static final int IPV6_V6ONLY = 26;
    private static final int IPV6_DONTFRAG = 62;
    private static final int PMTUDISC_DO = 2;

    static final int SOL_UDP = 17;
    static final int UDP_SEGMENT = 103;
    static final int UDP_GRO = 104;
    private static final int UDP_NO_CHECK6_RX = 102;

    private final int receiver;
    private final int[] senders;
    private final PathMtuSocket workersPaths;
    private final PathMtuSocket othersPaths;

    private UdpSockets(
            final int receiver,
            final int[] senders,
            final PathMtuSocket workersPaths,
            final PathMtuSocket othersPaths) {
        this.receiver = receiver;
        this.senders = senders;
        this.workersPaths = workersPaths;
        this.othersPaths = othersPaths;
    }

    /** Bound to the VTEP's address and port. */
    int receiver() {
        return receiver;
    }

    /** Bound to the VTEP's address and source ports of their own; not to be changed. */
    int[] senders() {
        return senders;
    }

    /** For the worker's questions. */
    PathMtuSocket workersPaths() {
        return workersPaths;
    }

    /** For everybody else's, one at a time. */
    PathMtuSocket othersPaths() {
        return othersPaths;
    }

    /** Which sender a flow has: its hash's upper bits, scaled. */
    static int senderOf(final int flowHash) {
        return (int) (((flowHash & 0xFFFF_FFFFL) * SENDERS) >>> 32);
    }

    /** Source port of a flow, if it was free when the socket was bound. */
    static int sourcePort(final int flowHash) {
        return FIRST_SOURCE_PORT + senderOf(flowHash) * TRIES;
    }

    /** Opens {@code sets} of them in the calling thread's namespace; all of them or none. */
    static List<UdpSockets> open(final UdpConfig config, final int sets) throws PortException {
        final IpAddress address = config.address();
        final int each = SENDERS + 3;
        final int[][] opened = new int[each][sets];
        int kinds = 0;
        try {
            while (kinds < SENDERS) {
                opened[kinds] = senders(address, FIRST_SOURCE_PORT + kinds * TRIES, sets);
                kinds++;
            }
            opened[kinds] = receivers(config, sets);
            kinds++;
            while (kinds < each) {
                opened[kinds] = pathSockets(address, sets);
                kinds++;
            }
        } catch (final PortException e) {
            for (int kind = 0; kind < kinds; kind++) {
                close(opened[kind]);
            }
            throw e;
        }
        final List<UdpSockets> result = new ArrayList<>();
        for (int set = 0; set < sets; set++) {
            final int[] senders = new int[SENDERS];
            for (int i = 0; i < SENDERS; i++) {
                senders[i] = opened[i][set];
            }
            result.add(new UdpSockets(
                    opened[SENDERS][set],
                    senders,
                    new PathMtuSocket(opened[SENDERS + 1][set], address),
                    new PathMtuSocket(opened[SENDERS + 2][set], address)));
        }
        return result;
    }

    private static void close(final int[] sockets) {
        for (final int socket : sockets) {
            Libc.close(socket);
        }
    }

    void close() {
        Libc.close(receiver);
        for (final int sender : senders) {
            Libc.close(sender);
        }
        workersPaths.close();
        othersPaths.close();
    }

    /** Datagrams that the kernel dropped for the receiver, for want of room or by a wrong checksum. */
    long drops() throws PortException {
        final ByteBuffer info = Libc.bytes(SK_MEMINFO_LENGTH);
        Libc.check(
                Libc.getsockopt(receiver, Libc.SOL_SOCKET, SO_MEMINFO, info, new int[] {SK_MEMINFO_LENGTH}),
                "getsockopt SO_MEMINFO");
        return info.getInt(SK_MEMINFO_DROPS * Integer.BYTES) & 0xFFFF_FFFFL;
    }

    /** Makes and sets up a socket that is not bound yet. */
    @FunctionalInterface
    private interface Maker {
        int make() throws PortException;
    }

    private static int[] receivers(final UdpConfig config, final int count) throws PortException {
        final int[] sockets = bound(config.address(), config.udpPort(), 1, count, () -> receiver(config));
        if (sockets.length == 0) {
            throw new PortException("bind " + config.address() + " port " + config.udpPort()
                    + ": in use (kernel VXLAN or another node?)");
        }
        return sockets;
    }

    private static int[] senders(final IpAddress address, final int firstPort, final int count) throws PortException {
        final int[] sockets = bound(address, firstPort, TRIES, count, () -> sender(address));
        if (sockets.length == 0) {
            throw new PortException("bind " + address + ": no source port is free from " + firstPort + " on");
        }
        return sockets;
    }

    private static int[] pathSockets(final IpAddress address, final int count) throws PortException {
        final int[] sockets = new int[count];
        int opened = 0;
        try {
            while (opened < count) {
                sockets[opened] = senders(address, ANY_PORT, 1)[0];
                opened++;
            }
            return sockets;
        } catch (final PortException e) {
            for (int i = 0; i < opened; i++) {
                Libc.close(sockets[i]);
            }
            throw e;
        }
    }

    /**
     * Several sockets on one port, the first free one of {@code tries}. The first socket is bound without SO_REUSEPORT, so
     * that a port that anybody else has is in use; only then is it opened to the others.
     *
     * @return none if no port is free
     */
    private static int[] bound(
            final IpAddress address, final int firstPort, final int tries, final int count, final Maker maker)
            throws PortException {
        final int[] sockets = new int[count];
        int made = 0;
        try {
            sockets[made] = maker.make();
            made++;
            int port = firstPort;
            while (port < firstPort + tries && !bind(sockets[0], address, port)) {
                port++;
            }
            final boolean isFree = port < firstPort + tries;
            if (isFree && count > 1) {
                Libc.setOption(sockets[0], Libc.SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
            }
            while (isFree && made < count) {
                sockets[made] = maker.make();
                made++;
                Libc.setOption(sockets[made - 1], Libc.SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
                if (!bind(sockets[made - 1], address, port)) {
                    throw new PortException("bind " + address + " port " + port + " once more: in use");
                }
            }
            if (isFree) {
                return sockets;
            }
            Libc.close(sockets[0]);
            return new int[0];
        } catch (final PortException e) {
            for (int i = 0; i < made; i++) {
                Libc.close(sockets[i]);
            }
            throw e;
        }
    }

    private static int receiver(final UdpConfig config) throws PortException {
        final IpAddress address = config.address();
        final int fd = socket(address);
        try {
            Libc.setOption(fd, SOL_UDP, UDP_GRO, config.offloads() ? 1 : 0, "UDP_GRO");
            if (!address.isIpv4()) {
                // RFC 6935: a tunnel may leave the checksum out.
                Libc.setOption(fd, SOL_UDP, UDP_NO_CHECK6_RX, 1, "UDP_NO_CHECK6_RX");
            }
            Libc.receiveBuffer(fd, BUFFER_LENGTH);
            return fd;
        } catch (final PortException e) {
            Libc.close(fd);
            throw e;
        }
    }

    private static int sender(final IpAddress address) throws PortException {
        final int fd = socket(address);
        try {
            neverFragment(fd, address);
            Libc.sendBuffer(fd, BUFFER_LENGTH);
            // Nobody answers to a source port: what arrives there may be lost early.
            Libc.receiveBuffer(fd, 1);
            return fd;
        } catch (final PortException e) {
            Libc.close(fd);
            throw e;
        }
    }

    private static int socket(final IpAddress address) throws PortException {
        final int fd = Libc.datagramSocket(SocketAddress.family(address));
        if (!address.isIpv4() && !Libc.trySetOption(fd, SOL_IPV6, IPV6_V6ONLY, 1)) {
            final int errno = Libc.errno();
            Libc.close(fd);
            throw PortException.of("setsockopt IPV6_V6ONLY", errno);
        }
        return fd;
    }

    /** RFC 7348 section 4.3: a VTEP must not fragment. */
    private static void neverFragment(final int fd, final IpAddress address) throws PortException {
        if (address.isIpv4()) {
            Libc.setOption(fd, SOL_IP, IP_MTU_DISCOVER, PMTUDISC_DO, "IP_MTU_DISCOVER");
        } else {
            Libc.setOption(fd, SOL_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_DO, "IPV6_MTU_DISCOVER");
            Libc.setOption(fd, SOL_IPV6, IPV6_DONTFRAG, 1, "IPV6_DONTFRAG");
        }
    }

    /** False if the port is taken. */
    private static boolean bind(final int fd, final IpAddress address, final int port) throws PortException {
        if (Libc.bind(fd, SocketAddress.bytes(address, port), SocketAddress.length(address)) == 0) {
            return true;
        }
        final int errno = Libc.errno();
        if (errno == Errno.EADDRINUSE) {
            return false;
        }
        throw errno == Errno.EADDRNOTAVAIL
                ? new PortException(address + " is not an address of this namespace")
                : PortException.of("bind " + address + " port " + port, errno);
    }
}
