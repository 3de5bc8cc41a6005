// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.Event;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;

/** {@code monitor}: events of an object as they come, until the client goes. */
final class Monitors {
    private static final DateTimeFormatter MILLIS =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    private static final long WAIT_MILLIS = 10_000;

    private Monitors() {}

    static Verb.Action of(final String object) {
        return call -> {
            call.words().keys();
            follow(call, object);
        };
    }

    private static void follow(final Call call, final String object) throws IOException, InterruptedException {
        final EventLog log = call.node().events();
        long position = log.position();
        while (true) {
            final EventLog.Batch batch = log.since(position, WAIT_MILLIS);
            position = batch.next();
            for (final Event event : batch.events()) {
                if (event.object().equals(object)) {
                    call.stream(row(event));
                }
            }
        }
    }

    static Row row(final Event event) {
        final String time = MILLIS.format(Instant.ofEpochMilli(event.epochMillis()));
        return new Row().word("timestamp", time).only("object", event.object()).tail("event", event.text());
    }
}
