// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.SoakResults.Load;
import io.weft.bench.SoakResults.Node;
import io.weft.bench.SoakResults.Promise;
import io.weft.frame.DropReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/** Says of each promise whether it was kept; bench/README.md, "Endurance", says why so. */
final class SoakJudgement {
    /** Percent. */
    private static final double FLAT = 1;
    /** Octets, as rounded in the table of single stages. */
    private static final double NOTHING = 0.005;
    /** Frames that a train of datagrams or a super-frame stands for at most, which is lost and counted as one. */
    private static final long TRAIN = 64;

    /** Reasons that are a port's or the kernel's: a queue was full. */
    private static final Set<String> REFUSALS =
            Set.of(DropReason.TX_FULL.label(), DropReason.TX_ERROR.label(), DropReason.NO_FRAME_AVAILABLE.label());

    private SoakJudgement() {}

    /**
     * Judges.
     *
     * @param kernelDrops frames that the kernel counted as lost on the way, by where
     */
    static List<Promise> judge(final Load load, final List<Node> nodes, final Map<String, Long> kernelDrops) {
        return List.of(
                ofAll("collections", nodes, node -> node.collections() == 0, node -> node.collections() + ""),
                ofAll(
                        "octets per frame",
                        nodes,
                        node -> isNothing(node.allocatedPerFrame()),
                        node -> String.format(
                                Locale.ROOT,
                                "%.2f (%d in %d frames)",
                                node.allocatedPerFrame(),
                                node.allocated(),
                                node.frames())),
                ofAll(
                        "resident memory",
                        nodes,
                        node -> Math.abs(node.resident().change()) <= FLAT
                                && node.resident().span() <= FLAT,
                        node -> String.format(
                                Locale.ROOT,
                                "changed by %+.2f %%, within %.2f %%",
                                node.resident().change(),
                                node.resident().span())),
                ofAll("conservation", nodes, node -> node.imbalance() == 0, node -> "off by " + node.imbalance()),
                ofAll("drops", nodes, node -> others(node).isEmpty(), SoakJudgement::drops),
                losses(load, nodes, kernelDrops));
    }

    /** True for what is shown as 0.00 octets for each frame; commands allocate in the worker, seldom. */
    static boolean isNothing(final double octetsPerFrame) {
        return octetsPerFrame < NOTHING;
    }

    private static Promise ofAll(
            final String id,
            final List<Node> nodes,
            final Predicate<Node> holds,
            final Function<Node, String> figures) {
        final List<String> texts = new ArrayList<>();
        nodes.forEach(node -> texts.add(node.node() + " " + figures.apply(node)));
        return new Promise(id, nodes.stream().allMatch(holds), String.join(", ", texts));
    }

    private static String drops(final Node node) {
        final Map<String, Long> others = others(node);
        return others.isEmpty() ? refused(node) + " refused, none else" : "not refused but lost: " + words(others);
    }

    /** Drops for which no full queue is to blame. */
    private static Map<String, Long> others(final Node node) {
        final Map<String, Long> others = new TreeMap<>(node.drops());
        others.keySet().removeAll(REFUSALS);
        return others;
    }

    private static long refused(final Node node) {
        return sum(node.drops()) - sum(others(node));
    }

    /** Whether what did not arrive was counted somewhere. A frame lost in a train is one of many that count as one. */
    private static Promise losses(final Load load, final List<Node> nodes, final Map<String, Long> kernelDrops) {
        final long byNodes = nodes.stream().mapToLong(SoakJudgement::refused).sum();
        final long byKernel = sum(kernelDrops);
        final boolean holds = load.lost() <= load.udpRefused() + TRAIN * (byNodes + byKernel);
        return new Promise(
                "losses",
                holds,
                String.format(
                        Locale.ROOT,
                        "%d frames did not arrive; %d refused by the pod's interface, %d by nodes' ports, %d lost by the kernel",
                        load.lost(),
                        load.udpRefused(),
                        byNodes,
                        byKernel));
    }

    private static long sum(final Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Names and counts in one line. */
    static String words(final Map<String, Long> counts) {
        final List<String> words = new ArrayList<>();
        counts.forEach((name, count) -> words.add(name + " " + count));
        return words.isEmpty() ? "none" : String.join(", ", words);
    }
}
