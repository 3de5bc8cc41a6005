// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The report in a browser, Chromium, which runs in a network namespace without any network: a page that asks for something
 * beside it would be found out.
 */
@Tag("netns")
final class BenchReportBrowserTest {
    private static final int DESKTOP = 1280;
    private static final int PHONE = 390;
    private static final int HEIGHT = 4000;
    private static final int LIMIT_SECONDS = 120;
    private static final int BAR_PIXELS = 400;
    /** What Chromium logs of a page: messages of its console. Its own pages, unseen, have some too. */
    private static final Pattern COMPLAINT = Pattern.compile(":CONSOLE(?!.*source: chrome://)");

    /** Light and dark, as in {@code report.css}: the page, Weft, the kernel, Open vSwitch. */
    private static final int[] LIGHT = {0xFBFBF9, 0x0072B2, 0xE69F00, 0x009E73};

    private static final int[] DARK = {0x131519, 0x3AA0E6, 0xF0B429, 0x1FB58A};

    @TempDir
    private Path folder;

    /** What a browser made of a page. */
    private record Rendering(int exit, List<String> log, BufferedImage picture) {
        List<String> complaints() {
            return log.stream().filter(line -> COMPLAINT.matcher(line).find()).toList();
        }
    }

    @Test
    void shouldRenderOnDesktop() throws Exception {
        check(render(report(), DESKTOP, false), DESKTOP, LIGHT);
    }

    @Test
    void shouldRenderOnPhone() throws Exception {
        check(render(report(), PHONE, false), PHONE, LIGHT);
    }

    @Test
    void shouldRenderInDark() throws Exception {
        check(render(report(), DESKTOP, true), DESKTOP, DARK);
    }

    /** That the other tests would see an error. */
    @Test
    void shouldTellWhatPageMayNotLoad() throws Exception {
        final Path page = report();
        Files.writeString(
                page,
                Files.readString(page).replace("</body>", "<img src='missing.png'><script>nothing();</script></body>"));
        assertThat(render(page, DESKTOP, false).complaints())
                .anyMatch(line -> line.contains("missing.png"))
                .anyMatch(line -> line.contains("inline script"));
    }

    private Path report() throws IOException {
        BenchReport.write(folder.resolve("report"), SampleResults.of(4));
        return folder.resolve("report/index.html");
    }

    private static void check(final Rendering rendering, final int width, final int[] colors) {
        assertThat(rendering.exit()).as("%s", rendering.log()).isZero();
        assertThat(rendering.complaints()).isEmpty();
        assertThat(rendering.picture().getWidth()).isEqualTo(width);
        assertThat(rendering.picture().getHeight()).isEqualTo(HEIGHT);
        final Map<Integer, Integer> counts = new HashMap<>();
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < width; x++) {
                counts.merge(rendering.picture().getRGB(x, y) & 0xFFFFFF, 1, Integer::sum);
            }
        }
        assertThat(counts).hasSizeGreaterThan(100);
        // More than the edges of letters have: whole bars.
        for (final int color : colors) {
            assertThat(counts.getOrDefault(color, 0)).as("%06x", color).isGreaterThan(BAR_PIXELS);
        }
    }

    /** The namespaces of network and processes go with the shell: nothing of the browser is left behind. */
    private Rendering render(final Path page, final int width, final boolean isDark) throws Exception {
        final Path picture = folder.resolve("picture.png");
        final Path log = folder.resolve("log");
        final List<String> command = new ArrayList<>(List.of(
                "unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", "\"$@\"; exit $?"));
        command.addAll(List.of("sh", "chromium", "--headless", "--no-sandbox", "--disable-gpu"));
        command.addAll(List.of("--disable-dev-shm-usage", "--hide-scrollbars", "--virtual-time-budget=5000"));
        command.addAll(List.of("--enable-logging=stderr", "--v=0", "--user-data-dir=" + folder.resolve("profile")));
        command.addAll(List.of("--window-size=" + width + "," + HEIGHT, "--screenshot=" + picture));
        if (isDark) {
            // The browser's number of it.
            command.add("--blink-settings=preferredColorScheme=0");
        }
        command.add(page.toUri().toString());
        final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as(() -> "Chromium hangs: " + read(log))
                    .isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(picture).as(() -> "" + read(log)).exists();
        return new Rendering(process.exitValue(), read(log), ImageIO.read(picture.toFile()));
    }

    private static List<String> read(final Path log) {
        try {
            return Files.readAllLines(log);
        } catch (final IOException e) {
            return List.of(e.toString());
        }
    }
}
