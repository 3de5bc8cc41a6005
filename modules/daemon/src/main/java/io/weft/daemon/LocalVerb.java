// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.IOException;
import java.util.List;

/**
 * What may be done to an object without its node: by the program that was called, which reads the node's files by itself.
 *
 * @param name as typed
 * @param usage the words behind it
 */
record LocalVerb(String name, String usage, Action action) {
    /** Runs in the program that was called. */
    @FunctionalInterface
    interface Action {
        /**
         * Carries the command out; the exit code.
         *
         * @throws CommandException the command is wrong: exit 1
         * @throws IOException what it writes to, or reads, has gone
         */
        int run(Main main, List<String> words, boolean json) throws CommandException, IOException, InterruptedException;
    }
}
