// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.FrameTrace;
import io.weft.dataplane.RefusedException;
import io.weft.dataplane.TraceStep;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code weft trace}: the way that frames took, and the one that a made-up frame would take. */
final class TraceVerbs {
    private TraceVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb("show", "[clear]", TraceVerbs::show),
                new Verb("add", "N [FILTER]", TraceVerbs::add),
                new Verb("packet", "PORT HEX", TraceVerbs::packet));
    }

    private static void add(final Call call) throws CommandException, RefusedException {
        final Words words = call.words();
        final int frames = Words.integer("N", words.next("N"), 1, Tracer.MAX_FRAMES);
        final List<String> filter = new ArrayList<>();
        while (!words.isEmpty()) {
            filter.add(words.next("FILTER"));
        }
        call.node().tracer().start(frames, String.join(" ", filter));
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        final Words words = call.words();
        final boolean clear = !words.isEmpty() && words.key("clear").equals("clear");
        words.keys();
        final FrameTrace trace = call.node().tracer().trace();
        if (trace == null) {
            throw new RefusedException("there is no trace: 'weft trace add N [FILTER]' begins one");
        }
        final List<Row> rows = ways(trace.ways());
        call.show(rows);
        call.reply()
                .error(rows.size() + " of " + trace.limit() + " frames" + (trace.isComplete() ? "" : " so far") + ", "
                        + trace.lost() + " missed");
        if (clear) {
            call.node().tracer().close();
        }
    }

    /** A line for each frame, and below it one for each place where it was seen, and one for each stage that it passed. */
    static List<Row> ways(final List<FrameTrace.Way> ways) {
        final List<Row> rows = new ArrayList<>();
        for (final FrameTrace.Way way : ways) {
            rows.add(new Row()
                    .label(rows.size() + 1)
                    .tail("frame", way.frame())
                    .below(
                            "steps",
                            way.steps().stream()
                                    .map(step ->
                                            step(step, way.steps().getFirst().epochNanos()))
                                    .toList())
                    .below(
                            "stages",
                            way.stages().stream().map(TraceVerbs::stage).toList()));
        }
        return rows;
    }

    private static Row step(final FrameTrace.Step step, final long began) {
        return new Row()
                .word("timestamp", FrameTimes.format(step.epochNanos()))
                .label(FrameTimes.micros(step.epochNanos() - began))
                .only("after_ns", step.epochNanos() - began)
                .word("point", step.point().label())
                .word("port", step.port())
                .word("length", step.length())
                .only("source", step.source())
                .only("destination", step.destination())
                .note(step.source().isEmpty() ? "" : step.source() + " > " + step.destination())
                .pair("ttl", step.ttl() < 0 ? null : step.ttl())
                .only("reason", step.reason() == null ? null : step.reason().label())
                .tail("text", step.text());
    }

    private static Row stage(final FrameTrace.Stage stage) {
        return new Row()
                .label(FrameTimes.micros(stage.nanos()))
                .only("after_ns", stage.nanos())
                .word("stage", stage.name())
                .tail("text", stage.text());
    }

    private static void packet(final Call call) throws CommandException, RefusedException, IOException {
        final String port = call.words().next("PORT");
        final byte[] frame = FrameWords.read(call.words());
        call.show(stages(call.node().dataplane().routing().trace(port, frame)));
    }

    static List<Row> stages(final List<TraceStep> steps) {
        final List<Row> rows = new ArrayList<>();
        for (final TraceStep step : steps) {
            rows.add(
                    new Row().label(rows.size() + 1).word("stage", step.stage()).tail("text", step.text()));
        }
        return rows;
    }
}
