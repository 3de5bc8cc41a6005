// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import java.net.InetAddress;

/**
 * An IPv4 or IPv6 address as 128 bits; IPv4 is kept IPv4-mapped (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2).
 *
 * @param high the upper 64 bits
 * @param low the lower 64 bits
 */
public record IpAddress(long high, long low) implements Comparable<IpAddress> {
    private static final long MAPPED = 0xFFFF_0000_0000L;

    /** The IPv4 address whose 32 bits are {@code bits}. */
    public static IpAddress ofIpv4(final int bits) {
        return new IpAddress(0, mappedLow(bits));
    }

    /** The lower 64 bits under which an IPv4 address is kept; for code that must not make an object. */
    public static long mappedLow(final int bits) {
        return MAPPED | (bits & 0xFFFF_FFFFL);
    }

    /**
     * Reads a numeric address; names are never looked up. Leading zeros of an IPv4 octet are refused, because some read
     * them as octal (RFC 6943 section 3.1.1).
     *
     * @throws IllegalArgumentException if the text is not a numeric IPv4 or IPv6 address
     */
    public static IpAddress parse(final String text) {
        final boolean six = text.indexOf(':') >= 0;
        if (!text.matches(six ? "[0-9A-Fa-f:][0-9A-Fa-f:.]{1,44}" : "(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}")) {
            throw new IllegalArgumentException("not an IP address: " + text);
        }
        try {
            return of(InetAddress.ofLiteral(text).getAddress());
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("not an IP address: " + text, e);
        }
    }

    /** The address in {@code octets}, 4 or 16 of them. */
    public static IpAddress of(final byte[] octets) {
        if (octets.length == 4) {
            int bits = 0;
            for (final byte octet : octets) {
                bits = (bits << 8) | (octet & 0xFF);
            }
            return ofIpv4(bits);
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < 8; i++) {
            high = (high << 8) | (octets[i] & 0xFF);
            low = (low << 8) | (octets[i + 8] & 0xFF);
        }
        return new IpAddress(high, low);
    }

    /** True if this is an IPv4 address. */
    public boolean isIpv4() {
        return high == 0 && (low >>> 32) == 0xFFFF;
    }

    /** The 32 bits of an IPv4 address. */
    public int ipv4() {
        return (int) low;
    }

    /** The octets, 4 or 16. */
    public byte[] octets() {
        final byte[] octets = new byte[isIpv4() ? 4 : 16];
        for (int i = 0; i < octets.length; i++) {
            final int fromEnd = octets.length - 1 - i;
            octets[i] = (byte) (fromEnd < 8 ? low >>> (8 * fromEnd) : high >>> (8 * (fromEnd - 8)));
        }
        return octets;
    }

    @Override
    public int compareTo(final IpAddress other) {
        final int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** RFC 5952 text for IPv6, dotted decimal for IPv4. */
    @Override
    public String toString() {
        if (isIpv4()) {
            return ((low >>> 24) & 0xFF) + "." + ((low >>> 16) & 0xFF) + "." + ((low >>> 8) & 0xFF) + "."
                    + (low & 0xFF);
        }
        final int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (int) ((i < 4 ? high : low) >>> (48 - 16 * (i & 3))) & 0xFFFF;
        }
        return compress(groups);
    }

    private static String compress(final int[] groups) {
        int start = -1;
        int length = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > length) {
                start = i;
                length = end - i;
            }
        }
        final StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == start) {
                text.append("::");
                i += length - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}
