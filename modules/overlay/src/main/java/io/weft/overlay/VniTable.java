// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import io.weft.wire.Vxlan;
import java.util.Arrays;

/**
 * VXLAN network identifiers of this worker's networks, both ways.
 *
 * <p>VNI to network is an open-addressed table of network indices, twice as large as there may be networks, and rebuilt
 * when a network goes. Not thread-safe: one worker owns it and changes it between vectors.
 */
public final class VniTable {
    /** No network, or no VNI. */
    public static final int NONE = -1;

    private static final int MIX = 0x9E37_79B9;

    private final int[] vnis;
    private final boolean[] carriesTags;
    private final int[] slots;
    private final int shift;

    /** For networks 0 to {@code maxNetworks} - 1. */
    public VniTable(final int maxNetworks) {
        if (maxNetworks < 1 || maxNetworks > 1 << 20) {
            throw new IllegalArgumentException("VNI table of " + maxNetworks);
        }
        this.vnis = new int[maxNetworks];
        this.carriesTags = new boolean[maxNetworks];
        this.slots = new int[Integer.highestOneBit(maxNetworks) << 2];
        this.shift = Integer.SIZE - Integer.numberOfTrailingZeros(slots.length);
        Arrays.fill(vnis, NONE);
        Arrays.fill(slots, NONE);
    }

    /**
     * Gives a network its VNI.
     *
     * @param carryTags whether 802.1Q tags may enter and leave tunnels of this network (RFC 7348 section 6.1: by default
     *     not)
     * @return false, and nothing changed, if the VNI is out of range or another network has it
     */
    public boolean add(final int network, final int vni, final boolean carryTags) {
        if (vni < 0 || vni > Vxlan.MAX_VNI) {
            return false;
        }
        final int holder = network(vni);
        if (holder != NONE && holder != network) {
            return false;
        }
        vnis[network] = vni;
        carriesTags[network] = carryTags;
        rebuild();
        return true;
    }

    /** Takes a network's VNI away. */
    public void remove(final int network) {
        vnis[network] = NONE;
        carriesTags[network] = false;
        rebuild();
    }

    /** The network of a VNI (24 bits), or {@link #NONE}. */
    public int network(final int vni) {
        int slot = (vni * MIX) >>> shift;
        while (true) {
            final int network = slots[slot];
            if (network == NONE || vnis[network] == vni) {
                return network;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
    }

    /** The VNI of a network, or {@link #NONE}. */
    public int vni(final int network) {
        return network >= 0 && network < vnis.length ? vnis[network] : NONE;
    }

    /** Whether tags may enter and leave tunnels of a network. */
    public boolean carriesTags(final int network) {
        return carriesTags[network];
    }

    private void rebuild() {
        Arrays.fill(slots, NONE);
        for (int network = 0; network < vnis.length; network++) {
            if (vnis[network] != NONE) {
                int slot = (vnis[network] * MIX) >>> shift;
                while (slots[slot] != NONE) {
                    slot = (slot + 1) & (slots.length - 1);
                }
                slots[slot] = network;
            }
        }
    }
}
