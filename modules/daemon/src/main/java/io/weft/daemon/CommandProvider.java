// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.util.List;

/**
 * Commands of other modules, found by {@link java.util.ServiceLoader}. Making a provider and its commands must be cheap:
 * it happens at every start of the program.
 */
public interface CommandProvider {
    /**
     * Objects annotated with picocli's {@code @Command(name = ...)} that are {@code Callable<Integer>}. A
     * {@code @ParentCommand Main} gives them the flags of the command line. An exception's message becomes
     * {@code Error: message}, exit 1.
     */
    List<Object> commands();
}
