// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.WarmAllocation;
import io.weft.wire.Ethernet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Errors, echo replies and fragments make no garbage. */
final class RouterPiecesAllocationTest {
    private static final int RUNS = 20_000;
    /** Somewhere in the IPv6 source address; no checksum is looked at on the way. */
    private static final int SOURCE_V6 = 14 + 8 + 12;

    private final Counters counters = Counters.inMemory(2);
    private final FramePool pool = new FramePool(16, counters);
    private final IcmpLimiter limiter = new IcmpLimiter(IcmpLimits.DEFAULT);
    private final IcmpErrors errors = new IcmpErrors(pool, limiter);
    private final IcmpEcho echo = new IcmpEcho(counters);
    private final Fragmenter fragmenter = new Fragmenter(pool);
    private final Fragmenter.Output output = fragment -> pool.transmitted(fragment, 1);

    private final byte[] udp4 = udp(false).build();
    private final byte[] udp6 = udp(true).build();
    private final byte[] superFrame = udp(false).gso(1000).build();
    private final List<byte[]> echoes = List.of(
            FrameBuilder.frame()
                    .ipv4("10.0.0.1", "10.0.0.254")
                    .icmp(8, 0, 1)
                    .payload(64)
                    .build(),
            FrameBuilder.frame()
                    .ipv6("fd00::1", "fd00::fe")
                    .icmp(128, 0, 1)
                    .payload(64)
                    .build());

    private int rounds;

    @Test
    void shouldNotAllocatePerFrame() {
        assertThat(WarmAllocation.of(() -> run(rounds++ * RUNS))).isZero();
        assertThat(counters.get(WorkerCounter.ICMP_ERRORS)).isPositive();
        assertThat(counters.get(WorkerCounter.ICMP_LIMITED)).isPositive();
        assertThat(counters.get(WorkerCounter.ICMP_ECHO)).isEqualTo(2L * rounds * RUNS);
        assertThat(counters.get(WorkerCounter.FRAGMENTED)).isPositive();
        assertThat(pool.inUse()).isZero();
        Octets.assertConserved(pool);
    }

    private void run(final int start) {
        for (int i = start; i < start + RUNS; i++) {
            limiter.time(i);
            final int source = i % 1000;
            error(receive(udp4, source, false), 3, 4);
            error(receive(udp6, source, false), 2, 0);
            error(receive(superFrame, source, true), 3, 4);
            final Frame unserved = receive(udp6, source, false);
            give(errors.buildNotServed(unserved));
            pool.consumed(unserved);
            fragmenter.fragment(receive(udp4, source, false), 576, output);
            fragmenter.fragment(receive(superFrame, source, true), 576, output);
            for (int k = 0; k < echoes.size(); k++) {
                final Frame request = receive(echoes.get(k), -1, false);
                if (echo.reply(request) == null) {
                    pool.transmitted(request, 0);
                }
            }
        }
    }

    private void error(final Frame offending, final int type, final int code) {
        give(errors.build(offending, type, code, 1400, 0, 0xFFFF_0A00_00FEL));
        pool.consumed(offending);
    }

    private void give(final @Nullable Frame error) {
        if (error != null) {
            pool.transmitted(error, 0);
        }
    }

    /** A parsed frame; an IPv6 packet comes from host {@code source} unless that is negative. */
    private Frame receive(final byte[] octets, final int source, final boolean isSuper) {
        final Frame frame = pool.receive(1);
        if (frame == null) {
            throw new AssertionError("the pool is empty");
        }
        frame.length = octets.length;
        frame.buffer.putBytes(frame.offset, octets);
        if (isSuper) {
            frame.gsoType = Frame.GSO_UDP;
            frame.gsoSize = 1000;
            frame.checksumState = Frame.CHECKSUM_PARTIAL;
            frame.checksumStart = frame.offset + 34;
            frame.checksumOffset = 6;
        }
        if (source >= 0 && Octets.u16(octets, 12) == Ethernet.TYPE_IPV6) {
            frame.buffer.putShort(frame.offset + SOURCE_V6, (short) source);
        }
        pool.received(frame);
        FrameParser.parse(frame);
        return frame;
    }

    private static FrameBuilder udp(final boolean six) {
        final FrameBuilder builder = FrameBuilder.frame().fragment(0).payload(3000);
        return (six ? builder.ipv6("fd00::1", "fd00:9::1") : builder.ipv4("10.0.0.1", "10.9.0.1")).udp(1, 2);
    }
}
