// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgumentsTest {
    private static final List<String> SYSTEMS = List.of("weft", "kernel");

    private static Arguments parse(final String words) throws BenchException {
        return Arguments.parse(words.isEmpty() ? new String[0] : words.split(" ", -1), SYSTEMS);
    }

    @Test
    void shouldMeasureEverythingInTwoScenariosWhereNothingIsSaid() throws BenchException {
        final Arguments arguments = parse("");

        assertThat(arguments.scenarios()).containsExactly(BenchScenario.SAME_NODE, BenchScenario.TWO_NODES);
        assertThat(arguments.systems()).isEmpty();
        assertThat(arguments.measures()).isEmpty();
        assertThat(arguments.isQuick()).isFalse();
        assertThat(arguments.rounds()).isNull();
        assertThat(arguments.seconds()).isNull();
        assertThat(arguments.json()).isNull();
        assertThat(arguments.report()).isNull();
    }

    @Test
    void shouldReadEveryOption() throws BenchException {
        final Arguments arguments = parse("--quick --rounds 9 --seconds 999 --scenario overlay --scenario routed"
                + " --system kernel --measure tcp_1 --measure rtt_p99 --json a.json --report out");

        assertThat(arguments.isQuick()).isTrue();
        assertThat(arguments.rounds()).isEqualTo(9);
        assertThat(arguments.seconds()).isEqualTo(999);
        assertThat(arguments.scenarios()).containsExactly(BenchScenario.OVERLAY, BenchScenario.ROUTED);
        assertThat(arguments.systems()).containsExactly("kernel");
        assertThat(arguments.measures()).containsExactlyInAnyOrder("tcp_1", "rtt_p99");
        assertThat(arguments.json()).isEqualTo(Path.of("a.json"));
        assertThat(arguments.report()).isEqualTo(Path.of("out"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--scenario nowhere | unknown scenario 'nowhere', there are: same-node same-node-routed two-nodes overlay routed",
                "--system nobody    | unknown system 'nobody', there are: weft kernel",
                "--measure nothing  | unknown measure 'nothing', there are: tcp_1 cpu_per_gb",
                "--rounds 0         | --rounds needs a number from 1 to 999, not '0'",
                "--rounds 1000      | --rounds needs a number from 1 to 999, not '1000'",
                "--seconds x        | --seconds needs a number from 1 to 999, not 'x'",
                "--seconds          | --seconds needs a number from 1 to 999",
                "--scenario         | --scenario needs a name: same-node",
                "--json             | --json needs a file",
                "--report           | --report needs a folder",
                "--fast             | unknown argument --fast (scripts/bench --help)",
                "more               | unknown argument more",
            })
    void shouldRefuseWhatItDoesNotKnowWithWhatThereIs(final String words, final String message) {
        assertThatThrownBy(() -> parse(words))
                .isInstanceOf(BenchException.class)
                .hasMessageStartingWith(message);
    }

    /** The launcher refuses unknown names before there is a build to ask. */
    @Test
    void shouldHaveTheNamesThatTheLauncherHas() throws IOException {
        final List<Contender> all = Contenders.all(Path.of("."), Path.of("."));
        final List<String> lines = new ArrayList<>();
        lines.add("scenarios " + String.join(" ", BenchScenario.ids()));
        lines.add("systems " + String.join(" ", Contenders.ids(all)));
        lines.add("measures " + String.join(" ", Probe.measureIds()));

        try (InputStream in = Arguments.class.getResourceAsStream("names.txt")) {
            assertThat(in).isNotNull();
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines())
                    .containsExactlyElementsOf(lines);
        }
    }

    @Test
    void shouldKnowTheLoopsOnlyWhereTheirFolderIsNamed() {
        assertThat(Contenders.ids(Contenders.all(Path.of("."), null))).doesNotContain("c", "c-plain");
    }

    @Test
    void shouldNameEveryMeasureOnce() {
        assertThat(Probe.measureIds()).doesNotHaveDuplicates();
    }
}
