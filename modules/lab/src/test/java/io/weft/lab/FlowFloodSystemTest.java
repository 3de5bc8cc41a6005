// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A pod that floods another one with SYNs of a million made-up hosts: connections that are there go on. */
@Tag("netns")
class FlowFloodSystemTest {
    private static final int FLOWS = 16_384;
    private static final String FLOOD = """
            name: flood
            nodes:
              n1: { underlay: 198.19.0.1/24 }
            networks:
              blue: { vni: 100, subnet: 10.128.0.0/9 }
            pods:
              storm: { node: n1, network: blue, address: 10.128.0.5 }
              a: { node: n1, network: blue, address: 10.128.0.6 }
              b: { node: n1, network: blue, address: 10.128.0.7 }
            conntrack: { max: 16384, tcp-transitory: 3s, update: 2s }
            """;
    private static final int RATE = 50_000;
    private static final int MILLIS = 5_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void shouldKeepConnectionsAndItsMemoryInAFlood() throws Exception {
        try (RunningLab lab = RunningLab.ofText(FLOOD)) {
            lab.ping("a", "10.128.0.7");
            lab.ping("storm", "10.128.0.7");
            try (SynStorm storm = new SynStorm(
                    lab.namespace("storm"), lab.mac("storm", "eth0"), lab.mac("b", "eth0"), "10.128.0.7", 1)) {
                final long octets = table(lab).path("octets").asLong();
                final CompletableFuture<Long> rate = CompletableFuture.supplyAsync(() -> storm.send(RATE, MILLIS));
                lab.tcp("a", "b", "10.128.0.7", 100);
                await().atMost(PATIENCE)
                        .until(() -> table(lab).path("alarms").toString().contains("nearly full"));
                assertThat(rate.get(MILLIS * 4, TimeUnit.MILLISECONDS)).isGreaterThan(1_000);

                final JsonNode full = table(lab);
                assertThat(full.path("flows").asInt()).isLessThanOrEqualTo(FLOWS);
                assertThat(full.path("evicted").asLong()).isGreaterThan(FLOWS);
                assertThat(full.path("octets").asLong()).isEqualTo(octets);
                // What was established was not given up for half-open ones.
                assertThat(lab.ask("n1", "flow", "show", "--pod", "a", "--protocol", "icmp")
                                .toString())
                        .contains("\"state\":\"replied\"");
                lab.tcp("a", "b", "10.128.0.7", 10);
                await().atMost(PATIENCE).until(() -> table(lab).path("alarms").isEmpty());
                lab.assertConservation("n1");
            }
        }
    }

    private static JsonNode table(final RunningLab lab) throws Exception {
        return lab.ask("n1", "conntrack", "show").get(0);
    }
}
