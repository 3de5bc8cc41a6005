// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The remote VTEPs of this node: by index, by outer address, and by the networks in which each takes part.
 *
 * <p>Outer address to index is an open-addressed table of indices, twice as large as there may be VTEPs. VTEPs come and
 * go seldom, so it is rebuilt when one goes; nothing allocates but {@link #allow} at a network's first VTEP.
 *
 * <p>Not thread-safe: one worker owns it and changes it between vectors.
 */
public final class VtepTable {
    /** No VTEP. */
    public static final int NONE = -1;

    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private final @Nullable Vtep[] vteps;
    private final long[] high;
    private final long[] low;
    private final int[] slots;
    private final int mask;
    private final long[] @Nullable [] members;

    /** For VTEPs 0 to {@code maxVteps} - 1 and networks 0 to {@code maxNetworks} - 1. */
    public VtepTable(final int maxVteps, final int maxNetworks) {
        if (maxVteps < 1 || maxVteps > Vtep.MAX_INDEX + 1) {
            throw new IllegalArgumentException("VTEP table of " + maxVteps);
        }
        this.vteps = new Vtep[maxVteps];
        this.high = new long[maxVteps];
        this.low = new long[maxVteps];
        this.slots = new int[Integer.highestOneBit(maxVteps) << 2];
        this.mask = slots.length - 1;
        this.members = new long[maxNetworks][];
        Arrays.fill(slots, NONE);
    }

    /**
     * Adds a VTEP, or replaces the one with its index; it stays in its networks.
     *
     * @return false, and nothing changed, if the index does not fit or another VTEP has the address
     */
    public boolean add(final Vtep vtep) {
        if (vtep.index() >= vteps.length) {
            return false;
        }
        final int holder = find(vtep.address().high(), vtep.address().low());
        if (holder != NONE && holder != vtep.index()) {
            return false;
        }
        vteps[vtep.index()] = vtep;
        rebuild();
        return true;
    }

    /** Removes a VTEP, also from all networks; false if it was at no address. */
    public boolean remove(final int index) {
        for (int network = 0; network < members.length; network++) {
            disallow(index, network);
        }
        return withdraw(index);
    }

    /**
     * Takes its address from a VTEP: nothing is accepted from there any more, and nothing sent. It stays in its networks,
     * and {@link #add} gives it another address. False if it was at none.
     */
    public boolean withdraw(final int index) {
        if (get(index) == null) {
            return false;
        }
        vteps[index] = null;
        rebuild();
        return true;
    }

    /** The VTEP of that index, null if there is none. */
    public @Nullable Vtep get(final int index) {
        return index >= 0 && index < vteps.length ? vteps[index] : null;
    }

    /** The index of the VTEP with that outer address, or {@link #NONE}. */
    public int find(final long addressHigh, final long addressLow) {
        int slot = slotOf(addressHigh, addressLow);
        while (true) {
            final int index = slots[slot];
            if (index == NONE || (low[index] == addressLow && high[index] == addressHigh)) {
                return index;
            }
            slot = (slot + 1) & mask;
        }
    }

    /** From now on the network accepts frames from the VTEP. */
    public void allow(final int vtep, final int network) {
        long[] set = members[network];
        if (set == null) {
            set = new long[(vteps.length + Long.SIZE - 1) / Long.SIZE];
            members[network] = set;
        }
        set[vtep >>> 6] |= 1L << vtep;
    }

    /** From now on the network accepts no frames from the VTEP. */
    public void disallow(final int vtep, final int network) {
        final long[] set = members[network];
        if (set != null) {
            set[vtep >>> 6] &= ~(1L << vtep);
        }
    }

    /** From now on the network, which is being removed, accepts no frames from any VTEP. */
    public void disallowAll(final int network) {
        members[network] = null;
    }

    /** True if the network accepts frames from the VTEP. */
    public boolean isAllowed(final int vtep, final int network) {
        final long[] set = members[network];
        return set != null && (set[vtep >>> 6] & (1L << vtep)) != 0;
    }

    private void rebuild() {
        Arrays.fill(slots, NONE);
        for (int index = 0; index < vteps.length; index++) {
            final Vtep vtep = vteps[index];
            if (vtep != null) {
                high[index] = vtep.address().high();
                low[index] = vtep.address().low();
                int slot = slotOf(high[index], low[index]);
                while (slots[slot] != NONE) {
                    slot = (slot + 1) & mask;
                }
                slots[slot] = index;
            }
        }
    }

    private int slotOf(final long addressHigh, final long addressLow) {
        final long mixed = ((addressHigh * MIX) ^ addressLow) * MIX;
        return (int) ((mixed >>> 32) ^ (mixed >>> 48)) & mask;
    }
}
