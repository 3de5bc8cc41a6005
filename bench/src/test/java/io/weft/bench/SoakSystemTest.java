// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A soak from end to end, of seconds: too short for a verdict on memory, long enough for one on frames. */
@Tag("netns")
class SoakSystemTest {
    private static final SoakPlan SHORT = new SoakPlan(4, 4, 8, 1, 2_000);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    private int soak(final Path json) throws BenchException {
        return BenchMain.soak(
                SHORT,
                json,
                "test",
                List.of("scripts/bench", "--soak"),
                Contenders.all(Path.of(System.getProperty("weft.home")), null),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private static List<String> namespaces() throws BenchException {
        final String prefix = "wb" + ProcessHandle.current().pid() + "-";
        return Command.must(List.of("ip", "netns", "list"))
                .lines()
                .filter(line -> line.startsWith(prefix))
                .toList();
    }

    private static boolean holds(final JsonNode results, final String id) {
        for (final JsonNode promise : results.path("promises")) {
            if (promise.path("id").asString("").equals(id)) {
                return promise.path("holds").asBoolean();
            }
        }
        throw new AssertionError("no promise " + id);
    }

    @Test
    void shouldSendEverythingAtOnceAndLoseNothingUncounted() throws Exception {
        final Path json = folder.resolve("soak.json");

        final int code = soak(json);

        assertThat(namespaces()).isEmpty();
        final JsonNode results = JsonMapper.builder().build().readTree(Files.readString(json));
        final String said = out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
        for (final String id : List.of("collections", "conservation", "drops", "losses")) {
            assertThat(holds(results, id)).as(id + "\n" + said).isTrue();
        }
        assertThat(results.path("schema").asInt()).isEqualTo(SoakResults.SCHEMA);
        assertThat(results.path("nodes")).hasSize(2).allSatisfy(node -> {
            assertThat(node.path("frames").asLong()).isPositive();
            assertThat(node.path("samples")).hasSize(5);
            assertThat(node.path("samples"))
                    .allSatisfy(sample ->
                            assertThat(sample.path("resident").asLong()).isPositive());
            assertThat(node.path("resident").path("greatest").asLong())
                    .isGreaterThanOrEqualTo(node.path("resident").path("least").asLong());
        });
        final JsonNode load = results.path("load");
        for (final String count : Set.of("tcp_octets", "udp_sent", "udp_received", "pings", "connections")) {
            assertThat(load.path(count).asDouble()).as(count).isPositive();
        }
        boolean all = true;
        for (final JsonNode promise : results.path("promises")) {
            all &= promise.path("holds").asBoolean();
        }
        assertThat(code).isEqualTo(all ? 0 : 1);
        assertThat(err.toString(StandardCharsets.UTF_8).contains("Error: ")).isEqualTo(!all);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("n1", "n2", "losses", json.toString());
    }

    /** What a signal does: a hook closes the soak while it is under way. */
    @Test
    void shouldLeaveNothingBehindWhereItIsInterrupted() throws Exception {
        final Contender weft = Contenders.weft(Contenders.all(Path.of(System.getProperty("weft.home")), null));
        final Soak soak = new Soak(
                new SoakPlan(600, 0, 0, 1, 2_000),
                "test",
                List.of(),
                weft,
                new PrintStream(err, true, StandardCharsets.UTF_8));
        final Thread running = Thread.ofPlatform().daemon().start(() -> {
            try {
                soak.run();
            } catch (final BenchException e) {
                err.writeBytes(("ended: " + e.line()).getBytes(StandardCharsets.UTF_8));
            }
        });
        while (running.isAlive() && !err.toString(StandardCharsets.UTF_8).contains("of 600 s")) {
            Thread.onSpinWait();
        }

        soak.close();

        running.join();
        assertThat(namespaces()).isEmpty();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("of 600 s", "ended: ");
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .isEmpty();
    }
}
