// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.awaitility.Awaitility.await;

import io.weft.wire.IpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
        pair(a, "under", b, "under");
        address(a, "under", addressA);
        address(b, "under", addressB);
    }

    /** Connects two namespaces by a veth pair that is up. */
    static void pair(final String a, final String deviceA, final String b, final String deviceB) throws IOException {
        run("ip", "link", "add", deviceA, "netns", a, "type", "veth", "peer", "name", deviceB, "netns", b);
        run("ip", "-n", a, "link", "set", deviceA, "up");
        run("ip", "-n", b, "link", "set", deviceB, "up");
    }

    /** Gives an interface an address that is usable at once. */
    static void address(final String namespace, final String device, final String address) throws IOException {
        if (address.contains(":")) {
            run("ip", "-n", namespace, "address", "add", address, "dev", device, "nodad");
            awaitLocal(namespace, address);
        } else {
            run("ip", "-n", namespace, "address", "add", address, "dev", device);
        }
    }

    /**
     * Waits until the kernel takes packets for an IPv6 address: its local route comes a moment after the address, from a work
     * queue.
     *
     * @param address with or without the length of a prefix
     */
    static void awaitLocal(final String namespace, final String address) {
        final String local = "local " + IpAddress.parse(address.replaceFirst("/.*", "")) + " ";
        await().until(() -> run("ip", "-n", namespace, "-6", "route", "show", "table", "local")
                .contains(local));
    }

    /** Until then an interface that was just connected loses what it is given. */
    static void awaitCarrier(final String namespace, final String dev) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> run("ip", "-n", namespace, "link", "show", dev).contains("state UP"));
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
