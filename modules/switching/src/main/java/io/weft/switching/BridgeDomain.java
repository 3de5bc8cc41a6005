// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

import io.weft.frame.Destination;
import java.util.Arrays;

/**
 * One network's broadcast domain: its forwarding database and whom it floods to. Changed at run time by the worker thread
 * that owns it, between vectors.
 */
public final class BridgeDomain {
    private final int index;
    private final int vni;
    private final String name;
    private final boolean carryTags;
    private final MacTable macs;
    private int[] ports = new int[8];
    private int[] vteps = new int[8];
    private int portCount;
    private int vtepCount;

    /**
     * A network without members.
     *
     * @param index index of the network in its worker, as in {@code Frame.network}
     * @param vni VXLAN network identifier
     * @param name name for users; the data path does not look at it
     * @param carryTags whether 802.1Q tags may enter a tunnel; the bridge passes them in any case
     * @param fdb limits of the forwarding database
     */
    public BridgeDomain(
            final int index, final int vni, final String name, final boolean carryTags, final FdbConfig fdb) {
        this.index = index;
        this.vni = vni;
        this.name = name;
        this.carryTags = carryTags;
        this.macs = new MacTable(fdb);
    }

    /** Index of the network in its worker. */
    public int index() {
        return index;
    }

    /** VXLAN network identifier. */
    public int vni() {
        return vni;
    }

    /** Name for users. */
    public String name() {
        return name;
    }

    /** Whether 802.1Q tags may enter a tunnel. */
    public boolean carryTags() {
        return carryTags;
    }

    /** The forwarding database. */
    public MacTable macs() {
        return macs;
    }

    /** Adds a member port; one that is there stays. */
    public void addPort(final int port) {
        if (find(ports, portCount, port) < 0) {
            ports = withRoom(ports, portCount);
            ports[portCount++] = port;
        }
    }

    /** Removes a member port and every MAC behind it, static ones too; returns the number of those. */
    public int removePort(final int port) {
        portCount = without(ports, portCount, port);
        return macs.flush(Destination.ofPort(port), true);
    }

    /** Adds a remote VTEP to flood to; one that is there stays. */
    public void addVtep(final int vtep) {
        if (find(vteps, vtepCount, vtep) < 0) {
            vteps = withRoom(vteps, vtepCount);
            vteps[vtepCount++] = vtep;
        }
    }

    /** Stops flooding to a remote VTEP until {@link #addVtep}; the MACs behind it stay. */
    public void suspendVtep(final int vtep) {
        vtepCount = without(vteps, vtepCount, vtep);
    }

    /** Removes a remote VTEP and every MAC behind it, static ones too; returns the number of those. */
    public int removeVtep(final int vtep) {
        vtepCount = without(vteps, vtepCount, vtep);
        return macs.flush(Destination.ofVtep(vtep), true);
    }

    /** True if {@code destination} is a member port or VTEP. */
    public boolean has(final int destination) {
        final int member = Destination.index(destination);
        return Destination.isVtep(destination)
                ? find(vteps, vtepCount, member) >= 0
                : find(ports, portCount, member) >= 0;
    }

    /** Member ports. */
    public int portCount() {
        return portCount;
    }

    /** Member port {@code i}, in the order in which they were added. */
    public int port(final int i) {
        return ports[i];
    }

    /** Remote VTEPs. */
    public int vtepCount() {
        return vtepCount;
    }

    /** Remote VTEP {@code i}, in the order in which they were added. */
    public int vtep(final int i) {
        return vteps[i];
    }

    private static int find(final int[] members, final int count, final int member) {
        for (int i = 0; i < count; i++) {
            if (members[i] == member) {
                return i;
            }
        }
        return -1;
    }

    private static int[] withRoom(final int[] members, final int count) {
        return count < members.length ? members : Arrays.copyOf(members, count * 2);
    }

    private static int without(final int[] members, final int count, final int member) {
        final int at = find(members, count, member);
        if (at < 0) {
            return count;
        }
        System.arraycopy(members, at + 1, members, at, count - at - 1);
        return count - 1;
    }
}
