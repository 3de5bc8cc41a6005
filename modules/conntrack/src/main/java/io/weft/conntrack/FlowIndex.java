// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.frame.Frame;

/**
 * From the hash of a flow to its entry: buckets of one cache line with eight slots each. A flow is in the bucket that its hash names, or
 * in one of the next, if that was full.
 *
 * <pre>
 *    0  8 octets  tags: 1 to 255, 8 bits of the hash that the bucket's number does not use; 0: the slot is free
 *    8  i32       flows that are further on because this bucket was full when they came
 *   16  8 x i32   entries
 *   48  unused
 * </pre>
 *
 * All tags of a bucket are compared at once, in one long. A search ends at the first bucket that nothing passed: there are no
 * tombstones, and where nothing was ever full it is one line. Load is 0.6 at most.
 */
final class FlowIndex {
    private static final int BUCKET_LENGTH = 64;
    private static final int BUCKET_SHIFT = 6;
    private static final int SLOTS = 8;
    private static final double MAX_LOAD = 0.6;

    private static final int PASSED_OFFSET = 8;
    private static final int ENTRIES_OFFSET = 16;

    private static final int TAG_SHIFT = 24;
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long LOW_BITS = 0x7F7F_7F7F_7F7F_7F7FL;

    private final OffHeap memory;
    private final int mask;

    /** An empty index for as many flows. */
    FlowIndex(final int maxFlows) {
        final int wanted = (int) (maxFlows / (SLOTS * MAX_LOAD)) + 1;
        final int buckets = Integer.highestOneBit(wanted - 1) << 1;
        memory = new OffHeap(buckets << BUCKET_SHIFT);
        memory.clear();
        mask = buckets - 1;
    }

    /** The bucket in which a search begins. */
    int home(final int hash) {
        return (hash & mask) << BUCKET_SHIFT;
    }

    int next(final int bucket) {
        return (bucket + BUCKET_LENGTH) & ((mask << BUCKET_SHIFT) | (BUCKET_LENGTH - 1));
    }

    long tags(final int bucket) {
        return memory.getLong(bucket);
    }

    /** True if a search goes on in the next bucket. */
    boolean isPassed(final int bucket) {
        return memory.getInt(bucket + PASSED_OFFSET) != 0;
    }

    /** The top bit of each octet of {@code tags} that may be of a flow with this hash. */
    static long matches(final long tags, final int hash) {
        return zeros(tags ^ tag(hash) * ONES);
    }

    /** Slot of the lowest match; there must be one. */
    static int slot(final long matches) {
        return Long.numberOfTrailingZeros(matches) >>> 3;
    }

    int entry(final int bucket, final int slot) {
        return memory.getInt(entryOffset(bucket, slot));
    }

    /** Adds an entry that is not in it. There must be fewer than the index is made for. */
    void add(final int hash, final int entry) {
        int bucket = home(hash);
        long free = zeros(tags(bucket));
        while (free == 0) {
            addPassed(bucket, 1);
            bucket = next(bucket);
            free = zeros(tags(bucket));
        }
        final int slot = slot(free);
        memory.putLong(bucket, tags(bucket) | (tag(hash) << (slot << 3)));
        memory.putInt(entryOffset(bucket, slot), entry);
    }

    /** Removes an entry that was added with this hash. */
    void remove(final int hash, final int entry) {
        int bucket = home(hash);
        int slot = slotOf(bucket, hash, entry);
        while (slot == Frame.NONE) {
            addPassed(bucket, -1);
            bucket = next(bucket);
            slot = slotOf(bucket, hash, entry);
        }
        memory.putLong(bucket, tags(bucket) & ~(0xFFL << (slot << 3)));
    }

    private int slotOf(final int bucket, final int hash, final int entry) {
        long matches = matches(tags(bucket), hash);
        while (matches != 0) {
            final int slot = slot(matches);
            if (entry(bucket, slot) == entry) {
                return slot;
            }
            matches &= matches - 1;
        }
        return Frame.NONE;
    }

    private void addPassed(final int bucket, final int amount) {
        memory.putInt(bucket + PASSED_OFFSET, memory.getInt(bucket + PASSED_OFFSET) + amount);
    }

    private static int entryOffset(final int bucket, final int slot) {
        return bucket + ENTRIES_OFFSET + (slot << 2);
    }

    private static long tag(final int hash) {
        final int bits = hash >>> TAG_SHIFT;
        return bits | ((bits - 1) >>> 31);
    }

    /** The top bit of each octet that is zero, and no other. */
    private static long zeros(final long octets) {
        return ~(((octets & LOW_BITS) + LOW_BITS) | octets | LOW_BITS);
    }

    /** Octets that it takes. */
    int length() {
        return memory.length();
    }
}
