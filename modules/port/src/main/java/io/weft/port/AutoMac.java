// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** MAC addresses for interfaces that were given none: the same at each start, another for each port of each node. */
public final class AutoMac {
    private static final long LOCALLY_ADMINISTERED = 0x0200_0000_0000L;
    private static final long GROUP = 0x0100_0000_0000L;

    private AutoMac() {}

    /** A locally administered unicast address made of the two names. */
    public static long of(final String node, final String port) {
        try {
            final byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest((node + '\0' + port).getBytes(StandardCharsets.UTF_8));
            return ((ByteBuffer.wrap(digest).getLong() >>> 16) & ~GROUP) | LOCALLY_ADMINISTERED;
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
