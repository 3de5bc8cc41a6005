// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.PacketReader;
import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.port.PcapPort;
import io.weft.port.PortException;
import io.weft.port.PortState;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The packets of a classic pcap file, as the pcap port reads them. */
final class PcapFile implements PacketReader {
    private static final int ETHERNET = 1;
    private static final String END = "end of file";

    private final FramePool pool = new FramePool(1, Counters.inMemory(1));
    private final FrameVector vector = new FrameVector();
    private final PcapPort port;

    PcapFile(final Path input) throws PortException {
        this.port = PcapPort.open(0, "input", pool, input, null);
    }

    @Override
    public @Nullable Packet next() throws IOException {
        while (vector.isEmpty() && port.state() == PortState.UP) {
            port.receive(vector, 1);
        }
        if (vector.isEmpty()) {
            if (!port.reason().equals(END)) {
                throw new IOException(port.reason());
            }
            return null;
        }
        final Frame frame = vector.get(0);
        final byte[] octets = new byte[frame.length];
        frame.buffer.getBytes(frame.offset, octets);
        vector.clear();
        pool.consumed(frame);
        return new Packet("", ETHERNET, port.epochNanos(), octets, port.originalLength(), 0, 0, 0, "");
    }

    @Override
    public void close() {
        port.close();
    }
}
