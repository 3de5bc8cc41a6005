// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On an eventfd, which any user may have: each write adds to its count, a read takes all of it. */
class IoUringTest {
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EBADF = 9;

    private final SystemCalls calls = new SystemCalls();
    private final ByteBuffer memory = BufferUtil.allocateDirectAligned(IoUring.CAPACITY * Long.BYTES, 64);
    private final UnsafeBuffer numbers = new UnsafeBuffer(memory);
    private int fd;
    private IoUring ring;

    @BeforeEach
    void open() {
        fd = calls.eventfd(0, EFD_NONBLOCK);
        ring = Objects.requireNonNull(IoUring.open(fd), "io_uring is denied here");
    }

    @AfterEach
    void close() {
        ring.close();
        calls.close(fd);
    }

    @Test
    void shouldDoOperationsInTheirOrder() {
        numbers.putLong(0, 5);
        ring.write(address(0), Long.BYTES);
        ring.read(address(1), Long.BYTES);
        ring.read(address(2), Long.BYTES);
        ring.write(address(0), Long.BYTES);
        ring.submit();
        assertThat(ring.result(0)).isEqualTo(Long.BYTES);
        assertThat(ring.result(1)).isEqualTo(Long.BYTES);
        assertThat(numbers.getLong(Long.BYTES)).isEqualTo(5);
        assertThat(ring.result(2)).as("nothing is left").isEqualTo(-Errno.EAGAIN);
        assertThat(ring.result(3)).isEqualTo(Long.BYTES);
    }

    @Test
    void shouldGoOnAfterAnErrorOfOne() {
        numbers.putLong(0, 1);
        ring.write(address(0), 3);
        ring.write(address(0), Long.BYTES);
        ring.submit();
        assertThat(ring.result(0)).isEqualTo(-Errno.EINVAL);
        assertThat(ring.result(1)).isEqualTo(Long.BYTES);
    }

    /** More than the rings have room for, in turns of every size. */
    @Test
    void shouldGoRoundAndRound() {
        numbers.putLong(0, 1);
        long written = 0;
        for (int turn = 0; turn < 200; turn++) {
            final int count = 1 + turn % IoUring.CAPACITY;
            for (int i = 0; i < count; i++) {
                ring.write(address(0), Long.BYTES);
            }
            ring.submit();
            for (int i = 0; i < count; i++) {
                assertThat(ring.result(i)).isEqualTo(Long.BYTES);
            }
            written += count;
        }
        ring.read(address(1), Long.BYTES);
        ring.submit();
        assertThat(numbers.getLong(Long.BYTES)).isEqualTo(written);
    }

    /** /dev/full is such a file on every kernel, a TAP before Linux 6.4. */
    @Test
    void shouldNotBeHadForAFileThatCanOnlyWait() throws IOException {
        final long before = mappings();
        final int full = Libc.open("/dev/full", Libc.O_RDWR | Libc.O_NONBLOCK);
        try {
            assertThat(IoUring.open(full)).isNull();
        } finally {
            calls.close(full);
        }
        assertThat(mappings()).isEqualTo(before);
    }

    @Test
    void shouldTellWhyNothingWasTaken() {
        calls.close(fd);
        ring.read(address(0), Long.BYTES);
        ring.read(address(1), Long.BYTES);
        ring.submit();
        assertThat(ring.result(0)).isEqualTo(-EBADF);
        assertThat(ring.result(1)).isEqualTo(-EBADF);
        fd = calls.eventfd(0, EFD_NONBLOCK);
    }

    @Test
    void shouldLeaveNothingBehind() throws IOException {
        final long before = mappings();
        Objects.requireNonNull(IoUring.open(fd)).close();
        assertThat(mappings()).isEqualTo(before);
    }

    private static long mappings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains("io_uring"))
                .count();
    }

    private long address(final int i) {
        return numbers.addressOffset() + (long) i * Long.BYTES;
    }
}
