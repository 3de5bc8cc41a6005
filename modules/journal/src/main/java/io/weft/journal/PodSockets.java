// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.wire.IpAddress;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where a replay finds pods, and opens sockets in them. Any thread. */
public interface PodSockets {
    /** The pod that has this address now; null if none has. */
    @Nullable
    String pod(IpAddress address);

    /** Runs {@code opener} in the pod's network namespace; what it opens stays there. */
    <T> T open(String pod, Opener<T> opener) throws IOException;

    /** Opens a socket. */
    interface Opener<T> {
        /** On a thread that is in the pod's network namespace. */
        T open() throws IOException;
    }
}
