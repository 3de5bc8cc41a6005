// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.wire.Tcp;

/**
 * How a TCP flow goes from state to state by the flags of its segments. Sequence numbers and windows are not looked at: who can forge a
 * RST makes the flow's record end early, and no more.
 */
final class TcpStates {
    private static final int CHANGING = Tcp.SYN | Tcp.FIN | Tcp.RST;

    private TcpStates() {}

    /** True if a segment with these flags can't change what is established. */
    static boolean isPlain(final int flags) {
        return (flags & CHANGING) == 0;
    }

    /** True for the first segment of a connection. */
    static boolean isOpening(final int flags) {
        return (flags & (CHANGING | Tcp.ACK)) == Tcp.SYN;
    }

    /** True if an opening segment makes a new flow of one in this state; otherwise it is one that was sent again, or astray. */
    static boolean canBeginAnew(final FlowState state) {
        return state == FlowState.NEW || state == FlowState.FIN_WAIT || state == FlowState.CLOSED;
    }

    /**
     * State after a segment.
     *
     * @param isReply it is not the originator's
     * @param flags of the segment
     * @param bothSeen a segment of each direction was seen, with this one
     * @param bothFinished a FIN of each direction was seen, with this one
     */
    static FlowState next(
            final FlowState state,
            final boolean isReply,
            final int flags,
            final boolean bothSeen,
            final boolean bothFinished) {
        if (state == FlowState.CLOSED || (flags & Tcp.RST) != 0 || bothFinished) {
            return FlowState.CLOSED;
        }
        if ((flags & Tcp.FIN) != 0) {
            return FlowState.FIN_WAIT;
        }
        final boolean isSyn = (flags & Tcp.SYN) != 0;
        return switch (state) {
            case NEW -> isSyn ? synOf(flags) : bothSeen ? FlowState.ESTABLISHED : FlowState.NEW;
            case SYN_SENT -> isSyn && isReply ? FlowState.SYN_RECEIVED : state;
            // In a simultaneous open, too, the originator acknowledges what the other sends.
            case SYN_RECEIVED -> !isSyn && !isReply && (flags & Tcp.ACK) != 0 ? FlowState.ESTABLISHED : state;
            case REPLIED, ESTABLISHED, FIN_WAIT, CLOSED -> state;
        };
    }

    private static FlowState synOf(final int flags) {
        return (flags & Tcp.ACK) == 0 ? FlowState.SYN_SENT : FlowState.SYN_RECEIVED;
    }
}
