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
    private static final long MILLIS = 5_000;
    private static final long WARM_UP_MILLIS = 2_000;
    private static final int WARM_UP_ROUNDS = 5;
    /** Requests that were more than is looked at; a million are sent. */
    private static final long ENOUGH = 50_000;

    private static final long MAX_GROWTH_KIB = 10 << 10;
    /** What the table takes at most. */
    private static final int CAPACITY = 16_384;

    @Test
    void shouldForwardAndStayInItsMemoryInAStorm() throws Exception {
        try (RunningLab lab = RunningLab.ofText(CROWD);
                ArpStorm storm =
                        new ArpStorm(lab.namespace("storm"), MacAddress.parse(lab.mac("storm", "eth0")), STRANGERS)) {
            final long pid = lab.ask("n1", "node", "show").get(0).path("pid").asLong();
            // What a busy node needs anyway is no growth: until it is warm, code is compiled, and heap and pool are
            // touched for the first time. A leak never gets warm.
            long grown = Long.MAX_VALUE;
            for (int round = 0; round < WARM_UP_ROUNDS && grown >= MAX_GROWTH_KIB; round++) {
                grown = growth(pid, lab, storm, WARM_UP_MILLIS);
            }
            assertThat(growth(pid, lab, storm, MILLIS))
                    .as("KiB that the node grew by")
                    .isLessThan(MAX_GROWTH_KIB);
            assertThat(lab.ask("n1", "neigh", "show").size()).isBetween(3, CAPACITY);
            lab.assertConservation("n1");
            assertThat(dropped(lab, "neighbor-rate")).isGreaterThan(ENOUGH);
        }
    }

    /** A storm, and what the other pods do meanwhile; by how many KiB the node grows. */
    private static long growth(final long pid, final RunningLab lab, final ArpStorm storm, final long millis)
            throws Exception {
        final long before = residentKib(pid);
        final CompletableFuture<Long> rate = CompletableFuture.supplyAsync(() -> storm.send(RATE, millis));
        lab.tcp("a", "b", "10.128.0.7", 200);
        lab.ping("c", "10.128.0.6");
        lab.ping("c", "10.128.0.1");
        lab.ping("n1", "10.128.0.8");
        lab.ask("n1", "neigh", "show");
        final long reached = rate.get(30, TimeUnit.SECONDS);
        final long grown = residentKib(pid) - before;
        System.out.println("ARP storm: " + reached + " requests/s, node grew by " + grown + " KiB");
        return grown;
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
