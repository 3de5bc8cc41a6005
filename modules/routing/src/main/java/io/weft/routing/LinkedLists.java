// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

/**
 * Doubly linked lists over the items 0 to {@code items} - 1, each of which is in one list at most. Every operation takes
 * constant time; nothing is allocated after construction.
 *
 * <p>A list is a ring through a node of its own, which stands behind the items in the arrays.
 */
final class LinkedLists {
    /** No item. */
    static final int NONE = -1;

    private final int[] next;
    private final int[] previous;
    private final int items;

    LinkedLists(final int items, final int lists) {
        this.items = items;
        this.next = new int[items + lists];
        this.previous = new int[items + lists];
        for (int head = items; head < items + lists; head++) {
            next[head] = head;
            previous[head] = head;
        }
    }

    /** The first item of a list, or {@link #NONE}. */
    int first(final int list) {
        return itemOrNone(next[items + list]);
    }

    /** The item behind {@code item} in its list, or {@link #NONE}. */
    int after(final int item) {
        return itemOrNone(next[item]);
    }

    /** Appends an item that is in no list. */
    void addLast(final int list, final int item) {
        final int head = items + list;
        final int last = previous[head];
        next[last] = item;
        previous[item] = last;
        next[item] = head;
        previous[head] = item;
    }

    /** Takes an item out of its list. */
    void remove(final int item) {
        next[previous[item]] = next[item];
        previous[next[item]] = previous[item];
    }

    /** Moves an item that is in a list to the end of another or the same. */
    void moveLast(final int list, final int item) {
        remove(item);
        addLast(list, item);
    }

    private int itemOrNone(final int node) {
        return node < items ? node : NONE;
    }
}
