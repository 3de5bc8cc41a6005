// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.Outputs;
import io.weft.frame.WorkerCounter;
import io.weft.wire.Ethernet;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;

/** A bridge with one network, 7, with four ports and two VTEPs, and somebody who writes down what leaves. */
final class Rig {
    static final int NETWORK = 7;
    static final int UPLINK = 30;

    final Counters counters = Counters.inMemory(32);
    final FramePool pool;
    final List<String> flaps = new ArrayList<>();
    final Bridge bridge;
    final BridgeDomain domain;
    final Outputs out;
    int now = 1000;

    private final FrameVector in = new FrameVector();
    private final TreeMap<Integer, List<String>> left = new TreeMap<>();

    Rig() {
        this(FdbConfig.DEFAULT, 64);
    }

    Rig(final FdbConfig fdb, final int frames) {
        pool = new FramePool(frames, counters);
        bridge = new Bridge(
                pool,
                16,
                (network, mac, from, to) -> flaps.add(network + " " + Long.toHexString(mac) + " " + from + " " + to));
        domain = new BridgeDomain(NETWORK, 100, "blue", false, fdb);
        for (int port = 0; port < 4; port++) {
            domain.addPort(port);
        }
        domain.addVtep(0);
        domain.addVtep(1);
        bridge.addDomain(domain);
        out = new Outputs(32, new Recorder());
    }

    /** Adds a frame from a port to the vector. */
    Frame fromPort(final int port, final long source, final long destination) {
        final Frame frame = Objects.requireNonNull(pool.receive(port));
        frame.length = 60;
        Ethernet.put(frame.buffer, frame.offset, destination, source, 0x88B5);
        frame.buffer.setMemory(frame.offset + 14, 46, (byte) source);
        frame.network = NETWORK;
        pool.received(frame);
        assertThat(FrameParser.parse(frame)).isNull();
        in.add(frame);
        return frame;
    }

    /** Adds a frame from a tunnel to the vector. */
    Frame fromVtep(final int vtep, final long source, final long destination) {
        final Frame frame = fromPort(UPLINK, source, destination);
        frame.vtep = vtep;
        return frame;
    }

    /** Sends the vector through the bridge; says what left where: "0:1 2:1 v0:1" is one frame each. */
    String run() {
        left.clear();
        bridge.process(in, out, now);
        assertThat(in.isEmpty()).isTrue();
        out.flush();
        assertConservation();
        final StringBuilder text = new StringBuilder();
        left.forEach((destination, frames) -> text.append(text.isEmpty() ? "" : " ")
                .append(Destination.isVtep(destination) ? "v" : "")
                .append(Destination.index(destination))
                .append(':')
                .append(frames.size()));
        return text.toString();
    }

    /** The frames that left for a destination in the last run, as hexadecimal octets. */
    List<String> left(final int destination) {
        return left.getOrDefault(destination, List.of());
    }

    String send(final int port, final long source, final long destination) {
        fromPort(port, source, destination);
        return run();
    }

    String sendFromVtep(final int vtep, final long source, final long destination) {
        fromVtep(vtep, source, destination);
        return run();
    }

    /** Drops of all reasons since the start, as "label:count". */
    String drops() {
        final StringBuilder text = new StringBuilder();
        for (final DropReason reason : DropReason.values()) {
            if (counters.getDrop(reason) != 0) {
                text.append(text.isEmpty() ? "" : " ")
                        .append(reason.label())
                        .append(':')
                        .append(counters.getDrop(reason));
            }
        }
        return text.toString();
    }

    long count(final WorkerCounter counter) {
        return counters.get(counter);
    }

    void assertConservation() {
        assertThat(pool.inUse()).isZero();
        assertThat(count(WorkerCounter.RECEIVED))
                .isEqualTo(count(WorkerCounter.TRANSMITTED)
                        + count(WorkerCounter.CONSUMED)
                        + count(WorkerCounter.DROPPED));
    }

    static String hex(final Frame frame) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < frame.length; i++) {
            text.append(String.format("%02x", frame.buffer.getByte(frame.offset + i)));
        }
        return text.toString();
    }

    private final class Recorder implements Outputs.Transmitter {
        @Override
        public void transmit(final int port, final FrameVector frames) {
            for (int i = 0; i < frames.size(); i++) {
                leave(frames.get(i), Destination.ofPort(port), port);
            }
            frames.clear();
        }

        @Override
        public void transmitTunnel(final FrameVector frames) {
            for (int i = 0; i < frames.size(); i++) {
                leave(frames.get(i), Destination.ofVtep(frames.get(i).vtep), UPLINK);
            }
            frames.clear();
        }

        private void leave(final Frame frame, final int destination, final int port) {
            left.computeIfAbsent(destination, key -> new ArrayList<>()).add(hex(frame));
            pool.transmitted(frame, port);
        }
    }
}
