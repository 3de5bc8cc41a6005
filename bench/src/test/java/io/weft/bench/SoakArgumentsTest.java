// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SoakArgumentsTest {
    private static SoakArguments parse(final String words) throws BenchException {
        return SoakArguments.parse(words.split(" ", -1));
    }

    @Test
    void shouldLastTenMinutesWhereNothingIsSaid() throws BenchException {
        final SoakArguments arguments = parse("--soak");

        assertThat(arguments.minutes()).isEqualTo(10);
        assertThat(arguments.json()).isNull();
        assertThat(arguments.isHelp()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--soak 7 --json a.json", "--json a.json --soak 7"})
    void shouldReadMinutesAndFileInAnyOrder(final String words) throws BenchException {
        assertThat(parse(words)).isEqualTo(new SoakArguments(7, false, Path.of("a.json")));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 600})
    void shouldTakeTheEndsOfTheRange(final int minutes) throws BenchException {
        assertThat(parse("--soak " + minutes).minutes()).isEqualTo(minutes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--soak --help", "--soak -h", "-h --soak"})
    void shouldKnowWhenItIsAskedForHelp(final String words) throws BenchException {
        assertThat(parse(words).isHelp()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--soak 0           | --soak takes minutes from 1 to 600, not '0'",
                "--soak 601         | --soak takes minutes from 1 to 600, not '601'",
                "--soak -5          | --soak takes minutes from 1 to 600, not '-5'",
                "--soak ten         | --soak takes minutes from 1 to 600, not 'ten'",
                "--soak 99999999999 | --soak takes minutes from 1 to 600, not '99999999999'",
                "--soak 5 6         | --soak goes with --json FILE alone, not with 6",
                "--quick --soak     | --soak goes with --json FILE alone, not with --quick",
                "--soak --report x  | --soak goes with --json FILE alone, not with --report",
                "--soak --json      | --json needs a file",
            })
    void shouldRefuseWhatDoesNotGoTogether(final String words, final String message) {
        assertThatThrownBy(() -> parse(words))
                .isInstanceOf(BenchException.class)
                .hasMessage(message);
    }

    @Test
    void shouldBeMeantByOneWord() {
        assertThat(SoakArguments.isMeant(new String[] {"--json", "x", "--soak"}))
                .isTrue();
        assertThat(SoakArguments.isMeant(new String[] {"--quick"})).isFalse();
    }

    /** There is no system to set up: a wrong word is seen before one is looked for. */
    @Test
    void shouldEndWithOneLineBeforeAnySetUp() {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();

        final int code = BenchMain.run(
                new String[] {"--soak", "0"},
                "test",
                List.of(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));

        assertThat(code).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("Error: --soak takes minutes from 1 to 600, not '0'\n");
        assertThat(out.size()).isZero();
    }

    @Test
    void shouldPlanAMinuteOfWarmUpAndASampleEachTenSeconds() {
        final SoakPlan plan = SoakPlan.ofMinutes(10);

        assertThat(plan.seconds()).isEqualTo(600);
        assertThat(plan.warmUp()).isEqualTo(60);
        assertThat(plan.interval()).isEqualTo(10);
    }
}
