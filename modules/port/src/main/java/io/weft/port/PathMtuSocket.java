// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.IpAddress;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Asks the kernel for the path MTU to an address: what ICMP "fragmentation needed" (RFC 1191) and Packet Too Big (RFC
 * 8201) have taught it, else the MTU of the route's interface. Linux forgets a learned one after ten minutes.
 *
 * <p>A UDP socket that never sends: connecting it looks the route up, and its path MTU can then be read. It belongs to the
 * namespace in which it was opened, whichever thread asks; one thread at a time.
 */
final class PathMtuSocket {
    private static final int IP_MTU = 14;
    private static final int IPV6_MTU = 24;
    private static final int VALUE = SocketAddress.LENGTH + 4;
    private static final int VALUE_LENGTH = VALUE + Integer.BYTES;

    private final SystemCalls calls = new SystemCalls();
    private final UnsafeBuffer scratch = new UnsafeBuffer(BufferUtil.allocateDirectAligned(64, 64));
    private final int fd;
    private final int level;
    private final int option;

    /**
     * Takes a socket over.
     *
     * @param fd bound to {@code local}, so that routes are looked up as for the sending sockets
     */
    PathMtuSocket(final int fd, final IpAddress local) {
        this.fd = fd;
        this.level = local.isIpv4() ? UdpSockets.SOL_IP : UdpSockets.SOL_IPV6;
        this.option = local.isIpv4() ? IP_MTU : IPV6_MTU;
    }

    /** Octets of the longest IP packet to {@code remote}, or the negative error number. */
    int mtu(final IpAddress remote, final int udpPort) {
        SocketAddress.put(scratch, 0, remote, udpPort);
        return mtu(scratch.addressOffset(), SocketAddress.length(remote));
    }

    /** The same for a socket address in memory. */
    int mtu(final long sockaddr, final int length) {
        final int connected = calls.connect(fd, sockaddr, length);
        if (connected < 0) {
            return connected;
        }
        scratch.putInt(VALUE_LENGTH, Integer.BYTES);
        final long base = scratch.addressOffset();
        final int read = calls.getsockopt(fd, level, option, base + VALUE, base + VALUE_LENGTH);
        return read < 0 ? read : scratch.getInt(VALUE);
    }

    void close() {
        Libc.close(fd);
    }
}
