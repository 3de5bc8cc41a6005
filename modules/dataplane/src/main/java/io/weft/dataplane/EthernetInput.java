// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;

/** First stage for frames of a pod port: reads the headers once and says to which network the frame belongs. */
public final class EthernetInput {
    private final FramePool pool;

    /** The stage over this pool. */
    public EthernetInput(final FramePool pool) {
        this.pool = pool;
    }

    /** Parses every frame; what can't be handled safely is dropped and leaves the vector. */
    public void process(final FrameVector frames, final int network) {
        int kept = 0;
        final int size = frames.size();
        for (int i = 0; i < size; i++) {
            final Frame frame = frames.get(i);
            final DropReason reason = FrameParser.parse(frame);
            if (reason == null) {
                frame.network = network;
                frames.set(kept++, frame);
            } else {
                pool.drop(frame, reason);
            }
        }
        frames.truncate(kept);
    }
}
