// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A node without any right but CAP_NET_ADMIN, two workers, and two pods that attach. */
@Tag("netns")
class AttachTest extends ProcessFixture {
    private static final List<String> RIGHTS =
            List.of("setpriv", "--bounding-set", "-all,+net_admin", "--inh-caps", "-all");

    AttachTest() {
        super("wa", "n", "a", "b");
    }

    @BeforeEach
    void writeFile() throws Exception {
        Files.writeString(base.resolve("n.yaml"), """
                node: %s
                workers: 2
                networks: [{ name: blue, subnet: [10.66.0.0/24, "fd66::/64"], gateway: 10.66.0.254 }]
                ports:
                  - { name: a, type: tap, network: blue, attach: true, address: [10.66.0.1, "fd66::1"] }
                  - { name: b, type: tap, network: blue, attach: true, address: [10.66.0.2, "fd66::2"] }
                """.formatted(prefix));
    }

    @Test
    void shouldHealWhoeverDiesAndLeakNothing() throws Exception {
        Process node = node();
        assertThat(weft("port", "show", "a")).contains("WAITING", "reason nobody has attached");
        Process a = attach("a", "a");
        attach("b", "b");
        awaitPing("a", "10.66.0.2");
        awaitPing("b", "fd66::1");
        assertThat(run("ip", "-n", ns("a"), "route")).contains("default via 10.66.0.254 dev eth0");
        final long descriptors = descriptors(node);

        final String interfaceBefore =
                run("ip", "-n", ns("a"), "-o", "link", "show", "eth0").split(":", 2)[0];
        node.destroyForcibly().waitFor();
        assertThat(run("ip", "-n", ns("a"), "address")).contains("10.66.0.1/24");
        node = node();
        awaitPing("a", "10.66.0.2");
        assertThat(run("ip", "-n", ns("a"), "-o", "link", "show", "eth0")).startsWith(interfaceBefore + ":");

        a.destroyForcibly().waitFor();
        await().atMost(PATIENCE).until(() -> weft("port", "show", "a").contains("WAITING"));
        assertThat(run("ip", "-n", ns("a"), "link")).doesNotContain("eth0");
        run("ip", "netns", "del", ns("a"));
        run("ip", "netns", "add", ns("a"));
        a = attach("a", "a");
        awaitPing("a", "10.66.0.2");
        run("ip", "-n", ns("a"), "link", "del", "eth0");
        awaitPing("a", "10.66.0.2");
        final Process second = node;
        await().atMost(PATIENCE).until(() -> descriptors(second) == descriptors);
        a.destroy();
        assertThat(a.waitFor()).isZero();
        assertThat(weft("-j", "stats")).contains("\"imbalance\":0");
    }

    @Test
    void shouldRefuseInOneLine() throws Exception {
        node();
        attach("a", "a");
        await().atMost(PATIENCE).until(() -> weft("port", "show", "a").contains("UP"));
        assertRefused(2, "no such port: zz", "zz");
        assertRefused(2, "port a is attached already", "a");
        run("ip", "-n", ns("b"), "link", "add", "eth0", "type", "veth", "peer", "name", "peer0");
        assertRefused(1, "interface eth0 exists", "b");
        assertRefused(1, "port b is not attached after 0 s", "b", "--wait", "0", "--socket", base + "/none.sock");
    }

    private void assertRefused(final int code, final String reason, final String... words) throws Exception {
        final Process process = attach("b", words);
        assertThat(process.waitFor()).isEqualTo(code);
        assertThat(stderr(process)).contains("Error: " + reason);
    }

    @Test
    void shouldHandOverOnceAndRunACommand() throws Exception {
        node();
        assertThat(attach("a", "a", "--once").waitFor()).isZero();
        final Process b =
                attach("b", "b", "--", "sh", "-c", "trap 'exit 7' TERM; touch " + base + "/ran; sleep 60 & wait");
        awaitPing("a", "10.66.0.2");
        await().atMost(PATIENCE).until(() -> Files.exists(base.resolve("ran")));
        b.destroy();
        assertThat(b.waitFor()).isEqualTo(7);
        assertThat(attach("b", "b", "--", "false").waitFor()).isEqualTo(1);
        assertThat(weft("port", "del", "a")).isEmpty();
        await().atMost(PATIENCE).until(() -> !run("ip", "-n", ns("a"), "link").contains("eth0"));
    }

    /** Descriptors of TAPs; the JVM opens others when it likes. */
    private static long descriptors(final Process process) throws IOException {
        long count = 0;
        try (Stream<Path> files = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            for (final Path file : files.toList()) {
                count += isTun(file) ? 1 : 0;
            }
        }
        return count;
    }

    private static boolean isTun(final Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).endsWith("net/tun");
        } catch (final IOException e) {
            // Closed meanwhile.
            return false;
        }
    }

    private Process node() throws Exception {
        final String file = base.resolve("n.yaml").toString();
        return awaitNode(prefix, launch("n", RIGHTS, "node", "run", "--config", file));
    }

    private Process attach(final String pod, final String... words) throws IOException {
        final List<String> all = new ArrayList<>(List.of("attach"));
        all.addAll(List.of(words));
        return launch(pod, List.of(), all.toArray(String[]::new));
    }
}
