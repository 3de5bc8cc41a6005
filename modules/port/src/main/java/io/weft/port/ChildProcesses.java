// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.nio.ByteBuffer;

/** What the first process of a container owes the others. */
public final class ChildProcesses {
    private static final int P_ALL = 0;
    private static final int WNOHANG = 1;
    private static final int WEXITED = 4;
    private static final int WNOWAIT = 0x0100_0000;
    /** {@code siginfo_t}: its length, and where the process is told. */
    private static final int INFO_LENGTH = 128;

    private static final int INFO_PID = 16;

    private ChildProcesses() {}

    /** Sends a signal, by its number; nothing happens if the process is gone. */
    public static void signal(final long pid, final int signal) {
        Libc.kill((int) pid, signal);
    }

    /** True for a process that inherits those whose parents end. */
    public static boolean isInit() {
        return Libc.getpid() == 1;
    }

    /**
     * Buries inherited processes that have ended.
     *
     * @param own child of which somebody else wants to know the end; while it waits for that, no other is looked at
     */
    public static void reap(final long own) {
        final ByteBuffer info = Libc.bytes(INFO_LENGTH);
        while (Libc.waitid(P_ALL, 0, info.putInt(INFO_PID, 0), WEXITED | WNOHANG | WNOWAIT) == 0) {
            final int pid = info.getInt(INFO_PID);
            if (pid == 0 || pid == own || Libc.waitpid(pid, null, WNOHANG) != pid) {
                return;
            }
        }
    }
}
