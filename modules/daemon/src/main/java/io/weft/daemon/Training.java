// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.Warmup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a build runs once, with the JVM recording ({@code -XX:AOTCacheOutput}, JEP 514): loaded classes and profiles of
 * methods go into a cache, so that a node is ready in half the time and its compiler knows early what is worth the work.
 *
 * <p>It runs a node without ports and asks it what people ask; no rights are needed, and nothing is sent.
 */
final class Training {
    private static final String NODE = "training";
    private static final int WARMUP_MILLIS = 4_000;
    private static final String CONFIG = """
            node: training
            networks:
              - { name: blue, vni: 100, subnet: [10.100.0.0/24, "fd00:100::/64"], gateway: 10.100.0.254 }
            routes:
              - { dst: 10.200.0.0/16, via: 10.100.0.1 }
            journal: { dir: journal, retain: 16MiB }
            """;
    private static final String[] COMMANDS = {
        "node show",
        "node help",
        "stats",
        "-j stats",
        "port",
        "network",
        "fdb",
        "neigh",
        "route",
        "vtep",
        "drop",
        "flow",
        "conntrack",
        "journal",
        "flow observe",
        "-j flow observe",
        "flow top",
        "flow matrix",
        "flow at now",
        "journal verify",
        "-j node"
    };

    private Training() {}

    /** Runs; exit 1 if anything went otherwise than with users. */
    public static void main(final String[] args) throws IOException, InterruptedException {
        final RunDirectory directory = RunDirectory.ofEnvironment();
        final Path file = directory.base().resolve(NODE + ".yaml");
        directory.create();
        Files.writeString(file, CONFIG);
        Warmup.run(WARMUP_MILLIS);
        final AtomicInteger ended = new AtomicInteger(Integer.MIN_VALUE);
        Thread.ofPlatform()
                .daemon()
                .start(() -> ended.set(Main.run(System.out, System.err, "node", "run", "--config", file.toString())));
        while (!directory.isRunning(NODE) && ended.get() == Integer.MIN_VALUE) {
            Thread.sleep(10);
        }
        boolean failed = ended.get() != Integer.MIN_VALUE;
        try (PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream(), false)) {
            for (final String command : COMMANDS) {
                final String words = "-n " + NODE + " " + command;
                if (!failed && Main.run(nowhere, System.err, words.split(" ")) != 0) {
                    System.err.println("Error: weft " + words);
                    failed = true;
                }
            }
        }
        Files.delete(file);
        if (failed) {
            // Not exit: the node's end would make it a good one.
            Runtime.getRuntime().halt(1);
        }
        System.exit(0);
    }
}
