// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.testkit.WarmAllocation;
import java.util.concurrent.CountDownLatch;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PollerTest {
    private final SystemCalls calls = new SystemCalls();
    private final UnsafeBuffer word = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8, 8));

    private int eventfd() {
        return calls.eventfd(0, 0x800);
    }

    private void signal(final int fd) {
        word.putLong(0, 1);
        assertThat(calls.write(fd, word.addressOffset(), 8)).isEqualTo(8);
    }

    @Test
    void shouldTellWhichDescriptorsAreReadable() throws Exception {
        final int first = eventfd();
        final int second = eventfd();
        try (Poller poller = new Poller()) {
            poller.add(first, 0);
            poller.add(second, 77);
            assertThat(poller.poll(0)).isZero();
            signal(second);
            assertThat(poller.poll(-1)).isEqualTo(1);
            assertThat(poller.ready(0)).isEqualTo(77);
            assertThat(poller.poll(0)).as("level triggered").isEqualTo(1);
            poller.remove(second);
            poller.remove(second);
            assertThat(poller.poll(0)).isZero();
        } finally {
            calls.close(first);
            calls.close(second);
        }
    }

    @Test
    void shouldWakeUpFromAnotherThreadEachTime() throws Exception {
        try (Poller poller = new Poller()) {
            for (int i = 0; i < 100; i++) {
                final CountDownLatch started = new CountDownLatch(1);
                final Thread thread = Thread.ofPlatform().start(() -> {
                    started.countDown();
                    poller.wakeUp();
                });
                started.await();
                assertThat(poller.poll(-1)).isZero();
                thread.join();
            }
            poller.wakeUp();
            poller.wakeUp();
            assertThat(poller.poll(-1)).isZero();
            assertThat(poller.poll(0)).isZero();
        }
    }

    @Test
    void shouldIgnoreWakeUpsAfterClose() throws Exception {
        final Poller poller = new Poller();
        poller.close();
        poller.wakeUp();
        poller.close();
        assertThat(poller.poll(0)).isZero();
    }

    @Test
    void shouldRefuseWhatIsNoDescriptor() throws Exception {
        try (Poller poller = new Poller()) {
            assertThatThrownBy(() -> poller.add(-1, 0))
                    .isInstanceOf(PortException.class)
                    .hasMessage("epoll_ctl add -1: Bad file descriptor");
        }
    }

    @Test
    void shouldReturnErrorsAndAllocateNothing() throws Exception {
        final int fd = eventfd();
        try (Poller poller = new Poller()) {
            poller.add(fd, 1);
            final long address = word.addressOffset();
            assertThat(calls.read(fd, address, 8)).isEqualTo(-Errno.EAGAIN);
            assertThat(calls.read(-1, address, 8)).isEqualTo(-9);
            final long bytes = WarmAllocation.of(30_000, () -> {
                word.putLong(0, 1);
                calls.write(fd, address, 8);
                poller.poll(0);
                calls.read(fd, address, 8);
                calls.read(fd, address, 8);
                calls.writev(-1, address, 1);
                calls.sendmsg(-1, address, 0);
                calls.recvmsg(-1, address, 0);
                poller.wakeUp();
                poller.poll(0);
            });
            assertThat(bytes).isZero();
        } finally {
            calls.close(fd);
        }
    }
}
