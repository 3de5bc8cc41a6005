// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A tcpdump at an interface of a node or pod: what goes over it as the kernel sees it. */
final class Capture implements AutoCloseable {
    private static final String LIMIT_SECONDS = "30";

    private final Process tcpdump;

    private Capture(final Process tcpdump) {
        this.tcpdump = tcpdump;
    }

    /** Returns when it listens. {@code options}: tcpdump's, and the filter. */
    static Capture start(final RunningLab lab, final String member, final String ifname, final String... options)
            throws IOException {
        final List<String> command = new ArrayList<>(List.of("timeout", LIMIT_SECONDS, "ip", "netns", "exec"));
        command.addAll(List.of(lab.namespace(member), "tcpdump", "-i", ifname, "-n", "-l", "--immediate-mode"));
        command.addAll(List.of(options));
        final Capture capture = new Capture(
                new ProcessBuilder(command).redirectErrorStream(true).start());
        String line = capture.tcpdump.inputReader().readLine();
        while (line != null && !line.contains("listening")) {
            line = capture.tcpdump.inputReader().readLine();
        }
        if (line == null) {
            capture.close();
            throw new AssertionError("no capture: " + String.join(" ", command));
        }
        return capture;
    }

    /** Ends it; what it has printed till then, and how many packets it took. */
    String stop() throws InterruptedException {
        // Not by the process, which would close what is left to read.
        tcpdump.toHandle().destroy();
        final String output = String.join("\n", tcpdump.inputReader().lines().toList());
        assertThat(tcpdump.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    @Override
    public void close() {
        tcpdump.destroyForcibly();
    }
}
