// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The display filters of the README find something in a capture of what the README speaks of. */
@Tag("netns")
class ReadmeSystemTest {
    private static final Pattern BLOCK = Pattern.compile("```filter\n(.*?)```", Pattern.DOTALL);

    @Test
    void shouldFindFramesByEveryDisplayFilter(@TempDir final Path directory) throws Exception {
        final Path file = directory.resolve("all.pcapng");
        try (RunningLab lab = RunningLab.up("two-nodes")) {
            final Process capture = new ProcessBuilder(
                            Program.WEFT, "-n", lab.namespace("n1"), "capture", "--point", "all", "-w", file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                // The first frames may pass before the capture has begun.
                while (!matches(file, "vxlan.vni == 100 && icmp")
                        || !matches(file, "frame.comment contains \"vxlan-malformed\"")) {
                    lab.ping("a", "10.100.0.3");
                    lab.in("n2", "bash", "-c", "echo x >/dev/udp/198.19.0.1/4789")
                            .ok();
                }
                lab.tcp("a", "b", "10.100.0.2", 1);
            } finally {
                capture.destroy();
            }
            assertThat(capture.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        final String id = tshark(file, "-c", "1", "-T", "fields", "-e", "frame.packet_id")
                .ok()
                .strip();
        for (final String filter : filters()) {
            // Numbers are examples: which packet, and how long a ping takes, differ from machine to machine.
            final String here = filter.replaceAll("(frame\\.packet_id ==) [0-9]+", "$1 " + id)
                    .replaceAll("(icmp\\.resptime >) [0-9.]+", "$1 0");
            assertThat(tshark(file, "-Y", here).ok()).as(filter).isNotEmpty();
        }
    }

    /** The file is still written to: it may end within a packet. */
    private static boolean matches(final Path file, final String filter) throws IOException {
        return Files.exists(file) && !tshark(file, "-Y", filter).out().isEmpty();
    }

    private static List<String> filters() throws IOException {
        final Matcher block = BLOCK.matcher(Files.readString(Program.HOME.resolve("README.md")));
        assertThat(block.find()).isTrue();
        final List<String> filters =
                block.group(1).lines().map(line -> line.replaceAll(" +#.*", "")).toList();
        assertThat(filters).hasSizeGreaterThan(5);
        return filters;
    }

    private static Program.Result tshark(final Path file, final String... words) throws IOException {
        return Program.run(List.of("tshark", "-r", file.toString()), words);
    }
}
