// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The lists that {@code scripts/weft-client} has of its own. What it does is tested with a lab, beside the program. */
class ThinClientTest {
    private static final Path CLIENT = Path.of("../../scripts/weft-client");

    @Test
    void shouldKnowTheObjectsOfANode() throws IOException {
        assertThat(list("NODE_OBJECTS"))
                .containsExactlyElementsOf(Arrays.stream(NodeObject.values())
                        .map(NodeObject::label)
                        .toList());
    }

    @Test
    void shouldKnowEveryOtherObject() throws IOException {
        final ByteArrayOutputStream help = new ByteArrayOutputStream();
        final PrintStream out = new PrintStream(help, true, StandardCharsets.UTF_8);

        assertThat(Main.run(out, out, "help")).isZero();

        final List<String> known = list("NODE_OBJECTS", "OTHER_OBJECTS");
        assertThat(help.toString(StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> line.matches("  [a-z]+ +.*"))
                        .map(line -> line.strip().split(" ", -1)[0]))
                .contains("doctor", "version")
                .isSubsetOf(known);
    }

    @Test
    void shouldKnowTheVerbsThatNeedNoNode() throws IOException {
        final Matcher table = Pattern.compile("%LOCAL_VERBS = \\((.*)\\);").matcher(Files.readString(CLIENT));
        assertThat(table.find()).isTrue();
        final Map<String, List<String>> known = new TreeMap<>();
        final Matcher entry = Pattern.compile("(\\w+) => \\[qw\\(([^)]*)\\)\\]").matcher(table.group(1));
        while (entry.find()) {
            known.put(entry.group(1), List.of(entry.group(2).split(" ", -1)));
        }
        final Map<String, List<String>> local = new TreeMap<>();
        for (final NodeObject object : NodeObject.values()) {
            if (!object.localVerbs().isEmpty()) {
                local.put(
                        object.label(),
                        object.localVerbs().stream().map(LocalVerb::name).toList());
            }
        }
        assertThat(known).isEqualTo(local);
    }

    /** The client goes by the first letters alone: a verb of the node that begins like one that needs none would be lost to it. */
    @Test
    void shouldHaveNoVerbOfTheNodeThatBeginsLikeOneThatNeedsNone() {
        for (final NodeObject object : NodeObject.values()) {
            assertThat(object.localVerbs().stream().map(verb -> verb.name().substring(0, 1)))
                    .doesNotContainAnyElementsOf(object.verbs().stream()
                            .map(verb ->
                                    verb.name().isEmpty() ? "" : verb.name().substring(0, 1))
                            .toList());
        }
    }

    @Test
    void shouldKnowTheLimitsOfTheProtocol() throws IOException {
        assertThat(Files.readString(CLIENT))
                .contains("MAX_FRAME => 1 << 16, MAX_REQUEST => 1 << 19, HEADER => 5")
                .contains("STDOUT_FRAME => 1, EXIT_FRAME => 3");
        assertThat(ControlProtocol.MAX_LENGTH).isEqualTo(1 << 16);
        assertThat(ControlProtocol.REPLY_HEADER_LENGTH).isEqualTo(5);
        assertThat(List.of(ControlProtocol.STDOUT, ControlProtocol.STDERR, ControlProtocol.EXIT))
                .containsExactly(1, 2, 3);
    }

    private static List<String> list(final String... names) throws IOException {
        final String text = Files.readString(CLIENT);
        return Arrays.stream(names)
                .flatMap(name -> {
                    final Matcher list =
                            Pattern.compile("@" + name + " = qw\\(([^)]*)\\)").matcher(text);
                    assertThat(list.find()).as(name).isTrue();
                    return Arrays.stream(list.group(1).split(" ", -1));
                })
                .toList();
    }
}
