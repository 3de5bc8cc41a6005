// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.frame.Frame;
import io.weft.wire.Icmp;

/** Which ICMP messages are questions and answers with an identifier, and which are of no flow. */
final class IcmpTypes {
    private static final int TIMESTAMP = 13;
    private static final int TIMESTAMP_REPLY = 14;
    private static final int INFORMATION = 15;
    private static final int INFORMATION_REPLY = 16;
    private static final int ADDRESS_MASK = 17;
    private static final int ADDRESS_MASK_REPLY = 18;
    private static final int EXTENDED_ECHO = 42;
    private static final int EXTENDED_ECHO_REPLY = 43;
    private static final int EXTENDED_ECHO_V6 = 160;
    private static final int EXTENDED_ECHO_REPLY_V6 = 161;
    private static final int FIRST_LISTENER = 130;
    private static final int LISTENER_V2 = 143;

    private IcmpTypes() {}

    /** Type of the question, of itself as of its answer (RFC 792, 950, 4443, 8335); {@link Frame#NONE}: neither. */
    static int question(final boolean isIpv4, final int type) {
        return isIpv4 ? questionV4(type) : questionV6(type);
    }

    private static int questionV4(final int type) {
        return switch (type) {
            case Icmp.ECHO_REQUEST, Icmp.ECHO_REPLY -> Icmp.ECHO_REQUEST;
            case TIMESTAMP, TIMESTAMP_REPLY -> TIMESTAMP;
            case INFORMATION, INFORMATION_REPLY -> INFORMATION;
            case ADDRESS_MASK, ADDRESS_MASK_REPLY -> ADDRESS_MASK;
            case EXTENDED_ECHO, EXTENDED_ECHO_REPLY -> EXTENDED_ECHO;
            default -> Frame.NONE;
        };
    }

    private static int questionV6(final int type) {
        return switch (type) {
            case Icmp.ECHO_REQUEST_V6, Icmp.ECHO_REPLY_V6 -> Icmp.ECHO_REQUEST_V6;
            case EXTENDED_ECHO_V6, EXTENDED_ECHO_REPLY_V6 -> EXTENDED_ECHO_V6;
            default -> Frame.NONE;
        };
    }

    /** ICMPv6: multicast listeners and Neighbor Discovery (RFC 2710, 3810, 4861). */
    static boolean isLocal(final int type) {
        return (type >= FIRST_LISTENER && type <= Icmp.REDIRECT_V6) || type == LISTENER_V2;
    }
}
