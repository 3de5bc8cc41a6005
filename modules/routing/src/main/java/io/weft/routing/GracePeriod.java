// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

/**
 * Tells a table's writer when its readers can no longer see what was taken out of the table, so that the space may be used
 * again.
 *
 * <p>An implementation hands a number to the reader and waits until the reader, between two lookups, hands it back: both
 * by volatile or release/acquire accesses. That way a lookup that ended before {@link #await} returns happens-before the
 * writer's next step, and what the writer did before the call happens-before each lookup that begins later.
 */
@FunctionalInterface
public interface GracePeriod {
    /** For tables that nobody reads while they change. */
    GracePeriod NONE = () -> {};

    /** Returns when no lookup that began before the call is still running. */
    void await();
}
