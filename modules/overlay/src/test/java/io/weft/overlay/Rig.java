// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.offload.Coalescer;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.IpAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * Both stages, two networks and two VTEPs: network {@link #BLUE} (VNI 100) without tags, network {@link #RED} (VNI 200)
 * with them; {@link #V4} takes part in both, {@link #V6} in blue only.
 */
final class Rig {
    static final int UPLINK = 9;
    static final int BLUE = 0;
    static final int RED = 1;
    static final int BLUE_VNI = 100;
    static final int RED_VNI = 200;
    static final Vtep V4 = new Vtep(0, IpAddress.parse("198.18.0.1"), 4789, 1450);
    static final Vtep V6 = new Vtep(5, IpAddress.parse("fd00::2"), 4789, 1430);

    final Counters counters = Counters.inMemory(16);
    final FramePool pool;
    final VtepTable vteps = new VtepTable(8, 4);
    final VniTable vnis = new VniTable(4);
    final VxlanEncap encap;
    final VxlanDecap decap;
    final FrameVector in = new FrameVector();
    final FrameVector out = new FrameVector();
    /** MTUs of the tunnels that were too narrow. */
    final List<Integer> tooLong = new ArrayList<>();

    Rig() {
        this(300);
    }

    Rig(final int frames) {
        pool = new FramePool(frames, counters);
        encap = new VxlanEncap(pool, vteps, vnis, (frame, mtu) -> {
            tooLong.add(mtu);
            return false;
        });
        decap = new VxlanDecap(pool, vteps, vnis, new Coalescer());
        assertThat(vnis.add(BLUE, BLUE_VNI, false)).isTrue();
        assertThat(vnis.add(RED, RED_VNI, true)).isTrue();
        assertThat(vteps.add(V4)).isTrue();
        assertThat(vteps.add(V6)).isTrue();
        vteps.allow(V4.index(), BLUE);
        vteps.allow(V4.index(), RED);
        vteps.allow(V6.index(), BLUE);
    }

    /** A VXLAN header as it should be. */
    static byte[] header(final int vni) {
        return HexFormat.of().parseHex(String.format("08000000%06x00", vni));
    }

    /** A VXLAN packet. */
    static byte[] packet(final int vni, final FrameBuilder inner) {
        return join(header(vni), inner.build());
    }

    static byte[] join(final byte[]... parts) {
        int length = 0;
        for (final byte[] part : parts) {
            length += part.length;
        }
        final byte[] joined = new byte[length];
        int at = 0;
        for (final byte[] part : parts) {
            System.arraycopy(part, 0, joined, at, part.length);
            at += part.length;
        }
        return joined;
    }

    /** Adds a datagram as the underlay port would have received it. */
    Frame datagram(final Vtep from, final byte[] octets) {
        final Frame frame = Objects.requireNonNull(pool.receive(UPLINK));
        frame.buffer.putBytes(frame.offset, octets);
        frame.length = octets.length;
        frame.remoteHigh = from.address().high();
        frame.remoteLow = from.address().low();
        pool.received(frame);
        in.add(frame);
        return frame;
    }

    /** Adds a train; all packets but the last must be of one length. */
    Frame train(final Vtep from, final byte[]... packets) {
        final Frame frame = datagram(from, join(packets));
        frame.gsoType = Frame.GSO_UDP;
        frame.gsoSize = packets[0].length;
        for (int i = 0; i < packets.length - 1; i++) {
            assertThat(packets[i]).hasSize(frame.gsoSize);
        }
        return frame;
    }

    /** Runs the decapsulation over what was added. */
    void decapsulate() {
        assertThat(decap.process(in, out)).isTrue();
        assertThat(in.isEmpty()).isTrue();
        assertConservation();
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

    long totalDrops() {
        return counters.get(WorkerCounter.DROPPED);
    }

    /** Every frame that was received or made is in the output vector or was dropped. */
    void assertConservation() {
        assertThat(pool.inUse()).isEqualTo(in.size() + out.size());
        assertThat(counters.get(WorkerCounter.RECEIVED))
                .isEqualTo(counters.get(WorkerCounter.TRANSMITTED)
                        + counters.get(WorkerCounter.CONSUMED)
                        + counters.get(WorkerCounter.DROPPED)
                        + pool.inUse());
        for (int i = 0; i < out.size(); i++) {
            for (int j = 0; j < i; j++) {
                assertThat(out.get(i)).isNotSameAs(out.get(j));
            }
        }
    }

    /** The frames of the output vector leave. */
    void sent() {
        for (int i = 0; i < out.size(); i++) {
            pool.transmitted(out.get(i), 1);
        }
        out.clear();
        assertConservation();
    }

    static byte[] octets(final Frame frame) {
        final byte[] octets = new byte[frame.length];
        frame.buffer.getBytes(frame.offset, octets);
        return octets;
    }

    /** With one octet, counted from the start or (negative) from the end, inverted. */
    static byte[] broken(final byte[] octets, final int at) {
        final byte[] copy = Arrays.copyOf(octets, octets.length);
        copy[at < 0 ? octets.length + at : at] ^= (byte) 0xFF;
        return copy;
    }
}
