// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

/**
 * How much of a table belongs to each of its owners, and who has most. Every operation takes constant time: owners stand
 * in lists by what they have, and that changes by one.
 */
final class Shares {
    private final int[] counts;
    private final LinkedLists byCount;
    private int largest;

    /** Owners 0 to {@code owners} - 1 without anything; together they will have {@code capacity} at most. */
    Shares(final int owners, final int capacity) {
        this.counts = new int[owners];
        this.byCount = new LinkedLists(owners, capacity + 1);
        for (int owner = 0; owner < owners; owner++) {
            byCount.addLast(0, owner);
        }
    }

    /** What {@code owner} has. */
    int of(final int owner) {
        return counts[owner];
    }

    /** Who has most; of several, the one that has had so much for longest. */
    int largestOwner() {
        return byCount.first(largest);
    }

    /** {@code owner} has one more. */
    void add(final int owner) {
        final int count = ++counts[owner];
        byCount.moveLast(count, owner);
        largest = Math.max(largest, count);
    }

    /** {@code owner} has one less. */
    void remove(final int owner) {
        final int count = --counts[owner];
        byCount.moveLast(count, owner);
        if (byCount.first(largest) == LinkedLists.NONE) {
            largest = count;
        }
    }
}
