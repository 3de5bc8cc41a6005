// SPDX-License-Identifier: Apache-2.0
package io.weft.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import org.junit.jupiter.api.Test;

class PartialChecksumTest {
    private final FramePool pool = new FramePool(2, Counters.inMemory(1));

    @Test
    void shouldRecogniseWhatOnlyHasThePseudoHeadersSumAndFinishItRight() {
        Seeds.each(2_000, random -> {
            final FrameBuilder builder = Flows.headers(random, random.nextBoolean(), 0x10)
                    .payload(Flows.octets(random, random.nextInt(1_400)));
            final byte[] finished = builder.build();
            final Frame frame = builder.partialChecksum().parsedInto(pool, 0);
            frame.checksumState = Frame.CHECKSUM_COMPLETE;
            frame.checksumStart = Frame.NONE;
            frame.checksumOffset = 0;

            assertThat(PartialChecksum.recognise(frame)).isTrue();
            assertThat(frame.checksumState).isEqualTo(Frame.CHECKSUM_PARTIAL);

            Segmenter.completeChecksum(frame);
            final byte[] octets = new byte[frame.length];
            frame.buffer.getBytes(frame.offset, octets);
            assertThat(octets).isEqualTo(finished);
            pool.transmitted(frame, 0);
        });
    }

    @Test
    void shouldLeaveFinishedFramesAlone() {
        Seeds.each(2_000, random -> {
            final Frame frame = Flows.headers(random, random.nextBoolean(), 0x10)
                    .payload(Flows.octets(random, 1 + random.nextInt(1_400)))
                    .parsedInto(pool, 0);
            final int before = frame.checksumState;

            // By chance once in 65,536: the seeds of a run have at most a few.
            if (!PartialChecksum.recognise(frame)) {
                assertThat(frame.checksumState).isEqualTo(before);
            } else {
                assertThat(++chances).isLessThan(3);
            }
            pool.transmitted(frame, 0);
        });
    }

    private int chances;

    @Test
    void shouldLeaveDatagramsWithoutChecksumAlone() {
        final Frame frame = FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .withoutChecksum()
                .payload(20)
                .parsedInto(pool, 0);

        assertThat(PartialChecksum.recognise(frame)).isFalse();
        pool.transmitted(frame, 0);
    }

    @Test
    void shouldLeaveFragmentsAndOtherProtocolsAlone() {
        final Frame fragment = FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .fragment(0x2001)
                .udp(1, 2)
                .partialChecksum()
                .payload(64)
                .parsedInto(pool, 0);
        assertThat(PartialChecksum.recognise(fragment)).isFalse();
        pool.transmitted(fragment, 0);

        final Frame icmp = FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .icmp(8, 0, 1)
                .payload(64)
                .parsedInto(pool, 0);
        assertThat(PartialChecksum.recognise(icmp)).isFalse();
        pool.transmitted(icmp, 0);
    }
}
