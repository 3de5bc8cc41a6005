// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.nio.ByteBuffer;

/**
 * The one thing of rtnetlink(7) that no ioctl can do: a 32-bit attribute of an interface.
 *
 * <pre>
 *   0  nlmsghdr: length, type, flags, sequence, port id (16)
 *  16  ifinfomsg: family, type, index, flags, change (16)
 *  32  rtattr: length, type, value (8)
 * </pre>
 */
final class Rtnetlink {
    /** Octets of the largest super-frame that the stack gives to the interface. */
    static final short IFLA_GSO_MAX_SIZE = 41;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final short RTM_SETLINK = 19;
    private static final short NLM_F_REQUEST_ACK = 0x05;
    private static final short NLMSG_ERROR = 2;
    private static final int REQUEST_LENGTH = 40;
    private static final int REPLY_LENGTH = 256;
    private static final int TYPE_OFFSET = 4;
    private static final int ERRNO_OFFSET = 16;

    private Rtnetlink() {}

    /** A socket of the calling thread's namespace. */
    static int open() throws PortException {
        return Libc.check(Libc.socket(AF_NETLINK, SOCK_RAW | Libc.SOCK_CLOEXEC, 0), "socket AF_NETLINK");
    }

    /** Sets an attribute of the interface with this index in the socket's namespace. */
    static void setLink(
            final int socket, final int interfaceIndex, final short attribute, final int value, final String what)
            throws PortException {
        final ByteBuffer request = Libc.bytes(REQUEST_LENGTH);
        request.putInt(REQUEST_LENGTH).putShort(RTM_SETLINK).putShort(NLM_F_REQUEST_ACK);
        request.position(16 + 4).putInt(interfaceIndex);
        request.position(32).putShort((short) 8).putShort(attribute).putInt(value);
        Libc.check((int) Libc.write(socket, request.rewind(), REQUEST_LENGTH), what);
        final ByteBuffer reply = Libc.bytes(REPLY_LENGTH);
        final int length = Libc.check((int) Libc.read(socket, reply, REPLY_LENGTH), what);
        if (length >= ERRNO_OFFSET + 4
                && reply.getShort(TYPE_OFFSET) == NLMSG_ERROR
                && reply.getInt(ERRNO_OFFSET) != 0) {
            throw PortException.of(what, -reply.getInt(ERRNO_OFFSET));
        }
    }
}
