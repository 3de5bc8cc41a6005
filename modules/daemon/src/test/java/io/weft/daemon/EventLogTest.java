// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.dataplane.Event;
import org.junit.jupiter.api.Test;

class EventLogTest {
    private final EventLog log = new EventLog();

    @Test
    void shouldGiveEachReaderWhatCameAfterItsPosition() throws InterruptedException {
        add("1");
        final long position = log.position();
        assertThat(log.since(position, 0).events()).isEmpty();
        add("2");
        add("3");
        final EventLog.Batch batch = log.since(position, 0);
        assertThat(batch.events()).extracting(Event::text).containsExactly("2", "3");
        assertThat(log.since(batch.next(), 0).events()).isEmpty();
        assertThat(log.since(0, 0).events()).hasSize(3);
    }

    @Test
    void shouldForgetTheOldestWhenFull() throws InterruptedException {
        for (int i = 0; i < EventLog.CAPACITY + 10; i++) {
            add(Integer.toString(i));
        }
        assertThat(log.since(0, 0).events()).hasSize(EventLog.CAPACITY);
        assertThat(log.since(5, 0).events().get(0).text()).isEqualTo("10");
        assertThat(log.since(EventLog.CAPACITY + 9, 0).events())
                .extracting(Event::text)
                .containsExactly("1033");
    }

    private void add(final String text) {
        log.add(new Event(0, "port", text));
    }
}
