// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Next-hop groups by the number that stands in the forwarding tables. The control side puts a group here before a table
 * names it, and takes it away only when no lookup can name it any more.
 */
public final class NextHopTable {
    /** Groups that there may be, number 0 ({@link Ipv4Fib#NO_ROUTE}) not counted. */
    public static final int MAX_GROUPS = 0xFFFF;

    private final AtomicReferenceArray<@Nullable NextHopGroup> groups = new AtomicReferenceArray<>(MAX_GROUPS + 1);

    /** The group of a number that a table gave; null for {@link Ipv4Fib#NO_ROUTE}. */
    public @Nullable NextHopGroup get(final int number) {
        return groups.getPlain(number);
    }

    /** Sets the group of a number. Control side. */
    public void put(final int number, final NextHopGroup group) {
        groups.setRelease(number, group);
    }

    /** Forgets the group of a number that nothing names any more. Control side. */
    public void remove(final int number) {
        groups.setRelease(number, null);
    }

    /** The path to a VTEP has changed its MTU. Worker thread. */
    public void tunnelMtu(final int vtep, final int mtu) {
        for (int number = 1; number <= MAX_GROUPS; number++) {
            final NextHopGroup group = groups.getPlain(number);
            for (int i = 0; group != null && i < group.size(); i++) {
                if (group.path(i).vtep == vtep) {
                    group.path(i).mtu = mtu;
                }
            }
        }
    }
}
