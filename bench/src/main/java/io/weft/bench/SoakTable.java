// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.SoakResults.Load;
import io.weft.bench.SoakResults.Node;
import io.weft.bench.SoakResults.Promise;
import io.weft.bench.SoakResults.Resident;
import java.io.PrintStream;
import java.util.Locale;

/** A soak as text for terminals. */
final class SoakTable {
    private static final double MEBI = 1024;
    private static final double GIGA = 1e9;

    private SoakTable() {}

    static void print(final SoakResults results, final PrintStream out) {
        out.printf(
                Locale.ROOT,
                "%s on %s, %s, %d CPUs; two nodes under mixed load for %s, after %s of warm-up%n%n",
                results.weft(),
                results.machine().kernel(),
                results.machine().cpu(),
                results.machine().cpus(),
                Figures.duration(results.seconds()),
                Figures.duration(results.warmUpSeconds()));
        final Load load = results.load();
        out.printf(Locale.ROOT, "TCP both ways   %.1f GB%n", load.tcpOctets() / GIGA);
        out.printf(Locale.ROOT, "UDP             %,d frames sent, %,d received%n", load.udpSent(), load.udpReceived());
        out.printf(Locale.ROOT, "ping            %,d requests, %,d without reply%n", load.pings(), load.pingsMissing());
        out.printf(Locale.ROOT, "connections     %,d%n", load.connections());
        out.println("kernel's drops  " + SoakJudgement.words(results.kernelDrops()));
        load.retries().forEach(line -> out.println("started again   " + line));
        out.printf(
                Locale.ROOT,
                "%n%-5s %14s %11s %9s %12s  %-47s  %s%n",
                "node",
                "frames",
                "allocated",
                "B/frame",
                "collections",
                "resident MiB: first last least greatest change",
                "drops");
        results.nodes().forEach(node -> print(node, out));
        out.println();
        for (final Promise promise : results.promises()) {
            out.printf(
                    Locale.ROOT, "%-6s %-17s %s%n", promise.holds() ? "kept" : "BROKEN", promise.id(), promise.text());
        }
    }

    private static void print(final Node node, final PrintStream out) {
        final Resident resident = node.resident();
        out.printf(
                Locale.ROOT,
                "%-5s %,14d %,11d %9.2f %12d  %19.1f %.1f %.1f %.1f %+.2f %%  %s%n",
                node.node(),
                node.frames(),
                node.allocated(),
                node.allocatedPerFrame(),
                node.collections(),
                resident.first() / MEBI,
                resident.last() / MEBI,
                resident.least() / MEBI,
                resident.greatest() / MEBI,
                resident.change(),
                SoakJudgement.words(node.drops()));
    }
}
