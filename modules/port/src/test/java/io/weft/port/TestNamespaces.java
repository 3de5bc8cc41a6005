// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Network namespaces of one test, with names that no other run has; all are gone after {@link #close}. */
final class TestNamespaces implements AutoCloseable {
    private final String prefix = "weftport" + ProcessHandle.current().pid() + "-";
    private final List<String> names = new ArrayList<>();

    /** Makes a namespace with loopback up. */
    String add(final String name) throws IOException {
        final String full = prefix + name;
        run("ip", "netns", "add", full);
        names.add(full);
        run("ip", "-n", full, "link", "set", "lo", "up");
        return full;
    }

    void delete(final String full) throws IOException {
        run("ip", "netns", "del", full);
        names.remove(full);
    }

    /** Connects two namespaces by a veth pair, each end named {@code under}, with one address each. */
    static void connect(final String a, final String b, final String addressA, final String addressB)
            throws IOException {
        run("ip", "link", "add", "under", "netns", a, "type", "veth", "peer", "name", "under", "netns", b);
        final String[] ends = {a, b};
        final String[] addresses = {addressA, addressB};
        for (int i = 0; i < 2; i++) {
            if (addresses[i].contains(":")) {
                run("ip", "-n", ends[i], "address", "add", addresses[i], "dev", "under", "nodad");
            } else {
                run("ip", "-n", ends[i], "address", "add", addresses[i], "dev", "under");
            }
            run("ip", "-n", ends[i], "link", "set", "under", "up");
        }
    }

    /** Runs a command to its end; fails if it does. */
    static String run(final String... command) throws IOException {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (final InterruptedException e) {
            throw new IOException("interrupted", e);
        }
        if (process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output.strip());
        }
        return output;
    }

    @Override
    public void close() throws IOException {
        for (final String name : List.copyOf(names)) {
            delete(name);
        }
    }
}
