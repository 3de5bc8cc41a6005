// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.DroppedFrame;
import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** {@code weft drop}: reasons that happened, with {@code -s} by port of ingress too, and the last frames that were dropped. */
final class DropVerbs {
    private static final long MONITOR_MILLIS = 1_000;
    private static final int REMOVED = -1;
    private static final int MAX_FRAMES = 1_000_000;

    private DropVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb("show", "[frames [N]] [port PORT] [reason REASON]", DropVerbs::show),
                new Verb("monitor", "[port PORT]", DropVerbs::monitor),
                new Verb("clear", "", DropVerbs::clear));
    }

    private static void show(final Call call) throws CommandException, IOException {
        final Words words = plain(call.words());
        if (words.peek().equals("frames")) {
            words.next("frames");
            showFrames(call, words);
            return;
        }
        words.keys("port", "reason");
        final String port = words.get("port");
        final DropReason only = reason(words);
        final List<Row> rows = new ArrayList<>();
        for (final DropReason reason : DropReason.values()) {
            if (only == null || only == reason) {
                rows.addAll(rows(call, reason, port));
            }
        }
        call.show(rows);
    }

    private static List<Row> rows(final Call call, final DropReason reason, final @Nullable String port) {
        final long[] total = new long[1];
        final List<Row> byPort = new ArrayList<>();
        each(call.node(), reason, port, (name, frames) -> {
            total[0] += frames;
            if (frames > 0) {
                byPort.add(row(reason, name, frames));
            }
        });
        if (call.statistics() || port != null) {
            return byPort;
        }
        return total[0] > 0 ? List.of(row(reason, null, total[0])) : List.of();
    }

    /** The last {@code N} of the frames that are kept, oldest first. */
    private static void showFrames(final Call call, final Words words) throws CommandException, IOException {
        final int most =
                words.peek().matches("[0-9]+") ? Words.integer("N", words.next("N"), 1, MAX_FRAMES) : MAX_FRAMES;
        words.keys("port", "reason");
        final String port = words.get("port");
        final DropReason reason = reason(words);
        final List<DroppedFrame> frames =
                call.node().dataplane().captures().drops(call.node().captureContext()).stream()
                        .filter(frame -> port == null || port.equals(frame.port()))
                        .filter(frame -> reason == null || reason == frame.reason())
                        .toList();
        call.show(frames.subList(Math.max(0, frames.size() - most), frames.size()).stream()
                .map(DropVerbs::row)
                .toList());
    }

    private static Row row(final DroppedFrame frame) {
        return new Row()
                .word("timestamp", FrameTimes.format(frame.epochNanos()))
                .word("reason", frame.reason().label())
                .pair("port", frame.port())
                .pair("network", frame.network())
                .pair("vtep", frame.vtep() == null ? null : frame.vtep().toString())
                .pair("length", frame.length())
                .pair("id", "packet_id", frame.packetId())
                .tail("frame", frame.summary());
    }

    /** Each word may be an option as well: {@code frames} is {@code --frames}. */
    private static Words plain(final Words words) throws CommandException {
        final List<String> plain = new ArrayList<>();
        while (!words.isEmpty()) {
            final String word = words.next("word");
            plain.add(word.startsWith("--") ? word.substring(2) : word);
        }
        return new Words(plain);
    }

    private static @Nullable DropReason reason(final Words words) throws CommandException {
        final String label = words.get("reason");
        for (final DropReason reason : DropReason.values()) {
            if (reason.label().equals(label)) {
                return reason;
            }
        }
        if (label != null) {
            throw new CommandException("no such reason: " + label);
        }
        return null;
    }

    /** Every second the reasons that went up, and by how much. */
    private static void monitor(final Call call) throws CommandException, IOException, InterruptedException {
        final String port = call.words().keys("port").get("port");
        final Baseline last = new Baseline();
        boolean first = true;
        while (true) {
            for (final DropReason reason : DropReason.values()) {
                final long[] total = new long[1];
                each(call.node(), reason, port, (name, frames) -> total[0] += frames);
                final long more = last.since(reason.label(), total[0]);
                last.set(reason.label(), total[0]);
                if (more > 0 && !first) {
                    call.stream(row(reason, port, more));
                }
            }
            first = false;
            Thread.sleep(MONITOR_MILLIS);
        }
    }

    private static void clear(final Call call) throws CommandException {
        call.words().keys();
        call.node().dataplane().captures().clearDrops();
        final Counters counters = call.node().counters();
        for (int port = 0; port < counters.maxPorts(); port++) {
            for (final DropReason reason : DropReason.values()) {
                call.node().dropBaseline().set(key(port, reason), counters.getDrop(port, reason));
            }
        }
        for (final DropReason reason : DropReason.values()) {
            call.node()
                    .dropBaseline()
                    .set(key(REMOVED, reason), call.node().dataplane().removedDrops(reason));
        }
    }

    private static void each(
            final Node node, final DropReason reason, final @Nullable String only, final ObjLongConsumer<String> sink) {
        final Counters counters = node.counters();
        for (int port = 0; port < counters.maxPorts(); port++) {
            final String name = node.dataplane().portName(port);
            if (only == null || only.equals(name)) {
                sink.accept(name, node.dropBaseline().since(key(port, reason), counters.getDrop(port, reason)));
            }
        }
        if (only == null) {
            sink.accept(
                    "removed",
                    node.dropBaseline()
                            .since(key(REMOVED, reason), node.dataplane().removedDrops(reason)));
        }
    }

    private static Row row(final DropReason reason, final @Nullable String port, final long frames) {
        return new Row()
                .word("reason", reason.label())
                .word("frames", frames)
                .pair("port", port)
                .only("id", reason.id())
                .tail("text", reason.sentence());
    }

    private static String key(final int port, final DropReason reason) {
        return port + "/" + reason.id();
    }
}
