// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.Bytes;
import io.weft.wire.IpAddress;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * {@code struct sockaddr_in} and {@code sockaddr_in6}: family in the machine's byte order, the rest in network order.
 *
 * <pre>
 *  0 family   2 port   4 IPv4 address                             (16 octets)
 *  0 family   2 port   4 flow label   8 IPv6 address   24 scope   (28 octets)
 * </pre>
 *
 * Not handled: scopes, hence link-local addresses.
 */
final class SocketAddress {
    /** Octets that hold either. */
    static final int LENGTH = 28;

    private static final int IPV4_LENGTH = 16;

    private SocketAddress() {}

    /** Writes an address; the length for the kernel is {@link #length}. */
    static void put(final UnsafeBuffer buffer, final int offset, final IpAddress address, final int udpPort) {
        buffer.setMemory(offset, LENGTH, (byte) 0);
        buffer.putShort(offset, (short) family(address));
        Bytes.putU16(buffer, offset + 2, udpPort);
        if (address.isIpv4()) {
            Bytes.putI32(buffer, offset + 4, address.ipv4());
        } else {
            Bytes.putI64(buffer, offset + 8, address.high());
            Bytes.putI64(buffer, offset + 16, address.low());
        }
    }

    /** The same as an array, for set-up calls. */
    static byte[] bytes(final IpAddress address, final int udpPort) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
        put(buffer, 0, address, udpPort);
        return buffer.byteArray();
    }

    static int family(final IpAddress address) {
        return address.isIpv4() ? Libc.AF_INET : Libc.AF_INET6;
    }

    static int length(final IpAddress address) {
        return address.isIpv4() ? IPV4_LENGTH : LENGTH;
    }

    /** Upper half of the address at {@code offset}; IPv4 is mapped. */
    static long high(final UnsafeBuffer buffer, final int offset) {
        return buffer.getShort(offset) == Libc.AF_INET ? 0 : Bytes.i64(buffer, offset + 8);
    }

    /** Lower half. */
    static long low(final UnsafeBuffer buffer, final int offset) {
        return buffer.getShort(offset) == Libc.AF_INET
                ? IpAddress.mappedLow(Bytes.i32(buffer, offset + 4))
                : Bytes.i64(buffer, offset + 16);
    }
}
