// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.wire.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A pod that asks for 100,000 addresses a second in 100,000 names: the others shall not notice. */
@Tag("netns")
class NeighborStormSystemTest {
    private static final String CROWD = """
            name: crowd
            nodes:
              n1: { underlay: 198.19.0.1/24 }
            networks:
              pods: { vni: 200, mode: overlay, subnet: 10.128.0.0/9, prefixes: { n1: 10.128.0.0/10 } }
            pods:
              storm: { node: n1, network: pods, address: 10.128.0.5 }
              a: { node: n1, network: pods, address: 10.128.0.6 }
              b: { node: n1, network: pods, address: 10.128.0.7 }
              c: { node: n1, network: pods, address: 10.128.0.8 }
            """;
    private static final int STRANGERS = 10 << 24 | 160 << 16;
    private static final int RATE = 100_000;
    private static final long MILLIS = 3_000;
    /** Requests over the limit, of 300,000 in a round on the slowest machine that was tried. */
    private static final long ENOUGH = 20_000;

    private static final int ROUNDS = 5;

    private static final long MAX_GROWTH_KIB = 10 << 10;
    /** What the table takes at most. */
    private static final int CAPACITY = 16_384;

    @Test
    void shouldForwardAndStayInItsMemoryInAStorm() throws Exception {
        try (RunningLab lab = RunningLab.ofText(CROWD);
                ArpStorm storm =
                        new ArpStorm(lab.namespace("storm"), MacAddress.parse(lab.mac("storm", "eth0")), STRANGERS)) {
            final long pid = lab.ask("n1", "node", "show").get(0).path("pid").asLong();
            // What a busy node needs anyway is no growth: code is compiled, the heap and the pool are touched for the
            // first
            // time. A leak grows in every round.
            long grown = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && grown >= MAX_GROWTH_KIB; round++) {
                final long before = residentKib(pid);
                round(lab, storm);
                grown = residentKib(pid) - before;
            }
            assertThat(grown).as("KiB by which the node grew in the last round").isLessThan(MAX_GROWTH_KIB);
            assertThat(lab.ask("n1", "neigh", "show").size()).isBetween(3, CAPACITY);
            lab.assertConservation("n1");
            assertThat(dropped(lab, "neighbor-rate")).isGreaterThan(ENOUGH);
        }
    }

    /** A storm, and what the other pods do meanwhile. */
    private static void round(final RunningLab lab, final ArpStorm storm) throws Exception {
        final CompletableFuture<Long> rate = CompletableFuture.supplyAsync(() -> storm.send(RATE, MILLIS));
        lab.tcp("a", "b", "10.128.0.7", 200);
        lab.ping("c", "10.128.0.6");
        lab.ping("c", "10.128.0.1");
        lab.ping("n1", "10.128.0.8");
        lab.ask("n1", "neigh", "show");
        System.out.println("ARP storm: " + rate.get(30, TimeUnit.SECONDS) + " requests/s");
    }

    private static long residentKib(final long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }

    private static long dropped(final RunningLab lab, final String reason) throws IOException {
        for (final JsonNode row : lab.ask("n1", "drop", "show")) {
            if (row.path("reason").asString().equals(reason)) {
                return row.path("frames").asLong();
            }
        }
        return 0;
    }
}
