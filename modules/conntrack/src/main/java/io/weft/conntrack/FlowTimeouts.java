// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;

/** How long a flow stays without a frame, by protocol and state. */
final class FlowTimeouts {
    private static final FlowState[] STATES = FlowState.values();
    private static final int PROTOCOLS = 256;
    private static final int MILLIS = 1000;

    private final int[] millis = new int[PROTOCOLS * STATES.length];

    FlowTimeouts(final FlowSettings settings) {
        for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
            for (final FlowState state : STATES) {
                millis[protocol * STATES.length + state.ordinal()] = MILLIS * seconds(settings, protocol, state);
            }
        }
    }

    private static int seconds(final FlowSettings settings, final int protocol, final FlowState state) {
        return switch (protocol) {
            case Ipv4.PROTOCOL_TCP ->
                switch (state) {
                    case ESTABLISHED -> settings.tcpEstablished();
                    case CLOSED -> settings.tcpClosed();
                    case NEW, REPLIED, SYN_SENT, SYN_RECEIVED, FIN_WAIT -> settings.tcpTransitory();
                };
            case Ipv4.PROTOCOL_UDP -> settings.udp();
            case Ipv4.PROTOCOL_ICMP, Ipv6.PROTOCOL_ICMPV6 -> settings.icmp();
            default -> settings.other();
        };
    }

    /** {@code state} is an ordinal. */
    int millis(final int protocol, final int state) {
        return millis[protocol * STATES.length + state];
    }
}
