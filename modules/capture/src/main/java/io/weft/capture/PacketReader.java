// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads the packets of a capture file one by one. */
public interface PacketReader extends AutoCloseable {
    /**
     * A packet.
     *
     * @param interfaceName as if_name says; empty if it says nothing
     * @param linkType 1 is Ethernet
     * @param epochNanos time of capture; 0 if the file has none
     * @param octets what was kept of it
     * @param originalLength octets that it had
     * @param flags epb_flags; the lower two bits are the direction
     * @param lost epb_dropcount
     * @param packetId epb_packetid; 0 if there is none
     * @param comment opt_comment; empty if there is none
     */
    record Packet(
            String interfaceName,
            int linkType,
            long epochNanos,
            byte[] octets,
            int originalLength,
            int flags,
            long lost,
            long packetId,
            String comment) {}

    /**
     * The next packet, or null at the end.
     *
     * @throws IOException with one clear line if the file is damaged or ends within a packet
     */
    @Nullable
    Packet next() throws IOException;

    @Override
    void close() throws IOException;
}
