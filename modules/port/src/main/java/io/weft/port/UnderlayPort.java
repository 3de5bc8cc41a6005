// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * A port that carries UDP payloads (VXLAN packets) between VTEPs.
 *
 * <p>Received frames start at the UDP payload; {@code Frame.remoteHigh/Low} is the outer source address. A datagram train
 * (UDP_GRO) is one frame with {@code gsoType GSO_UDP} and {@code gsoSize} the length of each datagram but the last.
 *
 * <p>Frames to transmit start at the UDP payload, {@code Frame.vtep} says which remote, {@code Frame.flowHash} picks the
 * source port. A super-frame's inner headers lie at {@code l3Offset} and {@code l4Offset}; the port cuts it so that
 * everything before the inner payload stands in front of every segment.
 */
public interface UnderlayPort extends Port {
    /** Says where frames for VTEP {@code index} go, from now on. Worker thread. */
    void setRemote(int index, IpAddress address, int udpPort);

    /** Forgets VTEP {@code index}: frames for it are dropped. Worker thread. */
    void removeRemote(int index);

    /**
     * Sets who is told of paths that take less than was sent; null: nobody. Worker thread, or before it has the port. An
     * underlay that has no paths tells nothing.
     */
    default void pathMtuListener(final @Nullable PathMtuListener listener) {}
}
