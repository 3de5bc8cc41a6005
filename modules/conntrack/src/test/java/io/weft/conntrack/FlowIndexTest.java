// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FlowIndexTest {
    private static final int MAX = 300;

    /** Entries that a search for the hash comes by. */
    private static Set<Integer> found(final FlowIndex index, final int hash) {
        final Set<Integer> entries = new TreeSet<>();
        int bucket = index.home(hash);
        do {
            for (long matches = FlowIndex.matches(index.tags(bucket), hash); matches != 0; matches &= matches - 1) {
                entries.add(index.entry(bucket, FlowIndex.slot(matches)));
            }
            if (!index.isPassed(bucket)) {
                break;
            }
            bucket = index.next(bucket);
        } while (bucket != index.home(hash));
        return entries;
    }

    @Test
    void shouldFindWhatWasAddedAndNotWhatWasRemovedHoweverBucketsOverflow() {
        Seeds.each(10, random -> {
            final FlowIndex index = new FlowIndex(MAX);
            final Set<Integer> present = new TreeSet<>();
            final int[] hashes = new int[MAX];
            final List<Integer> free = new ArrayList<>();
            for (int i = 0; i < MAX; i++) {
                free.add(i);
            }
            final int homes = 1 + random.nextInt(64);
            for (int step = 0; step < 3_000; step++) {
                if (!free.isEmpty() && random.nextInt(100) < ((step / 500) % 2 == 0 ? 70 : 30)) {
                    final int entry = free.removeLast();
                    final int hash = hash(random, homes);
                    index.add(hash, entry);
                    hashes[entry] = hash;
                    present.add(entry);
                } else if (!present.isEmpty()) {
                    final int entry = List.copyOf(present).get(random.nextInt(present.size()));
                    index.remove(hashes[entry], entry);
                    present.remove(entry);
                    free.add(entry);
                }
                final int probe = hash(random, homes);
                final Set<Integer> found = found(index, probe);
                assertThat(found)
                        .containsAll(present.stream()
                                .filter(entry -> hashes[entry] == probe)
                                .toList());
                assertThat(present).containsAll(found);
            }
            present.forEach(entry -> index.remove(hashes[entry], entry));
            for (int home = 0; home < 64; home++) {
                assertThat(index.tags(index.home(home))).isZero();
                assertThat(index.isPassed(index.home(home))).isFalse();
            }
        });
    }

    private static int hash(final SplittableRandom random, final int homes) {
        return (random.nextInt(6) << 24) | random.nextInt(homes);
    }

    @Test
    void shouldCompareAllTagsExactly() {
        Seeds.each(1_000, random -> {
            final long tags = (random.nextLong() & 0x00FF_01FF_7F80_00FFL) | (0x80L << (8 * random.nextInt(8)));
            final int hash = random.nextInt();
            final int tag = Math.max(1, hash >>> 24);
            final long matches = FlowIndex.matches(tags, hash);
            for (int slot = 0; slot < 8; slot++) {
                final boolean isEqual = (int) ((tags >>> (8 * slot)) & 0xFF) == tag;
                assertThat((matches >>> (8 * slot)) & 0xFF).isEqualTo(isEqual ? 0x80 : 0);
            }
        });
    }

    @Test
    void shouldTakeNoMoreThanTwoHundredMegabytesForAMillionFlows() {
        final FlowRig rig = new FlowRig(FlowSettings.DEFAULT.withMaxFlows(1_000_000));
        assertThat(rig.tracker.memory()).isLessThan(200_000_000);
    }
}
