// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.capture.CapturePoint;
import io.weft.capture.CaptureRequest;
import io.weft.capture.CaptureSession;
import io.weft.capture.PacketReader;
import io.weft.capture.PcapngReader;
import io.weft.frame.DropReason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * Every reason to lose a frame, provoked in a running node, and looked for in everything that tells of drops. A new reason
 * needs a line in {@link DropProvocations}.
 */
final class DropReasonsTest extends CommandFixture {
    DropReasonsTest() {
        super(DropProvocations.FILE);
    }

    @ParameterizedTest
    @EnumSource(DropReason.class)
    void shouldTellOfEveryDropEverywhere(final DropReason reason) throws Exception {
        final DropProvocations.Provocation provocation = DropProvocations.ALL.get(reason);
        assertThat(provocation).as("a way to provoke %s", reason).isNotNull();
        final ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (CaptureSession capture = CaptureSession.start(
                CaptureRequest.of(CapturePoint.DROP.mask()), 1, node.captureContext(), "test", file, () -> {})) {
            node.dataplane().captures().attach(capture.rings());
            Objects.requireNonNull(provocation).in(new DropProvocations(this));
            await().until(() -> node.counters().getDrop(reason) > 0);
            // The worker carries this out after the vector in which it was dropped.
            assertThat(node.dataplane().ledger().imbalance()).isZero();
        }
        final String label = reason.label();
        assertThat(json("drop", "show")
                        .valueStream()
                        .map(row -> row.get("reason").asString()))
                .contains(label);
        assertThat(prometheus(label)).isPositive();
        final JsonNode frames = json("drop", "show", "--frames", "--reason", label);
        assertThat(frames).isNotEmpty().allSatisfy(row -> {
            assertThat(row.get("length").asInt()).isPositive();
            assertThat(row.get("packet_id").asLong()).isPositive();
            assertThat(row.get("port").asString()).isNotEmpty();
        });
        assertThat(comments(file))
                .anySatisfy(comment -> assertThat(comment).contains("dropped, " + label + ": " + reason.sentence()));
    }

    /** The sum over all ports. */
    private long prometheus(final String label) {
        final String start = "weft_drops_total{reason=\"" + label + "\",port=\"";
        return weft(0, "stats", "show", "prometheus")
                .lines()
                .filter(line -> line.startsWith(start))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf("} ") + 2)))
                .sum();
    }

    private static List<String> comments(final ByteArrayOutputStream file) throws Exception {
        final List<String> comments = new ArrayList<>();
        try (PcapngReader reader = new PcapngReader(new ByteArrayInputStream(file.toByteArray()))) {
            for (PacketReader.Packet packet = reader.next(); packet != null; packet = reader.next()) {
                assertThat(packet.octets()).isNotEmpty();
                comments.add(packet.comment());
            }
        }
        return comments;
    }
}
