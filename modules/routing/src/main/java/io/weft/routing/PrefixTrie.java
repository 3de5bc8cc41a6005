// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import java.util.Arrays;

/**
 * Control side of a forwarding table: prefixes with their values in path-compressed binary tries, any number of tries in
 * one array. A trie is known by its root, {@link #NONE} if it is empty; changes return the new root.
 *
 * <p>A node is a prefix. It has a value, or else two children: it then only marks where they part. Layout, in longs:
 *
 * <pre>
 *   IPv4   0: address (bits 32-63), length (16-23), value (0-15)          1: children
 *   IPv6   0: upper half   1: lower half   2: length (16-23), value (0-15)   3: children
 * </pre>
 *
 * Children are two node numbers, the one with the next bit 0 in the lower half. A free node has the next free one there.
 * Not thread-safe.
 */
final class PrefixTrie {
    /** No node. */
    static final int NONE = 0;

    private static final int FIRST_NODES = 64;
    private static final long HALF = 0xFFFF_FFFFL;
    private static final int VALUE_MASK = 0xFFFF;
    private static final int LENGTH_SHIFT = 16;
    private static final int LENGTH_MASK = 0xFF;
    private static final int IPV4_STRIDE = 2;
    private static final int IPV6_STRIDE = 4;

    private final int stride;
    private final long highMask;
    private long[] nodes;
    private int used = 1;
    private int free;

    /** No tries yet, for addresses of 32 or 128 bits. */
    PrefixTrie(final int addressBits) {
        this.stride = addressBits == Integer.SIZE ? IPV4_STRIDE : IPV6_STRIDE;
        this.highMask = addressBits == Integer.SIZE ? ~HALF : -1;
        this.nodes = new long[FIRST_NODES * stride];
    }

    /** Upper half of a node's prefix. */
    long high(final int node) {
        return nodes[node * stride] & highMask;
    }

    /** Lower half of a node's prefix. */
    long low(final int node) {
        return stride == IPV4_STRIDE ? 0 : nodes[node * stride + 1];
    }

    /** Length of a node's prefix. */
    int length(final int node) {
        return (int) nodes[node * stride + stride - 2] >>> LENGTH_SHIFT & LENGTH_MASK;
    }

    /** Value of a node, 0 if there is none. */
    int value(final int node) {
        return (int) nodes[node * stride + stride - 2] & VALUE_MASK;
    }

    /** A node's child whose next bit is {@code bit}, or {@link #NONE}. */
    int child(final int node, final int bit) {
        return (int) (nodes[node * stride + stride - 1] >>> (bit << 5));
    }

    /** The first node with routes longer than a node's own: the node itself if they part right behind it. */
    int below(final int node) {
        return child(node, 0) != NONE && child(node, 1) != NONE ? node : onlyChild(node);
    }

    /** True if a node's prefix covers an address or prefix that is at least as long. */
    boolean covers(final int node, final long high, final long low) {
        return AddressBits.common(high(node), low(node), high, low) >= length(node);
    }

    /** The value of exactly this prefix in the trie at {@code root}, or 0. */
    int get(final int root, final long high, final long low, final int length) {
        int node = root;
        while (node != NONE && length(node) < length && covers(node, high, low)) {
            node = child(node, AddressBits.bit(high, low, length(node)));
        }
        return node != NONE && length(node) == length && covers(node, high, low) ? value(node) : 0;
    }

    /** Inserts a prefix, whose bits behind {@code length} are 0, or replaces its value, which is not 0. */
    int put(final int root, final long high, final long low, final int length, final int value) {
        int parent = NONE;
        int node = root;
        while (node != NONE && length(node) < length && covers(node, high, low)) {
            parent = node;
            node = child(node, AddressBits.bit(high, low, length(node)));
        }
        if (node == NONE) {
            return relink(root, parent, high, low, make(high, low, length, value));
        }
        final int common = Math.min(AddressBits.common(high(node), low(node), high, low), length);
        if (common >= length(node)) {
            setValue(node, value);
            return root;
        }
        final int added = make(high, low, length, value);
        int above = added;
        if (common < length) {
            above = make(AddressBits.prefixHigh(high, common), AddressBits.prefixLow(low, common), common, 0);
            setChild(above, AddressBits.bit(high, low, common), added);
        }
        setChild(above, AddressBits.bit(high(node), low(node), common), node);
        return relink(root, parent, high, low, above);
    }

    /** Removes a prefix that is in the trie. */
    int remove(final int root, final long high, final long low, final int length) {
        int above = NONE;
        int parent = NONE;
        int node = root;
        while (length(node) < length) {
            above = parent;
            parent = node;
            node = child(node, AddressBits.bit(high, low, length(node)));
        }
        setValue(node, 0);
        if (child(node, 0) != NONE && child(node, 1) != NONE) {
            return root;
        }
        final int left = relink(root, parent, high, low, onlyChild(node));
        release(node);
        if (parent == NONE || value(parent) != 0 || (child(parent, 0) != NONE && child(parent, 1) != NONE)) {
            return left;
        }
        final int shorter = relink(left, above, high, low, onlyChild(parent));
        release(parent);
        return shorter;
    }

    /** Forgets everything and gives back the memory. */
    void clear() {
        if (nodes.length > FIRST_NODES * stride) {
            nodes = new long[FIRST_NODES * stride];
        }
        used = 1;
        free = NONE;
    }

    /** Octets of the array. */
    long memory() {
        return (long) nodes.length * Long.BYTES;
    }

    /** Puts {@code node} where the path of an address leaves {@code parent}; returns the root. */
    private int relink(final int root, final int parent, final long high, final long low, final int node) {
        if (parent == NONE) {
            return node;
        }
        setChild(parent, AddressBits.bit(high, low, length(parent)), node);
        return root;
    }

    private int onlyChild(final int node) {
        return child(node, 0) | child(node, 1);
    }

    private int make(final long high, final long low, final int length, final int value) {
        int node = free;
        if (node != NONE) {
            free = child(node, 0);
        } else {
            node = used++;
            if (used * stride > nodes.length) {
                nodes = Arrays.copyOf(nodes, nodes.length + (nodes.length >>> 1));
            }
        }
        final int at = node * stride;
        nodes[at] = high;
        if (stride == IPV6_STRIDE) {
            nodes[at + 1] = low;
            nodes[at + 2] = 0;
        }
        nodes[at + stride - 2] |= (long) length << LENGTH_SHIFT | value;
        nodes[at + stride - 1] = 0;
        return node;
    }

    private void release(final int node) {
        nodes[node * stride + stride - 1] = free;
        free = node;
    }

    private void setValue(final int node, final int value) {
        final int at = node * stride + stride - 2;
        nodes[at] = (nodes[at] & ~(long) VALUE_MASK) | value;
    }

    private void setChild(final int node, final int bit, final int child) {
        final int at = node * stride + stride - 1;
        nodes[at] = bit == 0 ? (nodes[at] & ~HALF) | child : (nodes[at] & HALF) | (long) child << Integer.SIZE;
    }
}
