// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Asks the kernel for the state of the interface that a packet socket is bound to. For the worker: two system calls, no
 * allocation. A socket does not tell by itself: one that sends to an interface without carrier succeeds.
 *
 * <pre>
 *   0 struct ifreq: name (16), flags (2)    40 struct sockaddr_ll (20)    60 its length (4)
 * </pre>
 */
final class LinkWatch {
    static final int UP = 0;
    static final int NO_CARRIER = 1;
    static final int SET_DOWN = 2;
    static final int GONE = 3;

    private static final int ADDRESS = 40;
    private static final int ADDRESS_LENGTH = 60;

    private final SystemCalls calls;
    private final int fd;
    private final int interfaceIndex;
    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(64, 64));

    LinkWatch(final PacketSocket socket, final SystemCalls calls) {
        this.calls = calls;
        this.fd = socket.fd();
        this.interfaceIndex = socket.interfaceIndex();
        buffer.putStringWithoutLengthUtf8(0, socket.interfaceName());
    }

    /** One of the constants. {@link #GONE} is final: an interface that was away does not come back to the socket. */
    int state() {
        buffer.putInt(ADDRESS_LENGTH, PacketSocket.ADDRESS_LENGTH);
        final long base = buffer.addressOffset();
        if (calls.getsockname(fd, base + ADDRESS, base + ADDRESS_LENGTH) < 0
                || buffer.getInt(ADDRESS + PacketSocket.ADDRESS_INDEX) != interfaceIndex
                || calls.ioctl(fd, InterfaceConfig.SIOCGIFFLAGS, base) < 0) {
            return GONE;
        }
        final int flags = buffer.getShort(InterfaceConfig.UNION);
        if ((flags & InterfaceConfig.FLAG_UP) == 0) {
            return SET_DOWN;
        }
        return (flags & InterfaceConfig.FLAG_RUNNING) == 0 ? NO_CARRIER : UP;
    }
}
