// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.frame.Frame;

/**
 * The flows: {@value #LENGTH} octets each, outside the heap, at a place that a flow keeps.
 *
 * <pre>
 *   0  u64  source address, upper half       64  u64  frames of the originator
 *   8  u64  source address, lower half       72  u64  octets of the originator
 *  16  u64  destination address, upper half  80  u64  frames of the other
 *  24  u64  destination address, lower half  88  u64  octets of the other
 *  32  u16  destination port, u16 source     96  i64  time of the first frame, nanoseconds since 1970
 *  36  u24  scope, u8 protocol; -1: free    104  u64  number of the flow
 *  40  u8   protocol                        112  u64  drop reasons that were seen, a bit of each id
 *  41  u8   state                           120  u32  frames dropped
 *  42  u8   TCP flags of the originator     124  u16  network
 *  43  u8   TCP flags of the other          126  u16  last drop reason
 *  44  u8   verdict
 *  45  u8   generation, 7 bits
 *  46  u8   marks
 *  48  i64  time of the last frame, monotonic nanoseconds
 *  56  i32  next update, milliseconds; of a free entry: the next free one
 *  60  u16  ingress    62  u16  egress
 * </pre>
 *
 * The first line has what a search compares and what says whether a frame changes something; the second what counts. The source is the
 * originator's. Entries are handed out last in, first out, and one that never was used takes no memory yet.
 *
 * <p>A <em>flow reference</em>, as in {@code Frame.flow}, is generation, entry and direction: {@code generation << 24 | entry << 1 |
 * reply}, and never negative. The generation changes whenever the entry is given back, so a frame that waited longer than its flow lived is not taken for
 * one of the next, unless the entry was used 128 times in between.
 */
final class FlowEntries {
    static final int LENGTH = 128;

    static final int SOURCE_HIGH = 0;
    static final int SOURCE_LOW = 8;
    static final int DESTINATION_HIGH = 16;
    static final int DESTINATION_LOW = 24;
    static final int PORTS = 32;
    static final int REALM = 36;
    static final int PROTOCOL = 40;
    static final int STATE = 41;
    static final int FLAGS = 42;
    static final int VERDICT = 44;
    static final int GENERATION = 45;
    static final int MARKS = 46;
    static final int LAST = 48;
    static final int NEXT_UPDATE = 56;
    static final int NEXT_FREE = 56;
    static final int INGRESS = 60;
    static final int EGRESS = 62;
    static final int FRAMES = 64;
    static final int OCTETS = 72;
    static final int FIRST = 96;
    static final int FLOW = 104;
    static final int REASONS = 112;
    static final int DROPS = 120;
    static final int NETWORK = 124;
    static final int REASON = 126;

    /** From what is the originator's to the same of the other. */
    static final int OTHER_COUNTERS = 16;

    /** {@link #MARKS}: readers know of the flow. */
    static final int OPENED = 1;
    /** {@link #MARKS}: it was closed by a RST. */
    static final int RESET = 2;

    static final int FREE = -1;

    private static final int SHIFT = 7;
    private static final int GENERATION_SHIFT = 24;
    private static final int GENERATION_MASK = 0x7F;
    private static final int ENTRY_MASK = 0x7F_FFFF;

    final OffHeap memory;

    private final int capacity;
    private int used;
    private int highWater;
    private int firstFree = Frame.NONE;

    FlowEntries(final int capacity) {
        this.capacity = capacity;
        this.memory = new OffHeap(capacity << SHIFT);
    }

    /** Where an entry begins. */
    static int at(final int entry) {
        return entry << SHIFT;
    }

    static int entryOf(final int reference) {
        return (reference >>> 1) & ENTRY_MASK;
    }

    static boolean isReply(final int reference) {
        return (reference & 1) != 0;
    }

    int reference(final int entry, final boolean isReply) {
        return (memory.getByte(at(entry) + GENERATION) << GENERATION_SHIFT) | (entry << 1) | (isReply ? 1 : 0);
    }

    /** True if the reference is of the flow that is in the entry now. */
    boolean isCurrent(final int reference) {
        return reference >= 0 && memory.getByte(at(entryOf(reference)) + GENERATION) == reference >>> GENERATION_SHIFT;
    }

    boolean isFree(final int entry) {
        return memory.getInt(at(entry) + REALM) == FREE;
    }

    /** An entry, whose content is not defined but for the generation; there must be a free one. */
    int take() {
        used++;
        if (firstFree == Frame.NONE) {
            memory.putByte(at(highWater) + GENERATION, 0);
            return highWater++;
        }
        final int entry = firstFree;
        firstFree = memory.getInt(at(entry) + NEXT_FREE);
        return entry;
    }

    void give(final int entry) {
        final int at = at(entry);
        memory.putInt(at + REALM, FREE);
        memory.putByte(at + GENERATION, ((memory.getByte(at + GENERATION) + 1) & GENERATION_MASK));
        memory.putInt(at + NEXT_FREE, firstFree);
        firstFree = entry;
        used--;
    }

    int used() {
        return used;
    }

    int free() {
        return capacity - used;
    }

    /** No entry from this one on was ever used. */
    int highWater() {
        return highWater;
    }

    FlowState state(final int entry) {
        return FlowState.of(memory.getByte(at(entry) + STATE));
    }

    boolean hasMark(final int entry, final int mark) {
        return (memory.getByte(at(entry) + MARKS) & mark) != 0;
    }

    void mark(final int entry, final int mark) {
        final int at = at(entry) + MARKS;
        memory.putByte(at, (memory.getByte(at) | mark));
    }

    /** Octets that entries take once all were used. */
    int length() {
        return memory.length();
    }
}
