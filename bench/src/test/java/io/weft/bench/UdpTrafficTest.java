// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.testkit.SlowChecksum;
import io.weft.wire.IpAddress;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The generator over queues in memory, with somebody on the way. */
@Timeout(60)
class UdpTrafficTest {
    private static final double RATE = 20_000;
    private static final double SECONDS = 0.1;
    private static final int CAPACITY = 1 << 15;
    private static final UdpFlows.Addresses ADDRESSES = new UdpFlows.Addresses(
            0x02_00_00_00_00_02L,
            0x02_00_00_00_00_01L,
            IpAddress.parse("10.0.0.1").ipv4(),
            IpAddress.parse("10.0.0.2").ipv4());

    private final FramePool senderPool = new FramePool(2 * UdpSender.BATCH, Counters.inMemory(2));
    private final FramePool receiverPool = new FramePool(300, Counters.inMemory(2));
    private final MemoryQueue near = new MemoryQueue(CAPACITY);
    private final MemoryQueue far = new MemoryQueue(CAPACITY);
    private final UdpTraffic traffic = new UdpTraffic(
            new MemoryPort(0, "from", senderPool, new MemoryQueue(2), near),
            senderPool,
            new MemoryPort(1, "to", receiverPool, far, null),
            receiverPool,
            ADDRESSES);

    private volatile boolean ended;

    /** Takes frames in packs of 64 from the sender and hands what {@code change} makes of a pack to the receiver. */
    private Thread way(final UnaryOperator<byte[][]> change) {
        return Thread.ofPlatform().daemon().start(() -> {
            final byte[][] pack = new byte[64][];
            int size = 0;
            while (!ended) {
                final byte[] frame = near.poll();
                if (frame == null) {
                    Thread.onSpinWait();
                    continue;
                }
                pack[size++] = frame;
                if (size == pack.length) {
                    for (final byte[] each : change.apply(pack.clone())) {
                        far.offer(each);
                    }
                    size = 0;
                }
            }
        });
    }

    private UdpTrial trial(final UnaryOperator<byte[][]> change) throws Exception {
        final Thread way = way(change);
        final UdpTrial trial = traffic.trial(64, RATE, SECONDS);
        ended = true;
        way.join();
        return trial;
    }

    @AfterEach
    void nobodyKeepsAFrame() {
        traffic.close();
        assertThat(senderPool.inUse()).isZero();
        assertThat(receiverPool.inUse()).isZero();
    }

    /** The last pack may not be full: up to 63 frames stay on the way. */
    private static long onTheWay(final UdpTrial trial) {
        return trial.sent() % 64;
    }

    @Test
    void shouldCountWhatArrives() throws Exception {
        final UdpTrial trial = trial(pack -> pack);

        assertThat(trial.sent()).isPositive();
        assertThat(trial.lost()).isEqualTo(onTheWay(trial));
        assertThat(trial.duplicates()).isZero();
        assertThat(trial.reordered()).isZero();
        assertThat(trial.delay().getTotalCount()).isEqualTo(trial.received());
        assertThat(trial.framesPerSecond()).isPositive().isLessThanOrEqualTo(RATE * 1.05);
    }

    @Test
    void shouldCountWhatIsLost() throws Exception {
        final UdpTrial trial = trial(pack -> Arrays.copyOf(pack, 60));

        final long packs = trial.sent() / 64;
        assertThat(packs).isPositive();
        assertThat(trial.lost()).isEqualTo(4 * packs + onTheWay(trial));
        assertThat(trial.reordered()).isZero();
    }

    @Test
    void shouldCountWhatComesTwiceOnce() throws Exception {
        final UdpTrial trial = trial(pack -> {
            final byte[][] more = Arrays.copyOf(pack, 67);
            more[64] = pack[0];
            more[65] = pack[1];
            more[66] = pack[1];
            return more;
        });

        assertThat(trial.duplicates()).isEqualTo(3 * (trial.sent() / 64));
        assertThat(trial.lost()).isEqualTo(onTheWay(trial));
        assertThat(trial.reordered()).isZero();
    }

    @Test
    void shouldCountAsReorderedWhatComesBehindALaterFrameOfItsFlow() throws Exception {
        final UdpTrial trial = trial(pack -> {
            // Frames 0 and 16 are of one flow, 1 and 2 of two others, whose order is nobody's business.
            swap(pack, 0, UdpFlows.FLOWS);
            swap(pack, 1, 2);
            return pack;
        });

        assertThat(trial.reordered()).isEqualTo(trial.sent() / 64);
        assertThat(trial.lost()).isEqualTo(onTheWay(trial));
    }

    private Frame frame() {
        return Objects.requireNonNull(senderPool.create(0));
    }

    private static void swap(final byte[][] pack, final int a, final int b) {
        final byte[] first = pack[a];
        pack[a] = pack[b];
        pack[b] = first;
    }

    @Test
    void shouldPassOverFramesOfAnEarlierTrialAndOfOthers() throws Exception {
        final byte[][] kept = new byte[1][];
        trial(pack -> {
            kept[0] = pack[0];
            return pack;
        });
        ended = false;

        final UdpTrial second = trial(pack -> {
            final byte[][] more = Arrays.copyOf(pack, 66);
            more[64] = kept[0];
            more[65] = new byte[60];
            return more;
        });

        assertThat(second.duplicates()).isZero();
        assertThat(second.lost()).isEqualTo(onTheWay(second));
    }

    /** Who waits for no one must not take for lost what is only late. */
    @Test
    void shouldTellWhatComesDuringALaterTrialApart() throws Exception {
        final byte[][] kept = new byte[2][];
        trial(pack -> {
            kept[0] = pack[0];
            kept[1] = pack[1];
            return Arrays.copyOfRange(pack, 2, 64);
        });
        assertThat(traffic.late()).isZero();
        far.offer(kept[0]);
        far.offer(kept[1]);
        ended = false;

        trial(pack -> pack);

        assertThat(traffic.late()).isGreaterThanOrEqualTo(2);
        assertThat(traffic.refused()).isZero();
        assertThat(traffic.kernelDrops()).isZero();
    }

    @Test
    void shouldSendAsFastAsItCanWhereNoRateIsAskedFor() throws Exception {
        final Thread way = way(pack -> new byte[0][]);
        final UdpTrial trial = traffic.trial(64, Double.POSITIVE_INFINITY, 0.05);
        ended = true;
        way.join();

        assertThat(trial.framesPerSecond()).isGreaterThan(RATE);
        assertThat(trial.lost()).isEqualTo(trial.sent());
    }

    @ParameterizedTest
    @ValueSource(ints = {UdpFlows.MIN_LENGTH, 64, 512, 1450})
    void shouldMakeFramesWithRightChecksums(final int length) {
        final UdpFlows flows = new UdpFlows(ADDRESSES, length, 7);
        for (int sequence = 0; sequence < 100; sequence++) {
            final Frame frame = frame();
            flows.write(frame, sequence, System.nanoTime());

            final byte[] octets = new byte[frame.length];
            frame.buffer.getBytes(frame.offset, octets);
            assertThat(octets).hasSize(length);
            assertThat(SlowChecksum.sum(octets, 14, 34)).isEqualTo(0xFFFF);
            final byte[] addresses = Arrays.copyOfRange(octets, 26, 34);
            final int pseudo = SlowChecksum.pseudoHeader(addresses, 17, length - 34);
            assertThat(SlowChecksum.add(pseudo, SlowChecksum.sum(octets, 34, length)))
                    .isEqualTo(0xFFFF);
            assertThat(octets[40] | octets[41]).isNotZero();
            senderPool.consumed(frame);
        }
    }

    /** A coalescer on the way makes one of several; each counts. */
    @Test
    void shouldCountEverySegmentOfASuperFrame() throws Exception {
        final int payload = 64 - UdpFlows.PAYLOAD;
        final int segments = 5;
        final UdpFlows flows = new UdpFlows(ADDRESSES, 64, 1);
        final Frame whole = frame();
        final Frame part = frame();
        flows.write(whole, 0, System.nanoTime());
        for (int i = 1; i < segments; i++) {
            flows.write(part, i * UdpFlows.FLOWS, System.nanoTime());
            whole.buffer.putBytes(whole.end(), part.buffer, part.offset + UdpFlows.PAYLOAD, payload);
            whole.length += payload;
        }
        whole.gsoType = Frame.GSO_UDP;
        whole.gsoSize = payload;
        whole.checksumState = Frame.CHECKSUM_PARTIAL;
        whole.checksumStart = whole.offset + 34;
        whole.checksumOffset = 6;
        far.offer(whole);
        senderPool.consumed(whole);
        senderPool.consumed(part);

        final UdpReceiver receiver = new UdpReceiver(new MemoryPort(1, "to", receiverPool, far, null), receiverPool, 1);
        final Thread thread = Thread.ofPlatform().daemon().start(receiver);
        while (receiver.arrived() < segments) {
            Thread.onSpinWait();
        }
        receiver.stop();
        thread.join();

        final UdpTrial trial = receiver.trial(1, segments);
        assertThat(trial.received()).isEqualTo(segments);
        assertThat(trial.reordered()).isZero();
        assertThat(trial.duplicates()).isZero();
    }
}
