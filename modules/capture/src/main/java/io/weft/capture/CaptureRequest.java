// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

/**
 * What to capture.
 *
 * @param pointMask masks of the wanted {@link CapturePoint}s
 * @param selection whose frames
 * @param snapLength octets of each packet to keep, 1 to {@link PcapngWriter#SNAP_LENGTH}
 * @param count packets after which the capture ends; 0: never
 * @param filter in the language of pcap-filter(7); empty: everything
 */
public record CaptureRequest(int pointMask, CaptureSelection selection, int snapLength, long count, String filter) {
    /**
     * Checks every range.
     *
     * @throws IllegalArgumentException with one clear line
     */
    public CaptureRequest {
        if ((pointMask & CapturePoint.ALL) == 0) {
            throw new IllegalArgumentException("no capture point given");
        }
        if (snapLength < 1 || snapLength > PcapngWriter.SNAP_LENGTH) {
            throw new IllegalArgumentException(
                    "snap length " + snapLength + ": must be 1 to " + PcapngWriter.SNAP_LENGTH);
        }
        if (count < 0) {
            throw new IllegalArgumentException("count " + count + ": must not be negative");
        }
    }

    /** Everything at these points, without end. */
    public static CaptureRequest of(final int pointMask) {
        return new CaptureRequest(pointMask, CaptureSelection.ALL, PcapngWriter.SNAP_LENGTH, 0, "");
    }
}
