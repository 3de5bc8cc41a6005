// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.util.Arrays;

/** Open file descriptors of this process that belong together: closed together, unless somebody has taken them over. */
public final class Descriptors implements AutoCloseable {
    private int[] fds;

    Descriptors(final int... fds) {
        this.fds = fds.clone();
    }

    /** How many there are. */
    public synchronized int size() {
        return fds.length;
    }

    /** The descriptors, which stay this object's. */
    synchronized int[] get() {
        return fds.clone();
    }

    /** The descriptors, which are the caller's to close from now on. */
    synchronized int[] take() {
        final int[] taken = fds;
        fds = new int[0];
        return taken;
    }

    @Override
    public void close() {
        Arrays.stream(take()).forEach(Libc::close);
    }
}
