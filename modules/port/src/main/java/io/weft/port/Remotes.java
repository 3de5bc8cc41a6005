// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.IpAddress;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Socket addresses of the VTEPs, ready for the kernel, by VTEP index. */
final class Remotes {
    private static final int STRIDE = 32;

    private final UnsafeBuffer addresses;
    /** Octets of each address; 0: not known. */
    private final byte[] lengths;

    Remotes(final int capacity) {
        addresses = new UnsafeBuffer(BufferUtil.allocateDirectAligned(capacity * STRIDE, 64));
        lengths = new byte[capacity];
    }

    void set(final int vtep, final IpAddress address, final int udpPort) {
        SocketAddress.put(addresses, vtep * STRIDE, address, udpPort);
        lengths[vtep] = (byte) SocketAddress.length(address);
    }

    void remove(final int vtep) {
        lengths[vtep] = 0;
    }

    boolean has(final int vtep) {
        return vtep >= 0 && vtep < lengths.length && lengths[vtep] != 0;
    }

    long address(final int vtep) {
        return addresses.addressOffset() + (long) vtep * STRIDE;
    }

    int length(final int vtep) {
        return lengths[vtep];
    }
}
