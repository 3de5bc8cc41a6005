// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.Frame;
import io.weft.wire.Vxlan;
import java.util.Collection;

/**
 * Whose frames a capture wants: those of some ports, of some networks, of some VNIs, or several of these at once. A kind of
 * which none is named selects nothing out; of those named, all must fit.
 *
 * <p>Immutable; asked by workers, allocates nothing.
 */
public final class CaptureSelection {
    /** Every frame. */
    public static final CaptureSelection ALL = new CaptureSelection(new int[0], new int[0], new int[0]);

    private final int[] ports;
    private final int[] networks;
    private final int[] vnis;

    private CaptureSelection(final int[] ports, final int[] networks, final int[] vnis) {
        this.ports = ports;
        this.networks = networks;
        this.vnis = vnis;
    }

    /**
     * A selection.
     *
     * @param ports indices of ports; empty: any
     * @param networks indices of bridge domains; empty: any
     * @param vnis VNIs of these networks, by which packets from the tunnel are known; a packet of another one is not theirs
     */
    public static CaptureSelection of(
            final Collection<Integer> ports, final Collection<Integer> networks, final Collection<Integer> vnis) {
        return new CaptureSelection(numbers(ports), numbers(networks), numbers(vnis));
    }

    private static int[] numbers(final Collection<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * True if the frame is selected. At tunnel-tx a pod's port selects what came in by it: the frame leaves by the underlay
     * port. At tunnel-rx nobody knows yet which pod a frame is for.
     */
    boolean wants(final Frame frame, final CapturePoint point, final int atPort) {
        return (ports.length == 0
                        || contains(ports, atPort)
                        || (point == CapturePoint.TUNNEL_TX && contains(ports, frame.port)))
                && (networks.length == 0 || isInNetwork(frame, point));
    }

    /** A frame from the tunnel is in no network before it was decapsulated. */
    private boolean isInNetwork(final Frame frame, final CapturePoint point) {
        if (frame.network != Frame.NONE) {
            return contains(networks, frame.network);
        }
        return point == CapturePoint.TUNNEL_RX
                && frame.length >= Vxlan.HEADER_LENGTH
                && contains(vnis, Vxlan.vni(frame.buffer, frame.offset));
    }

    private static boolean contains(final int[] numbers, final int number) {
        for (final int each : numbers) {
            if (each == number) {
                return true;
            }
        }
        return false;
    }
}
