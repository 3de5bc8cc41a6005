// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a person sits. {@link System#console} tells only of both ends at once. */
public final class Terminal {
    private Terminal() {}

    /** True if the file descriptor of this process, 0 or 1, is a terminal. */
    public static boolean is(final int descriptor) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(descriptor)))
                    .toString()
                    .matches("/dev/(pts/|tty|console).*");
        } catch (final IOException e) {
            return false;
        }
    }
}
