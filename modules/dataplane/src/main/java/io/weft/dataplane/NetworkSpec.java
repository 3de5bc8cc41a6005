// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/**
 * A network as it is asked for.
 *
 * @param name unique in the node
 * @param vni VXLAN network identifier, 0 to 2^24 - 1, unique in the node
 * @param tagged true if 802.1Q tags may cross tunnels
 * @param ageingSeconds time after which an unused learned MAC is forgotten
 * @param learnLimit MACs that may be learned
 */
public record NetworkSpec(String name, int vni, boolean tagged, int ageingSeconds, int learnLimit) {
    /** iproute2's bridge default. */
    public static final int DEFAULT_AGEING_SECONDS = 300;
    /** Enough for 4,096 pods of one network seen by one node. */
    public static final int DEFAULT_LEARN_LIMIT = 4096;
}
