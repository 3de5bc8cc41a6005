// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A million frames that began as sensible ones: no exception, every frame accounted for, nothing quoted from behind it. */
class RouterPiecesFuzzTest {
    private static final int SEEDS = 100;
    private static final int FRAMES = 10_000;
    private static final int LONGEST_ERROR = 14 + IcmpErrors.MAX_LENGTH_V6;

    private final List<byte[]> corpus = List.of(
            ipv4().udp(1, 33434).payload(900).build(),
            ipv4().fragment(0x2010).udp(1, 33434).payload(900).build(),
            ipv4().ipOptions(new byte[] {(byte) 130, 3, 9, 7, 4, 8, 1, 0})
                    .udp(1, 2)
                    .payload(300)
                    .build(),
            ipv4().tcp(1, 2).payload(500).build(),
            ipv4().icmp(8, 0, 5).payload(56).build(),
            ipv4().icmp(3, 4, 1400).payload(36).build(),
            ipv6().udp(1, 33434).payload(1400).build(),
            ipv6().icmp(128, 0, 5).payload(56).build(),
            ipv6().extensionHeaders(60, new byte[] {58, 0, 1, 4, 0, 0, 0, 0})
                    .icmp(128, 0, 5)
                    .payload(56)
                    .build(),
            ipv6().extensionHeaders(0, new byte[] {44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 9, 0, 0, 0, 7})
                    .payload(80)
                    .build());

    private int errorsBuilt;
    private int echoed;
    private int fragmented;

    @Test
    void shouldNeitherThrowNorLoseAFrame() {
        Seeds.each(SEEDS, random -> {
            final Counters counters = Counters.inMemory(2);
            final FramePool pool = new FramePool(1 + random.nextInt(12), counters);
            final IcmpLimiter limiter = new IcmpLimiter(IcmpLimits.DEFAULT);
            final IcmpErrors errors = new IcmpErrors(pool, limiter);
            final IcmpEcho echo = new IcmpEcho(counters);
            final Fragmenter fragmenter = new Fragmenter(pool);
            final Fragmenter.Output output = fragment -> pool.transmitted(fragment, 0);
            for (int i = 0; i < FRAMES; i++) {
                limiter.time(i);
                final Frame frame = mutant(pool, random);
                final DropReason bad = FrameParser.parse(frame);
                if (bad != null) {
                    pool.drop(frame, bad);
                    continue;
                }
                switch (random.nextInt(4)) {
                    case 0 -> check(pool, frame, anyError(errors, frame, random));
                    case 1 -> check(pool, frame, errors.buildNotServed(frame));
                    case 2 -> reply(pool, frame, echo);
                    default -> fragment(pool, frame, fragmenter, output, 68 + random.nextInt(600));
                }
                assertThat(pool.inUse()).isZero();
            }
            Octets.assertConserved(pool);
            fragmented += (int) counters.get(WorkerCounter.FRAGMENTED);
        });
        assertThat(errorsBuilt).as("errors built").isPositive();
        assertThat(echoed).as("echoed").isPositive();
        assertThat(fragmented).as("fragmented").isPositive();
    }

    private static @Nullable Frame anyError(final IcmpErrors errors, final Frame frame, final SplittableRandom random) {
        return errors.build(
                frame, random.nextInt(16), random.nextInt(6), random.nextInt(), random.nextLong(), random.nextLong());
    }

    private void check(final FramePool pool, final Frame offending, final @Nullable Frame error) {
        if (error != null) {
            errorsBuilt++;
            final int quoted = error.end() - error.l4Offset - 8;
            assertThat(error.length).isLessThanOrEqualTo(LONGEST_ERROR);
            assertThat(quoted).isLessThanOrEqualTo(offending.end() - offending.l3Offset);
            assertThat(FrameParser.parse(error)).isNull();
            pool.transmitted(error, 0);
        }
        pool.drop(offending, DropReason.NOT_SERVED);
    }

    private void reply(final FramePool pool, final Frame frame, final IcmpEcho echo) {
        final DropReason reason = echo.reply(frame);
        if (reason == null) {
            echoed++;
            pool.transmitted(frame, 0);
        } else {
            pool.drop(frame, reason);
        }
    }

    private static void fragment(
            final FramePool pool,
            final Frame frame,
            final Fragmenter fragmenter,
            final Fragmenter.Output output,
            final int mtu) {
        if (frame.l3Offset == Frame.NONE || frame.etherType != Ethernet.TYPE_IPV4) {
            pool.drop(frame, DropReason.NOT_IP);
        } else {
            fragmenter.fragment(frame, mtu, output);
        }
    }

    private Frame mutant(final FramePool pool, final SplittableRandom random) {
        final Frame frame = pool.receive(1);
        if (frame == null) {
            throw new AssertionError("the pool is empty");
        }
        final byte[] octets = corpus.get(random.nextInt(corpus.size()));
        frame.length = octets.length;
        frame.buffer.putBytes(frame.offset, octets);
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            // Headers are where it matters.
            frame.buffer.putByte(frame.offset + 12 + random.nextInt(60), (byte) random.nextInt());
        }
        if (octets[12] == 8 && random.nextInt(4) != 0 && frame.buffer.getByte(frame.offset + 14) >>> 4 == 4) {
            // Or else the checksum is all that is ever refused.
            Ipv4.writeChecksum(frame.buffer, frame.offset + 14);
        }
        frame.checksumState = random.nextBoolean() ? Frame.CHECKSUM_COMPLETE : Frame.CHECKSUM_VERIFIED;
        if (random.nextInt(8) == 0) {
            frame.length = random.nextInt(frame.length + 1);
        }
        if (random.nextInt(8) == 0) {
            frame.gsoType = random.nextInt(6);
            frame.gsoSize = random.nextInt(1500);
        }
        if (frame.gsoType != Frame.GSO_NONE || random.nextInt(8) == 0) {
            frame.checksumState = Frame.CHECKSUM_PARTIAL;
            frame.checksumStart = frame.offset + (random.nextBoolean() ? 34 : random.nextInt(80));
            frame.checksumOffset = random.nextBoolean() ? 6 : random.nextInt(20);
        }
        pool.received(frame);
        return frame;
    }

    private static FrameBuilder ipv4() {
        return FrameBuilder.frame().ipv4("10.0.0.1", "10.9.0.1").fragment(0);
    }

    private static FrameBuilder ipv6() {
        return FrameBuilder.frame().ipv6("fd00::1", "fd00:9::1");
    }
}
