// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CountersTest {
    private static final int PORTS = 5;

    @TempDir
    private Path directory = Path.of("");

    private File file = new File("");

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("counters").toFile();
    }

    @Test
    void shouldShowEveryChangeInAnotherMapping() {
        final Counters writer = Counters.create(file, PORTS);
        final Counters reader = Counters.open(file);

        writer.add(WorkerCounter.RECEIVED, 3);
        writer.add(WorkerCounter.RECEIVED, 4);
        writer.set(WorkerCounter.HELD, 2);
        writer.addPort(PORTS - 1, PortCounter.TX_SEGMENTS, 5);
        writer.addDrop(0, DropReason.TX_FULL, 6);
        writer.addDrop(PORTS - 1, DropReason.TX_FULL, 10);
        writer.portName(1, "pod-é");

        assertThat(reader.maxPorts()).isEqualTo(PORTS);
        assertThat(reader.get(WorkerCounter.RECEIVED)).isEqualTo(7);
        assertThat(reader.get(WorkerCounter.HELD)).isEqualTo(2);
        assertThat(reader.getPort(PORTS - 1, PortCounter.TX_SEGMENTS)).isEqualTo(5);
        assertThat(reader.getDrop(0, DropReason.TX_FULL)).isEqualTo(6);
        assertThat(reader.getDrop(DropReason.TX_FULL)).isEqualTo(16);
        assertThat(reader.portName(1)).isEqualTo("pod-é");
        assertThat(reader.portName(0)).isEmpty();
        writer.close();
        reader.close();
    }

    @Test
    void shouldKeepEveryCounterApart() {
        final Counters counters = Counters.inMemory(PORTS);
        long next = 1;
        for (final WorkerCounter counter : WorkerCounter.values()) {
            counters.add(counter, next++);
        }
        for (int port = 0; port < PORTS; port++) {
            for (final PortCounter counter : PortCounter.values()) {
                counters.addPort(port, counter, next++);
            }
            for (final DropReason reason : DropReason.values()) {
                counters.addDrop(port, reason, next++);
            }
        }

        final Set<Long> seen = new HashSet<>();
        for (final WorkerCounter counter : WorkerCounter.values()) {
            seen.add(counters.get(counter));
        }
        for (int port = 0; port < PORTS; port++) {
            for (final PortCounter counter : PortCounter.values()) {
                seen.add(counters.getPort(port, counter));
            }
            for (final DropReason reason : DropReason.values()) {
                seen.add(counters.getDrop(port, reason));
            }
        }
        assertThat(seen).hasSize((int) next - 1);
    }

    @Test
    void shouldClearOnePortForItsSuccessor() {
        final Counters counters = Counters.inMemory(PORTS);
        for (int port = 0; port < PORTS; port++) {
            counters.portName(port, "port-" + port);
            counters.addPort(port, PortCounter.RX_FRAMES, 1);
            counters.addDrop(port, DropReason.INNER_CHECKSUM, 1);
        }

        counters.clearPort(2);

        assertThat(counters.portName(2)).isEmpty();
        assertThat(counters.getPort(2, PortCounter.RX_FRAMES)).isZero();
        assertThat(counters.getDrop(2, DropReason.INNER_CHECKSUM)).isZero();
        assertThat(counters.getDrop(DropReason.INNER_CHECKSUM)).isEqualTo(PORTS - 1);
        assertThat(counters.portName(3)).isEqualTo("port-3");
        assertThat(counters.getPort(3, PortCounter.RX_FRAMES)).isOne();
    }

    @Test
    void shouldCutALongName() {
        final Counters counters = Counters.inMemory(PORTS);

        counters.portName(0, "x".repeat(100));

        assertThat(counters.portName(0)).isEqualTo("x".repeat(32));
        assertThat(counters.portName(1)).isEmpty();
    }

    @Test
    void shouldReplaceAFileThatIsThere() {
        final Counters old = Counters.create(file, PORTS);
        old.add(WorkerCounter.RECEIVED, 1);
        Counters.create(file, 2).close();

        final Counters reader = Counters.open(file);

        assertThat(reader.maxPorts()).isEqualTo(2);
        assertThat(reader.get(WorkerCounter.RECEIVED)).isZero();
        reader.close();
        old.close();
    }

    @Test
    void shouldRefuseOtherFiles() throws IOException {
        refuse(new byte[0], "not a counters file");
        refuse(new byte[10], "not a counters file");
        refuse(new byte[4096], "not a counters file");
        Counters.create(file, PORTS).close();
        final byte[] sound = Files.readAllBytes(file.toPath());

        refuse(Arrays.copyOf(sound, sound.length - 8), "counters file of another version");
        for (final int at : new int[] {12, 16, 20}) {
            refuse(with(sound, at, 1), "counters file of another version");
        }
        for (final int ports : new int[] {-1, 6, 0x8001, Integer.MAX_VALUE, 3_580_000}) {
            refuse(with(sound, 8, ports), "counters file of another version");
        }
    }

    private void refuse(final byte[] octets, final String message) throws IOException {
        Files.write(file.toPath(), octets);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Counters.open(file))
                .withMessage(message + ": " + file);
    }

    private static byte[] with(final byte[] octets, final int at, final int value) {
        final byte[] changed = octets.clone();
        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        return changed;
    }

    @Test
    void shouldGiveEveryDropReasonAnIdAndALabelOfItsOwn() {
        final Set<Integer> ids = new HashSet<>();
        final Set<String> labels = new HashSet<>();
        for (final DropReason reason : DropReason.values()) {
            assertThat(reason.id()).isBetween(1, DropReason.ID_LIMIT - 1);
            assertThat(ids.add(reason.id())).as(reason.label()).isTrue();
            assertThat(labels.add(reason.label())).as(reason.label()).isTrue();
            assertThat(reason.label()).matches("[a-z]+(-[a-z]+)*").hasSizeLessThanOrEqualTo(32);
            assertThat(reason.sentence()).endsWith(".");
        }
    }
}
