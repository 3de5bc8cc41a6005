// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.DropReason;
import java.util.ArrayList;
import java.util.List;

/**
 * The stages that a frame passed and what each decided, concluded from where it was seen and what it looked like there. Only
 * what really happened is told: tables may have changed since, and are not asked.
 */
final class TraceStages {
    private final List<FrameTrace.Step> steps;
    private final FrameTrace.Step first;
    private final List<FrameTrace.Stage> stages = new ArrayList<>();

    private TraceStages(final List<FrameTrace.Step> steps) {
        this.steps = steps;
        this.first = steps.getFirst();
    }

    /** Of a way that has at least one step. */
    static List<FrameTrace.Stage> of(final List<FrameTrace.Step> steps) {
        final TraceStages way = new TraceStages(steps);
        way.comeIn();
        way.bridge();
        way.leave();
        return way.stages;
    }

    private void add(final String stage, final String text, final FrameTrace.Step at) {
        stages.add(new FrameTrace.Stage(stage, text, at.epochNanos() - first.epochNanos()));
    }

    private void comeIn() {
        switch (first.point()) {
            case RX -> {
                add("port", "received by port " + first.port() + ", " + first.length() + " octets", first);
                if (!isDroppedAt("ethernet-input")) {
                    add("ethernet-input", first.source() + " > " + first.destination(), first);
                }
            }
            case TUNNEL_RX -> {
                add("port", "received by port " + first.port() + " as VXLAN", first);
                if (!isDroppedAt("vxlan-decap")) {
                    add(
                            "vxlan-decap",
                            "taken out of the tunnel: " + first.source() + " > " + first.destination(),
                            first);
                }
            }
            default -> add("node", "made by this node, or seen on its way only", first);
        }
    }

    private boolean isDroppedAt(final String stage) {
        return steps.stream()
                .anyMatch(
                        step -> step.reason() != null && stageOf(step.reason()).equals(stage));
    }

    private List<FrameTrace.Step> outputs() {
        return steps.stream()
                .filter(step -> step.point() == CapturePoint.TX || step.point() == CapturePoint.TUNNEL_TX)
                .toList();
    }

    private void bridge() {
        final List<FrameTrace.Step> outputs = outputs();
        if (outputs.isEmpty() || outputs.getFirst().equals(first)) {
            return;
        }
        final FrameTrace.Step out = outputs.getFirst();
        if (!out.source().equals(first.source())) {
            add("bridge", first.destination() + " is the router", out);
            add("router", router(out), out);
        }
        final String ports =
                String.join(", ", outputs.stream().map(FrameTrace.Step::port).toList());
        final boolean isSpread =
                outputs.stream().map(FrameTrace.Step::port).distinct().count() > 1;
        final String whole = outputs.size() > 1 && !isSpread ? " in " + outputs.size() + " parts" : "";
        add(
                "bridge",
                (isSpread ? "flooded to " + ports : out.destination() + " is behind port " + out.port()) + whole,
                out);
    }

    private String router(final FrameTrace.Step out) {
        final String ttl =
                first.ttl() < 0 || first.ttl() == out.ttl() ? "" : "TTL " + first.ttl() + " to " + out.ttl() + ", ";
        return ttl + "now " + out.source() + " > " + out.destination();
    }

    private void leave() {
        for (final FrameTrace.Step step : steps) {
            final DropReason reason = step.reason();
            if (reason != null) {
                add(stageOf(reason), "dropped, " + reason.label() + ": " + reason.sentence(), step);
            } else if (step.point() == CapturePoint.TUNNEL_TX) {
                add("vxlan-encap", step.text(), step);
                add("port", "sent by port " + step.port(), step);
            } else if (step.point() == CapturePoint.TX) {
                add("port", "sent by port " + step.port() + ", " + step.length() + " octets", step);
            }
        }
    }

    /** Where a frame is dropped for a reason; where that may be several, the most frequent. */
    private static String stageOf(final DropReason reason) {
        return switch (reason) {
            case TX_FULL,
                    TX_ERROR,
                    PORT_DOWN,
                    TOO_LONG,
                    NO_UNDERLAY,
                    UNDERLAY_UNREACHABLE,
                    OUTER_MALFORMED,
                    OUTER_CHECKSUM,
                    OUTER_FRAGMENT,
                    NOT_FOR_US -> "port";
            case TOO_SHORT, MALFORMED_TAG, BAD_OFFLOAD -> "ethernet-input";
            case NEIGHBOR_RATE, ARP_MALFORMED, ND_MALFORMED, DUPLICATE_ADDRESS -> "neighbor-input";
            case NO_FRAME_AVAILABLE,
                    INVALID_SOURCE_MAC,
                    RESERVED_MAC,
                    NO_NETWORK,
                    LEARN_LIMIT,
                    MAC_FLAPPING,
                    STATIC_MAC_MOVED,
                    SAME_PORT,
                    SPLIT_HORIZON,
                    NO_OUTPUT -> "bridge";
            case MTU_EXCEEDED, TAG_ON_TUNNEL -> "vxlan-encap";
            case UNKNOWN_VTEP, VTEP_NOT_IN_NETWORK, VXLAN_MALFORMED, VXLAN_NO_VNI, UNKNOWN_VNI, INNER_CHECKSUM ->
                "vxlan-decap";
            default -> "router";
        };
    }
}
