// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RefusedException;
import java.io.IOException;

/**
 * What may be done to an object.
 *
 * @param name as typed
 * @param usage the words behind it
 */
record Verb(String name, String usage, Action action) {
    /** Runs in the node, on the client's thread. */
    @FunctionalInterface
    interface Action {
        /**
         * Carries the command out.
         *
         * @throws CommandException the command is wrong: exit 1
         * @throws RefusedException the node will not: exit 2
         * @throws IOException the client has gone
         */
        void run(Call call) throws CommandException, RefusedException, IOException, InterruptedException;
    }
}
