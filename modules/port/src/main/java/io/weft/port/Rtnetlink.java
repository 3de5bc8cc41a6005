// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.nio.ByteBuffer;

/**
 * What ioctl(2) can't do, by rtnetlink(7): attributes of an interface, IPv6 addresses, and routes. Every request is acknowledged before
 * the call returns.
 *
 * <pre>
 *   0  nlmsghdr: length (4), type (2), flags (2), sequence (4), port id (4)
 *  16  ifinfomsg: family, type (2), index (4), flags (4), change (4)
 *      or ifaddrmsg: family, prefix length, flags, scope, index (4)
 *      or rtmsg: family, destination length, source length, TOS, table, protocol, scope, type, flags (4)
 *      rtattr: length (2), type (2), value; each starts at a multiple of 4
 * </pre>
 */
final class Rtnetlink {
    /** Octets of the largest super-frame that the stack gives to the interface. */
    static final short IFLA_GSO_MAX_SIZE = 41;

    static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final short RTM_SETLINK = 19;
    private static final short RTM_NEWADDR = 20;
    private static final short RTM_NEWROUTE = 24;
    private static final short NLM_F_REQUEST_ACK = 0x05;
    private static final short NLM_F_CREATE_EXCL = 0x600;
    private static final short NLMSG_ERROR = 2;
    private static final int HEADER_LENGTH = 16;
    private static final int REQUEST_LENGTH = 128;
    private static final int REPLY_LENGTH = 256;
    private static final int TYPE_OFFSET = 4;
    private static final int ERRNO_OFFSET = 16;

    private static final byte IFA_F_NODAD = 2;
    private static final short IFA_ADDRESS = 1;
    private static final short IFA_LOCAL = 2;

    private static final short RTA_DST = 1;
    private static final short RTA_OIF = 4;
    private static final short RTA_GATEWAY = 5;
    private static final byte RT_TABLE_MAIN = (byte) 254;
    private static final byte RTPROT_STATIC = 4;
    private static final byte RT_SCOPE_UNIVERSE = 0;
    private static final byte RT_SCOPE_LINK = (byte) 253;
    private static final byte RTN_UNICAST = 1;
    private static final int RTNH_F_ONLINK = 4;

    private Rtnetlink() {}

    /** A socket of the calling thread's namespace. */
    static int open() throws PortException {
        return Libc.check(Libc.socket(AF_NETLINK, SOCK_RAW | Libc.SOCK_CLOEXEC, 0), "socket AF_NETLINK");
    }

    /** Sets an attribute of the interface with this index in the socket's namespace. */
    static void setLink(
            final int socket, final int interfaceIndex, final short attribute, final int value, final String what)
            throws PortException {
        final ByteBuffer request = request(RTM_SETLINK, NLM_F_REQUEST_ACK);
        request.putInt(0).putInt(interfaceIndex).putInt(0).putInt(0);
        putAttribute(request, attribute, value);
        send(socket, request, what);
    }

    /** Adds an IPv6 address that is usable at once: nobody looks for duplicates of it (RFC 4862 section 5.4). */
    static void addAddress(final int socket, final int interfaceIndex, final IpPrefix prefix, final String what)
            throws PortException {
        final ByteBuffer request = request(RTM_NEWADDR, (short) (NLM_F_REQUEST_ACK | NLM_F_CREATE_EXCL));
        request.put((byte) SocketAddress.family(prefix.address())).put((byte) prefix.length());
        request.put(IFA_F_NODAD).put((byte) 0).putInt(interfaceIndex);
        putAttribute(request, IFA_LOCAL, prefix.address());
        putAttribute(request, IFA_ADDRESS, prefix.address());
        send(socket, request, what);
    }

    /**
     * Adds a route to the main table; one to the same destination must not be there.
     *
     * @param onlink the gateway is a neighbor though no address of the interface says so
     */
    static void addRoute(
            final int socket,
            final int interfaceIndex,
            final InterfaceRoute route,
            final boolean onlink,
            final String what)
            throws PortException {
        final IpAddress via = route.via();
        final ByteBuffer request = request(RTM_NEWROUTE, (short) (NLM_F_REQUEST_ACK | NLM_F_CREATE_EXCL));
        request.put((byte) SocketAddress.family(route.dst().address()));
        request.put((byte) route.dst().length()).put((byte) 0).put((byte) 0);
        request.put(RT_TABLE_MAIN).put(RTPROT_STATIC);
        request.put(via == null ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE).put(RTN_UNICAST);
        request.putInt(onlink ? RTNH_F_ONLINK : 0);
        putAttribute(request, RTA_DST, route.dst().address());
        putAttribute(request, RTA_OIF, interfaceIndex);
        if (via != null) {
            putAttribute(request, RTA_GATEWAY, via);
        }
        send(socket, request, what);
    }

    /** Everything but the length, which {@link #send} knows. */
    private static ByteBuffer request(final short type, final short flags) {
        return Libc.bytes(REQUEST_LENGTH)
                .putInt(0)
                .putShort(type)
                .putShort(flags)
                .position(HEADER_LENGTH);
    }

    private static void putAttribute(final ByteBuffer request, final short type, final int value) {
        request.putShort((short) 8).putShort(type).putInt(value);
    }

    private static void putAttribute(final ByteBuffer request, final short type, final IpAddress address) {
        final byte[] octets = address.octets();
        request.putShort((short) (4 + octets.length)).putShort(type).put(octets);
    }

    private static void send(final int socket, final ByteBuffer request, final String what) throws PortException {
        final int requestLength = request.position();
        request.putInt(0, requestLength);
        Libc.check((int) Libc.write(socket, request.rewind(), requestLength), what);
        final ByteBuffer reply = Libc.bytes(REPLY_LENGTH);
        final int length = Libc.check((int) Libc.read(socket, reply, REPLY_LENGTH), what);
        if (length >= ERRNO_OFFSET + 4
                && reply.getShort(TYPE_OFFSET) == NLMSG_ERROR
                && reply.getInt(ERRNO_OFFSET) != 0) {
            throw PortException.of(what, -reply.getInt(ERRNO_OFFSET));
        }
    }
}
