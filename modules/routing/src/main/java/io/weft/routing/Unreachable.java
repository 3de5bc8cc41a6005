// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.DropReason;

/** Why a packet can't go on, and what its sender is told: ICMP type and code (RFC 792, RFC 1812), and ICMPv6 (RFC 4443). */
enum Unreachable {
    NO_ROUTE(DropReason.NO_ROUTE, 3, 0, 1, 0),
    ROUTE(DropReason.UNREACHABLE_ROUTE, 3, 1, 1, 3),
    PROHIBITED(DropReason.PROHIBIT_ROUTE, 3, 13, 1, 1),
    NEIGHBOR(DropReason.NEIGHBOR_UNRESOLVED, 3, 1, 1, 3),
    SCOPE(DropReason.LINK_LOCAL_NOT_ROUTED, 3, 0, 1, 2),
    TTL(DropReason.TTL_EXCEEDED, 11, 0, 3, 0),
    TOO_LONG(DropReason.FRAGMENTATION_NEEDED, 3, 4, 2, 0);

    final DropReason reason;
    final int type;
    final int code;
    final int typeV6;
    final int codeV6;

    Unreachable(final DropReason reason, final int type, final int code, final int typeV6, final int codeV6) {
        this.reason = reason;
        this.type = type;
        this.code = code;
        this.typeV6 = typeV6;
        this.codeV6 = codeV6;
    }
}
