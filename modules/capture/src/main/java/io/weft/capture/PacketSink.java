// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import java.io.IOException;
import org.agrona.concurrent.UnsafeBuffer;

/** What becomes of a capture's packets. Every method runs on the capture's thread. */
interface PacketSink {
    /**
     * A packet that passed the filter.
     *
     * @param record what it was made of
     * @param innerOffset where the pod's frame starts; {@code offset} if it isn't in the tunnel
     * @param length octets that are here
     * @param originalLength octets that the packet had
     * @param part number of the packet within the record, from 1
     * @param lost frames lost since the last packet
     */
    void packet(
            CaptureRecord record,
            UnsafeBuffer octets,
            int offset,
            int innerOffset,
            int length,
            int originalLength,
            int part,
            long lost)
            throws IOException;

    /** True if it wants no more. */
    boolean isComplete();

    /** Nothing more comes for now. */
    void flush() throws IOException;

    /**
     * Nothing more comes at all.
     *
     * @param lost frames lost since the last packet
     */
    void finish(long lost) throws IOException;
}
