// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.conntrack.FlowSettings;
import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.WorkerCounter;
import io.weft.overlay.Vtep;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.port.WireConfig;
import io.weft.port.WireUnderlay;
import io.weft.routing.NeighborListener;
import io.weft.switching.BridgeDomain;
import io.weft.switching.FdbConfig;
import io.weft.switching.SwitchListener;
import io.weft.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A pipeline on memory ports: pods 0 to n - 1 in one network, then the underlay. Driven by hand, one virtual second at a time. */
final class SimulatedNode {
    static final int NETWORK = 3;
    static final int VNI = 100;
    static final int BUDGET = 64;

    /** Nobody has to read it: what it can't take is counted. */
    private static final int FLOW_RING = 1 << 14;

    final Counters counters = Counters.inMemory(32);
    final Pipeline pipeline;
    final List<MemoryQueue> toNode = new ArrayList<>();
    final List<MemoryQueue> toPod = new ArrayList<>();
    final List<MemoryPort> ports = new ArrayList<>();
    private int seconds = 1;

    SimulatedNode(final int pods, final int poolFrames) {
        pipeline = new Pipeline(
                new Options(poolFrames, 32, BUDGET, 0).with(FlowSettings.DEFAULT, FLOW_RING),
                counters,
                8,
                SwitchListener.NONE,
                NeighborListener.NONE);
        pipeline.bridge().addDomain(new BridgeDomain(NETWORK, VNI, "blue", false, FdbConfig.DEFAULT));
        pipeline.vnis().add(NETWORK, VNI, false);
        for (int i = 0; i < pods; i++) {
            toNode.add(new MemoryQueue(1024));
            toPod.add(new MemoryQueue(1024));
            ports.add(new MemoryPort(i, "pod" + i, pipeline.pool(), toNode.get(i), toPod.get(i)));
            pipeline.attach(ports.get(i), NETWORK);
            domain().addPort(i);
        }
    }

    BridgeDomain domain() {
        final BridgeDomain domain = pipeline.bridge().domain(NETWORK);
        if (domain == null) {
            throw new AssertionError("no domain");
        }
        return domain;
    }

    /** Connects the two nodes' underlays by a cable. */
    static void join(
            final SimulatedNode a, final String addressA, final SimulatedNode b, final String addressB, final int mtu) {
        final MemoryQueue ab = new MemoryQueue(4096);
        final MemoryQueue ba = new MemoryQueue(4096);
        a.underlay(addressA, addressB, ba, ab, mtu);
        b.underlay(addressB, addressA, ab, ba, mtu);
    }

    void underlay(final String local, final String remote, final MemoryQueue in, final MemoryQueue out, final int mtu) {
        final int index = ports.size();
        final MemoryPort wire = new MemoryPort(index, "underlay", pipeline.pool(), in, out, false);
        final WireUnderlay underlay =
                new WireUnderlay(wire, new WireConfig(IpAddress.parse(local), 4789, mtu, 16), pipeline.pool());
        pipeline.attach(underlay, Frame.NONE);
        underlay.setRemote(0, IpAddress.parse(remote), 4789);
        final boolean ipv6 = !IpAddress.parse(remote).isIpv4();
        pipeline.vteps().add(new Vtep(0, IpAddress.parse(remote), 4789, io.weft.overlay.Mtu.podMtu(mtu, ipv6)));
        pipeline.vteps().allow(0, NETWORK);
        domain().addVtep(0);
    }

    /** Lets every port be asked until none has anything; returns the frames received. */
    int run() {
        int total = 0;
        int found;
        do {
            found = 0;
            pipeline.tick(TimeUnit.SECONDS.toNanos(seconds));
            for (int port = 0; port <= ports.size(); port++) {
                found += pipeline.poll(port, BUDGET);
            }
            total += found;
        } while (found > 0);
        return total;
    }

    void advance(final int bySeconds) {
        seconds += bySeconds;
    }

    long count(final WorkerCounter counter) {
        return counters.get(counter);
    }

    long drops(final DropReason reason) {
        return counters.getDrop(reason);
    }

    /** 0 unless a frame was lost or invented. */
    long imbalance() {
        return count(WorkerCounter.RECEIVED)
                - count(WorkerCounter.TRANSMITTED)
                - count(WorkerCounter.CONSUMED)
                - count(WorkerCounter.DROPPED)
                - pipeline.pool().inUse();
    }
}
