// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

/**
 * The share of the CPUs that a thread gets where all of them are busy (setpriority(2); in Linux a thread has its own).
 *
 * <p>Whoever forwards stands between programs that would fill any time they get: at the same priority they take turns with
 * it, a few milliseconds each, and every frame waits for the next turn.
 */
public final class ThreadPriority {
    /** As Open vSwitch's daemon has it by default: some nine times the share of an ordinary thread. */
    public static final int FORWARDING = -10;

    private static final int PRIO_PROCESS = 0;
    private static final int THIS_THREAD = 0;

    private ThreadPriority() {}

    /**
     * Sets the nice value of the calling thread.
     *
     * @param nice 19, which yields to all others, to -20
     * @return false without the right to it: CAP_SYS_NICE, for less than it has
     */
    public static boolean set(final int nice) {
        return Libc.setpriority(PRIO_PROCESS, THIS_THREAD, nice) == 0;
    }
}
