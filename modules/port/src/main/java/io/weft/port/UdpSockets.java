// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The sockets of a {@link UdpUnderlay}: one that receives, a bank that sends from source ports of its own (RFC 7348
 * section 5: 49152 to 65535, chosen by flow), and two that only know the path MTU, for the worker and for others.
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

    /** Opens them in the calling thread's namespace; all of them or none. */
    static UdpSockets open(final UdpConfig config) throws PortException {
        final IpAddress address = config.address();
        final int[] opened = new int[SENDERS + 3];
        int count = 0;
        try {
            while (count < SENDERS) {
                opened[count] = sender(address, FIRST_SOURCE_PORT + count * TRIES);
                count++;
            }
            opened[count] = receiver(config);
            count++;
            while (count < opened.length) {
                opened[count] = sender(address, ANY_PORT);
                count++;
            }
            return new UdpSockets(
                    opened[SENDERS],
                    Arrays.copyOf(opened, SENDERS),
                    new PathMtuSocket(opened[SENDERS + 1], address),
                    new PathMtuSocket(opened[SENDERS + 2], address));
        } catch (final PortException e) {
            for (int i = 0; i < count; i++) {
                Libc.close(opened[i]);
            }
            throw e;
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
            if (!bind(fd, address, config.udpPort())) {
                throw new PortException(
                        "bind " + address + " port " + config.udpPort() + ": in use (kernel VXLAN or another node?)");
            }
            return fd;
        } catch (final PortException e) {
            Libc.close(fd);
            throw e;
        }
    }

    private static int sender(final IpAddress address, final int firstPort) throws PortException {
        final int fd = socket(address);
        try {
            neverFragment(fd, address);
            Libc.sendBuffer(fd, BUFFER_LENGTH);
            // Nobody answers to a source port: what arrives there may be lost early.
            Libc.receiveBuffer(fd, 1);
            for (int port = firstPort; port < firstPort + TRIES; port++) {
                if (bind(fd, address, port)) {
                    return fd;
                }
            }
            throw new PortException("bind " + address + ": no source port is free from " + firstPort + " on");
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
