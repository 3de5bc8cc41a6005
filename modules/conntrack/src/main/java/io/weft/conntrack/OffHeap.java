// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import java.lang.ref.Cleaner;
import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;

/**
 * Memory of which a page costs nothing before it is written, and which counts against no limit of the JVM's: a direct buffer is zeroed
 * when it is made, so a table for a million flows would take all of its memory for the first one. What it holds at first is not
 * defined. Freed when this object is no more reachable.
 *
 * <p>Its address never changes and is in no object, and the compiler knows that: of a buffer, which may be on the heap, it must read
 * anew where it is before each access. Indices are checked where Agrona's are; octets are in the machine's order.
 */
final class OffHeap {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final int PAGE = 4096;

    private final long address;
    private final int length;

    /** {@code octets} of memory, aligned to pages. */
    OffHeap(final int octets) {
        final long allocated = UnsafeApi.allocateMemory((long) octets + PAGE);
        address = (allocated + PAGE - 1) & -PAGE;
        length = octets;
        CLEANER.register(this, () -> UnsafeApi.freeMemory(allocated));
    }

    int length() {
        return length;
    }

    /** Makes all of it 0. */
    void clear() {
        UnsafeApi.setMemory(address, length, (byte) 0);
    }

    byte getByte(final int index) {
        return UnsafeApi.getByte(at(index, Byte.BYTES));
    }

    void putByte(final int index, final int value) {
        UnsafeApi.putByte(at(index, Byte.BYTES), (byte) value);
    }

    short getShort(final int index) {
        return UnsafeApi.getShort(at(index, Short.BYTES));
    }

    void putShort(final int index, final int value) {
        UnsafeApi.putShort(at(index, Short.BYTES), (short) value);
    }

    int getInt(final int index) {
        return UnsafeApi.getInt(at(index, Integer.BYTES));
    }

    void putInt(final int index, final int value) {
        UnsafeApi.putInt(at(index, Integer.BYTES), value);
    }

    long getLong(final int index) {
        return UnsafeApi.getLong(at(index, Long.BYTES));
    }

    void putLong(final int index, final long value) {
        UnsafeApi.putLong(at(index, Long.BYTES), value);
    }

    private long at(final int index, final int octets) {
        if (DirectBuffer.SHOULD_BOUNDS_CHECK && (index < 0 || index > length - octets)) {
            throw new IndexOutOfBoundsException("index " + index + ", length " + length);
        }
        return address + index;
    }
}
