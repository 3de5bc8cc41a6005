// SPDX-License-Identifier: Apache-2.0
package io.weft.offload;

import io.weft.testkit.FrameBuilder;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Random headers and payloads for the tests of both directions. */
final class Flows {
    private Flows() {}

    /** TCP or UDP over IPv4 or IPv6 with up to two tags and random fields, without a payload yet. */
    static FrameBuilder headers(final SplittableRandom random, final boolean tcp, final int flags) {
        final FrameBuilder builder = FrameBuilder.frame()
                .identification(random.nextInt(0x10000))
                .fragment(random.nextBoolean() ? 0x4000 : 0)
                .ttl(1 + random.nextInt(255))
                .trafficClass(random.nextInt(256))
                .flowLabel(random.nextInt(1 << 20));
        for (int tags = random.nextInt(3); tags > 0; tags--) {
            builder.tag(random.nextBoolean() ? 0x8100 : 0x88A8, random.nextInt(0x10000));
        }
        if (random.nextBoolean()) {
            builder.ipv4("10.0." + random.nextInt(256) + ".1", "10.1.0." + random.nextInt(256));
        } else {
            builder.ipv6(
                    "fd00::" + Integer.toHexString(random.nextInt(0x10000)),
                    "fd00:0:0:1::" + Integer.toHexString(random.nextInt(0x10000)));
        }
        final int from = random.nextInt(0x10000);
        final int to = random.nextInt(0x10000);
        return tcp
                ? builder.tcp(
                        from,
                        to,
                        random.nextInt(),
                        random.nextInt(),
                        flags,
                        random.nextInt(0x10000),
                        octets(random, 4 * random.nextInt(11)))
                : builder.udp(from, to);
    }

    static byte[] octets(final SplittableRandom random, final int length) {
        final byte[] octets = new byte[length];
        random.nextBytes(octets);
        // Long runs of equal bits, because carries go wrong there first.
        if (random.nextInt(4) == 0) {
            Arrays.fill(octets, (byte) (random.nextBoolean() ? 0xFF : 0));
        }
        return octets;
    }

    /** Mostly of a few segments, now and then a full one of 64 KB; headers take at most 100 of the IP packet's octets. */
    static int payloadLength(final SplittableRandom random, final int gsoSize) {
        final int most = random.nextInt(8) == 0 ? Segmenter.MAX_SEGMENTS * gsoSize : 8 * gsoSize;
        return 1 + random.nextInt(Math.min(most, 65_535 - 100));
    }
}
