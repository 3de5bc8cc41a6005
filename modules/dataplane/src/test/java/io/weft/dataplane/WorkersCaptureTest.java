// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.capture.CaptureContext;
import io.weft.capture.CapturePoint;
import io.weft.capture.CaptureRequest;
import io.weft.capture.CaptureSession;
import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.port.PcapPort;
import io.weft.port.PortState;
import io.weft.testkit.FrameBuilder;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A capture sees what every worker does. */
class WorkersCaptureTest {
    private static final int WORKERS = 3;
    private static final int FRAMES = 400;
    private static final String[] MACS = {"02:00:00:00:00:00", "02:00:00:00:00:01"};

    private final SeveralWorkers node = new SeveralWorkers(WORKERS);

    @TempDir
    private Path directory = Path.of("");

    @Test
    void shouldCaptureTheFramesOfAllWorkersEachOnce() throws Exception {
        node.dataplane.addNetwork(NetworkSpec.switched("blue", NetworkSpec.NO_VNI));
        for (int pod = 0; pod < 2; pod++) {
            node.addPod("blue");
            node.send(pod, pod, frame(pod, FRAMES + pod));
            node.settle();
        }
        final ByteArrayOutputStream received = new ByteArrayOutputStream();
        final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        try (CaptureSession atRx = start(CapturePoint.RX, received);
                CaptureSession atTx = start(CapturePoint.TX, sent)) {
            node.dataplane.captures().attach(atRx.rings());
            node.dataplane.captures().attach(atTx.rings());
            for (int number = 0; number < FRAMES; number++) {
                node.send(number % 2, number % WORKERS, frame(number % 2, number));
                if (number % 8 == 0) {
                    node.cycle(number / 8 % WORKERS);
                }
            }
            node.settle();
            node.dataplane.captures().detach(atRx.rings());
            node.dataplane.captures().detach(atTx.rings());
            assertThat(atRx.lost() + atTx.lost()).isZero();
        }
        final Integer[] all = IntStream.range(0, FRAMES).boxed().toArray(Integer[]::new);
        assertThat(numbers(received)).containsExactlyInAnyOrder(all);
        assertThat(numbers(sent)).containsExactlyInAnyOrder(all);
    }

    private static CaptureSession start(final CapturePoint point, final OutputStream out) {
        return CaptureSession.start(
                CaptureRequest.of(point.mask()), WORKERS, CaptureContext.NO_NAMES, "test", out, () -> {});
    }

    private static byte[] frame(final int from, final int number) {
        return FrameBuilder.frame()
                .from(MACS[from])
                .to(MACS[1 - from])
                .ipv4("10.1.0.1", "10.1.0.2")
                .udp(1, 2)
                .payload(ByteBuffer.allocate(18).putInt(number).array())
                .build();
    }

    /** The numbers of the captured frames. */
    private List<Integer> numbers(final ByteArrayOutputStream capture) throws Exception {
        final Path file = Files.write(directory.resolve("capture.pcapng"), capture.toByteArray());
        final List<Integer> numbers = new ArrayList<>();
        final FramePool pool = new FramePool(FrameVector.CAPACITY, Counters.inMemory(1));
        final FrameVector vector = new FrameVector();
        try (PcapPort port = PcapPort.open(0, "file", pool, file, null)) {
            while (port.state() != PortState.DOWN) {
                port.receive(vector, FrameVector.CAPACITY);
                for (int i = 0; i < vector.size(); i++) {
                    final Frame frame = vector.get(i);
                    final byte[] octets = new byte[Integer.BYTES];
                    frame.buffer.getBytes(frame.offset + 42, octets);
                    numbers.add(ByteBuffer.wrap(octets).getInt());
                    pool.consumed(frame);
                }
                vector.clear();
            }
        }
        return numbers;
    }
}
