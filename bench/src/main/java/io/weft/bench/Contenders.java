// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All systems there are, in the order in which they are measured and shown. */
final class Contenders {
    /** What the others are compared with. */
    static final String WEFT = "weft";

    private Contenders() {}

    /**
     * All of them.
     *
     * @param home the checkout of Weft
     * @param baselines the folder of the C loops; null: without them
     */
    static List<Contender> all(final Path home, final @Nullable Path baselines) {
        final List<Contender> all = new ArrayList<>(List.of(
                WeftSetUps.contender(home),
                WeftSetUps.plain(home),
                WeftSetUps.journal(home),
                KernelSetUps.contender(),
                OpenVswitchSetUps.plain(),
                OpenVswitchSetUps.withTso(),
                TapSetUps.vde()));
        if (baselines != null) {
            all.add(TapSetUps.loops(baselines));
            all.add(TapSetUps.plainLoops(baselines));
        }
        return all;
    }

    /** Weft among them. */
    static Contender weft(final List<Contender> contenders) throws BenchException {
        return contenders.stream()
                .filter(contender -> contender.id().equals(WEFT))
                .findFirst()
                .orElseThrow(() -> new BenchException("Weft is not among the systems"));
    }

    /** Their names. */
    static List<String> ids(final List<Contender> contenders) {
        return contenders.stream().map(Contender::id).toList();
    }
}
