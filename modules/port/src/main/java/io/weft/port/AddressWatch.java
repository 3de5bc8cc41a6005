// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * Hears from the kernel, by rtnetlink(7), that an interface or an address of a namespace has come, gone or changed. What it
 * was is not told: whoever waits looks for himself. So a message that was lost does no harm, as long as he also looks now and then.
 */
public final class AddressWatch implements AutoCloseable {
    private static final int RTMGRP_LINK = 0x1;
    private static final int RTMGRP_IPV4_IFADDR = 0x10;
    private static final int RTMGRP_IPV6_IFADDR = 0x100;
    private static final int SO_RCVTIMEO = 20;
    /** The largest message that the kernel sends unasked. */
    private static final int BUFFER_LENGTH = 32 << 10;

    private final int socket;
    private final ByteBuffer buffer = Libc.bytes(BUFFER_LENGTH);

    /**
     * Of the calling thread's namespace.
     *
     * @param waitMillis how long {@link #await} waits at most, at least 1
     */
    public AddressWatch(final int waitMillis) throws PortException {
        socket = Rtnetlink.open();
        try {
            // struct sockaddr_nl: family (2), padding (2), port id (4), groups (4).
            final ByteBuffer address = Libc.bytes(12);
            address.putShort(0, (short) Rtnetlink.AF_NETLINK);
            address.putInt(8, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
            final byte[] octets = new byte[12];
            address.get(0, octets);
            Libc.check(Libc.bind(socket, octets, octets.length), "bind AF_NETLINK");
            final ByteBuffer time = Libc.bytes(16);
            time.putLong(0, waitMillis / 1000);
            time.putLong(8, TimeUnit.MILLISECONDS.toMicros(waitMillis % 1000));
            Libc.check(Libc.setsockopt(socket, Libc.SOL_SOCKET, SO_RCVTIMEO, time, 16), "setsockopt SO_RCVTIMEO");
        } catch (final PortException e) {
            Libc.close(socket);
            throw e;
        }
    }

    /** Waits until something has changed. False if nothing did in the time; true also if messages were lost. One thread. */
    public boolean await() {
        return Libc.read(socket, buffer, BUFFER_LENGTH) >= 0 || Libc.errno() != Errno.EAGAIN;
    }

    /** Not while a thread waits. */
    @Override
    public void close() {
        Libc.close(socket);
    }
}
