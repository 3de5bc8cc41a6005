// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

/**
 * Where a frame goes: a port of this node or a remote VTEP, in 16 bits.
 *
 * <p>0 to 0x7FFE: port index; 0x7FFF: the node's own router; 0x8000 to 0xFFFE: VTEP index; 0xFFFF: none.
 */
public final class Destination {
    /** Nowhere known. */
    public static final int NONE = 0xFFFF;

    /** The router of this node: frames to one of its MACs. Like a port, but not one that is flooded to. */
    public static final int ROUTER = 0x7FFF;

    private static final int VTEP_BIT = 0x8000;

    private Destination() {}

    /** A port of this node. */
    public static int ofPort(final int port) {
        return port;
    }

    /** A remote VTEP. */
    public static int ofVtep(final int vtep) {
        return VTEP_BIT | vtep;
    }

    /** True for a VTEP; {@link #NONE} is neither. */
    public static boolean isVtep(final int destination) {
        return (destination & VTEP_BIT) != 0 && destination != NONE;
    }

    /** The port or VTEP index. */
    public static int index(final int destination) {
        return destination & ~VTEP_BIT;
    }

    /** Where {@code frame} came from, in the same terms. */
    public static int sourceOf(final Frame frame) {
        return frame.vtep == Frame.NONE ? ofPort(frame.port) : ofVtep(frame.vtep);
    }
}
