// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class YamlTest {
    private static final String FILE = """
            name: n1
            ports:
              - name: a
                address: [10.0.0.1, "fd00::1"]
              - name: b
                address: 10.0.0.2
            empty:
            mtu: 1450
            tagged: true
            """;

    @Test
    void shouldGiveTypedValuesWithTheirLines() throws ConfigException {
        final YamlNode root = Yaml.parse("f", FILE).map("name", "ports", "empty", "mtu", "tagged");
        assertThat(root.require("name").text()).isEqualTo("n1");
        assertThat(root.require("mtu").integer(1280, 9000)).isEqualTo(1450);
        assertThat(root.require("tagged").flag()).isTrue();
        assertThat(root.listOf("empty")).isEmpty();
        assertThat(root.get("empty")).isNull();
        final YamlNode second = root.listOf("ports").get(1);
        assertThat(second.line()).isEqualTo(5);
        assertThat(second.oneOrMany("address")).hasSize(1);
        final YamlNode six = root.listOf("ports").get(0).oneOrMany("address").get(1);
        assertThat(six.text()).isEqualTo("fd00::1");
        assertThat(six.line()).isEqualTo(4);
    }

    @Test
    void shouldRefuseUnknownAndDuplicateKeysWithTheirLine() {
        assertThatThrownBy(() -> Yaml.parse("f", FILE).map("name", "ports", "empty", "mtu"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("f:9: unknown key 'tagged', known here: name ports empty mtu");
        assertThatThrownBy(() -> Yaml.parse("f", "a: 1\nb:\n  c: 1\n  c: 2\n")).hasMessage("f:4: duplicate key 'c'");
    }

    @Test
    void shouldRefuseValuesOfAnotherKind() throws ConfigException {
        final YamlNode root = Yaml.parse("f", FILE);
        assertThatThrownBy(() -> root.require("name").list()).hasMessage("f:1: expected a list, found 'n1'");
        assertThatThrownBy(() -> root.require("ports").text()).hasMessage("f:2: expected a value, found a list");
        assertThatThrownBy(() -> root.require("ports").map()).hasMessage("f:2: expected a map, found a list");
        assertThatThrownBy(() -> root.require("mtu").integer(1, 10))
                .hasMessage("f:8: expected a number from 1 to 10, found '1450'");
        assertThatThrownBy(() -> root.require("name").flag()).hasMessage("f:1: expected true or false, found 'n1'");
        assertThatThrownBy(() -> root.require("vni")).hasMessage("f:1: 'vni' is missing");
    }

    @Test
    void shouldRefuseWhatIsNotOneBoundedDocument() {
        assertThatThrownBy(() -> Yaml.parse("f", "a: [1\nb: 2\n")).hasMessageMatching("f:2: not YAML: .*");
        assertThatThrownBy(() -> Yaml.parse("f", "a: 1\n---\nb: 1\n")).hasMessageMatching("f:2: not YAML: .*");
        assertThatThrownBy(() -> Yaml.parse("f", "")).hasMessage("f:1: the file is empty");
        assertThatThrownBy(() -> Yaml.parse("f", "[".repeat(100_000))).hasMessage("f:1: nested deeper than 16 levels");
        assertThatThrownBy(() -> Yaml.parse("f", "a: &x 1\nb: *x\n"))
                .hasMessage("f:2: aliases are not supported: write the value out");
    }

    @Test
    void shouldNameFilesThatCannotBeRead(@TempDir final Path directory) throws Exception {
        final Path file = directory.resolve("n.yaml");
        assertThatThrownBy(() -> Yaml.read(file)).hasMessage(file + ": no such file");
        Files.write(file, new byte[] {'a', ':', ' ', '1', '\n', (byte) 0xFF, '\n'});
        assertThatThrownBy(() -> Yaml.read(file)).hasMessage(file + ":2: not UTF-8");
        Files.write(file, new byte[Yaml.MAX_BYTES + 1]);
        assertThatThrownBy(() -> Yaml.read(file)).hasMessage(file + ": larger than 1048576 octets");
    }

    @Test
    void shouldAnswerEveryMutatedFileWithAValueOrOneLine() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final String alphabet = " \n\t:-[]{},\"'&*!|>#%@`?abc01\u0000\u2028\uD83D";
        for (int run = 0; run < 3_000; run++) {
            final StringBuilder text = new StringBuilder(FILE);
            for (int i = random.nextInt(6); i >= 0; i--) {
                text.insert(random.nextInt(text.length()), alphabet.charAt(random.nextInt(alphabet.length())));
            }
            text.setLength(random.nextInt(text.length()) + 1);
            try {
                Yaml.parse("f", text.toString());
            } catch (final ConfigException e) {
                assertThat(e.getMessage()).as("seed %d", seed).startsWith("f:").doesNotContain("\n");
            }
        }
    }
}
