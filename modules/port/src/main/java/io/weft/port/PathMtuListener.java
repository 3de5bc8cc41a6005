// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

/** Told by an underlay that the path to a VTEP takes less than was sent. */
@FunctionalInterface
public interface PathMtuListener {
    /**
     * Frames were lost because the path does not take their length (counted as {@code mtu-exceeded}). Called by the worker
     * in the middle of {@link Port#transmit}: must not allocate, wait or use the port. May be told the same again.
     *
     * @param vtep index of the VTEP
     * @param mtu octets of the longest outer IP packet that the path takes, as far as is known
     */
    void onPathMtu(int vtep, int mtu);
}
