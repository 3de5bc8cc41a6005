// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.frame.Frame;
import java.util.SplittableRandom;

/**
 * What the flow table wants to know of a frame: the key, and what the frame adds to its flow. Used again for each vector.
 *
 * <p>Ports are two in one int, the source's above. Of an ICMP query the identifier is the asking end's port and type * 256 + code of the
 * question the other's, so that question and answer are two directions like any others.
 */
final class FlowKey {
    /** {@link #marks}: the key is of a flow. */
    static final int IS_FLOW = 0x100;
    /** {@link #marks}: what the frame says makes it an answer, so who gets it is the originator. */
    static final int IS_ANSWER = 0x200;
    /** {@link #marks}: TCP flags. */
    static final int FLAGS = 0xFF;

    private static final long MULTIPLIER = new SplittableRandom().nextLong() | 1;
    private static final int PORT_SHIFT = 48;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    long sourceHigh;
    long sourceLow;
    long destinationHigh;
    long destinationLow;
    int ports;
    /** Scope and protocol: {@link #realm(int, int)}. */
    int realm;

    /** 0: of no flow, and all else may be anything. */
    int marks;

    int network;
    /** Port of ingress, or {@link FlowEvent#VTEP} and more. */
    int ingress;
    /** Segments. */
    long frames;

    long octets;

    /** Of all above {@link #marks}; written by {@link #seal}. */
    int hash;
    /** Entry that is likely the flow's, or {@link Frame#NONE}. Written by {@link FlowTable#readAhead}. */
    int candidate;

    static int realm(final int scope, final int protocol) {
        return (scope << 8) | protocol;
    }

    static int ports(final int source, final int destination) {
        return (source << 16) | destination;
    }

    /** The ports seen from the other end. */
    static int swapped(final int ports) {
        return Integer.rotateLeft(ports, 16);
    }

    /** By which way the frame came in. */
    static int ingress(final Frame frame) {
        return frame.vtep == Frame.NONE ? frame.port & FlowEvent.NONE : FlowEvent.VTEP + frame.vtep;
    }

    boolean isOfFlow() {
        return marks != 0;
    }

    int flags() {
        return marks & FLAGS;
    }

    /** It may begin a TCP connection. */
    boolean isOpening() {
        return TcpStates.isOpening(marks);
    }

    boolean isAnswer() {
        return (marks & IS_ANSWER) != 0;
    }

    /** The key is complete: hashes it. */
    void seal() {
        hash = hash(sourceHigh, sourceLow, destinationHigh, destinationLow, ports, realm);
    }

    /** Equal for both directions. Its multiplier is drawn at start-up: nobody outside can choose flows that fall into one bucket. */
    static int hash(
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow,
            final int ports,
            final int realm) {
        final long ends = end(sourceHigh, sourceLow, ports >>> 16) + end(destinationHigh, destinationLow, ports);
        return (int) (((ends ^ realm * MIX) * MULTIPLIER) >>> 32);
    }

    /** Few steps, of which each waits for the one before: an IPv4 address has 48 bits here, and its port is above them. */
    private static long end(final long high, final long low, final int port) {
        final long mixed = (high * MIX ^ low ^ (long) port << PORT_SHIFT) * MULTIPLIER;
        return mixed ^ mixed >>> 32;
    }
}
