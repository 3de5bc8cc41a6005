// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowEventType;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.SystemEpochNanoClock;
import org.jspecify.annotations.Nullable;

/**
 * Sends flows to a collector: IPFIX (RFC 7011) over UDP, one record with both directions (RFC 5103), or one for each of them, for each update and close,
 * with what the flow grew by since its record before. What opens and drops tell goes with the next of these, or into a record at the
 * end of the range: so a collector's totals are those of {@link FlowTop} over the same events. An update of a flow that did not grow
 * makes no record.
 *
 * <p>Templates go first, then again every minute and every {@value #TEMPLATE_MESSAGES} messages. A message that can't be sent is tried
 * again, after 1 s, 2 s and so on up to 60 s, with the collector's name looked up anew; reading waits so long, and nobody else: the
 * journal keeps what was not read yet. What was on its way when a collector died is lost, and shows by the sequence numbers.
 * One thread at a time, but for {@link #status}.
 */
public final class IpfixExporter implements Closeable {
    /** After so many messages templates are sent again. */
    static final int TEMPLATE_MESSAGES = 1_000;

    /** A message is sent after this time, in nanoseconds, full or not, if {@link #idle} is called. */
    private static final long DELAY = TimeUnit.SECONDS.toNanos(1);

    private static final long TEMPLATE_INTERVAL = TimeUnit.MINUTES.toNanos(1);
    /** Messages that go at once. */
    private static final int BURST = 8;

    private final FlowQuery query;
    private final IpfixCollector collector;
    private final Settings settings;
    private final EpochNanoClock clock;
    private final Pause pause;
    private final Consumer<String> trouble;
    private final FlowDeltas deltas;
    private final Map<Long, IpfixRecord> pending = new LinkedHashMap<>();
    private final int limit;
    private final IpfixMessage message;
    private final IpfixMessage templates;
    private int sequence;
    private long templatesSent;
    private int sinceTemplates;
    private long begun;
    private int failures;
    private volatile Status status = new Status(0, 0, 0, 0, 0, "");

    /** How the two directions of a flow are sent. */
    public enum Directions {
        /** One record with reverse elements (RFC 5103). */
        TOGETHER,
        /** A record each, for collectors that don't know reverse elements, such as pmacct, and would count one direction only. */
        APART
    }

    /**
     * How flows are sent.
     *
     * @param domain observation domain
     * @param directions of a flow, in one record or two
     * @param rate messages a second at most, each of some 10 records. UDP has no way to say that a collector can't keep up: at
     *     {@link #DEFAULT_RATE} a socket with Linux's usual 208 KiB bears that nobody reads it for 0.2 s
     */
    public record Settings(int domain, Directions directions, int rate) {
        /** Messages a second. */
        public static final int DEFAULT_RATE = 500;

        private static final int MAX_RATE = 1_000_000;

        /** Refuses a rate that is none. */
        public Settings {
            if (rate < 1 || rate > MAX_RATE) {
                throw new IllegalArgumentException(
                        "--rate must be a number from 1 to " + MAX_RATE + ", not '" + rate + "'");
            }
        }

        /** Biflows at the default rate. */
        public static Settings of(final int domain) {
            return new Settings(domain, Directions.TOGETHER, DEFAULT_RATE);
        }
    }

    /** Waits. */
    interface Pause {
        void nanos(long nanos) throws InterruptedException;
    }

    /**
     * How it goes.
     *
     * @param messages sent, with those that hold templates
     * @param records sent, of flows
     * @param octets sent, of messages
     * @param templates how often they were sent
     * @param failures attempts to send that failed
     * @param reason why the last one did, empty if none did since the last message was sent
     */
    public record Status(long messages, long records, long octets, long templates, long failures, String reason) {}

    /**
     * Exports what {@code query} asks for.
     *
     * @param collector HOST:PORT
     * @param trouble hears why the collector can't be reached, once until it can
     * @throws IllegalArgumentException if {@code collector} is not understood
     */
    public IpfixExporter(
            final FlowQuery query, final String collector, final Settings settings, final Consumer<String> trouble) {
        this(
                query,
                IpfixCollector.parse(collector),
                settings,
                SystemEpochNanoClock.INSTANCE,
                TimeUnit.NANOSECONDS::sleep,
                trouble,
                FlowDeltas.DEFAULT_LIMIT);
    }

    IpfixExporter(
            final FlowQuery query,
            final IpfixCollector collector,
            final Settings settings,
            final EpochNanoClock clock,
            final Pause pause,
            final Consumer<String> trouble,
            final int limit) {
        this.query = query;
        this.collector = collector;
        this.settings = settings;
        this.clock = clock;
        this.pause = pause;
        this.trouble = trouble;
        this.limit = limit;
        deltas = new FlowDeltas(query.since(), limit);
        message = new IpfixMessage(settings.domain());
        templates = new IpfixMessage(settings.domain());
        templates.addTemplates();
    }

    /** Exports what the source has, to the end of the range, all of it. */
    public void export(final FlowSource source) throws InterruptedException {
        for (FlowEvent event = source.next(); event != null && !query.isPast(event.time()); event = source.next()) {
            event(event, source.names());
        }
        finish();
    }

    /** The next event, from {@link FlowQuery#readFrom} on. Waits while the collector can't be reached. */
    public void event(final FlowEvent event, final FlowNames names) throws InterruptedException {
        if (event.time() >= query.until() || !deltas.next(event)) {
            return;
        }
        final boolean selected = query.selects(event, names);
        final long flow = event.flow();
        final IpfixRecord before = pending.remove(flow);
        final IpfixRecord record = selected ? join(before, record(event, names)) : before;
        if (record == null) {
            return;
        }
        final boolean close = event.type() == FlowEventType.CLOSE;
        if (close || event.type() == FlowEventType.UPDATE) {
            if (close || !record.isEmpty()) {
                add(record);
            }
        } else {
            keep(flow, record);
        }
    }

    private IpfixRecord record(final FlowEvent event, final FlowNames names) {
        return new IpfixRecord(
                event,
                deltas.start(),
                deltas.frames(),
                deltas.octets(),
                deltas.replyFrames(),
                deltas.replyOctets(),
                names.vni(event.network()),
                false);
    }

    private static IpfixRecord join(final @Nullable IpfixRecord before, final IpfixRecord now) {
        return before == null ? now : before.plus(now);
    }

    /** The event's memory is the source's: what is kept has its own. */
    private void keep(final long flow, final IpfixRecord record) throws InterruptedException {
        if (pending.size() >= limit) {
            final Iterator<Map.Entry<Long, IpfixRecord>> oldest =
                    pending.entrySet().iterator();
            final IpfixRecord first = oldest.next().getValue();
            oldest.remove();
            add(first);
        }
        pending.put(flow, record.kept());
    }

    private void add(final IpfixRecord record) throws InterruptedException {
        if (settings.directions() == Directions.TOGETHER) {
            put(record);
            return;
        }
        put(record.forward());
        if (record.replyFrames() > 0 || record.replyOctets() > 0) {
            put(record.backward());
        }
    }

    private void put(final IpfixRecord record) throws InterruptedException {
        if (!message.add(record)) {
            flush();
            message.add(record);
        }
        if (message.records() == 1) {
            begun = clock.nanoTime();
        }
    }

    /** To be called now and then while there are no events: sends what has waited for a second. */
    public void idle() throws InterruptedException {
        if (message.records() > 0 && clock.nanoTime() - begun >= DELAY) {
            flush();
        }
    }

    /** The end of the range: sends everything that was not told yet. */
    public void finish() throws InterruptedException {
        for (final IpfixRecord record : pending.values()) {
            if (!record.isEmpty()) {
                add(record);
            }
        }
        pending.clear();
        flush();
    }

    private void flush() throws InterruptedException {
        if (message.records() == 0) {
            return;
        }
        message.seal(seconds(), sequence);
        while (!send()) {
            failures++;
            if (failures == 1) {
                trouble.accept(status.reason());
            }
            pause.nanos(IpfixCollector.backOffNanos(failures));
        }
        failures = 0;
        sequence += message.records();
        message.clear();
        sinceTemplates++;
        if (sinceTemplates % BURST == 0) {
            pause.nanos(TimeUnit.SECONDS.toNanos(BURST) / settings.rate());
        }
    }

    /** Sends the message, with templates ahead where they are due; false if it could not. */
    private boolean send() {
        try {
            final long now = clock.nanoTime();
            if (!collector.isOpen()
                    || now - templatesSent >= TEMPLATE_INTERVAL
                    || sinceTemplates >= TEMPLATE_MESSAGES) {
                sendTemplates(now);
            }
            collector.send(message.octets(), message.length());
            count(message, 0);
            return true;
        } catch (final IOException e) {
            collector.close();
            final Status old = status;
            status = new Status(
                    old.messages(), old.records(), old.octets(), old.templates(), old.failures() + 1, reason(e));
            return false;
        }
    }

    private void sendTemplates(final long now) throws IOException {
        templates.seal(seconds(), sequence);
        if (collector.isOpen()) {
            collector.send(templates.octets(), templates.length());
        } else {
            collector.open(templates.octets(), templates.length());
        }
        templatesSent = now;
        sinceTemplates = 0;
        count(templates, 1);
    }

    private void count(final IpfixMessage sent, final int withTemplates) {
        final Status old = status;
        status = new Status(
                old.messages() + 1,
                old.records() + sent.records(),
                old.octets() + sent.length(),
                old.templates() + withTemplates,
                old.failures(),
                "");
    }

    private String reason(final IOException e) {
        final String text = e instanceof UnknownHostException ? "unknown host" : String.valueOf(e.getMessage());
        return collector + ": " + text;
    }

    private long seconds() {
        return TimeUnit.NANOSECONDS.toSeconds(clock.nanoTime());
    }

    /** How it goes. Any thread. */
    public Status status() {
        return status;
    }

    @Override
    public void close() {
        collector.close();
    }
}
