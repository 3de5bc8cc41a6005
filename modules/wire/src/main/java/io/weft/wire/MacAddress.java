// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

/** 48-bit MAC addresses as the low bits of a {@code long}; text only at the edges. */
public final class MacAddress {
    /** ff:ff:ff:ff:ff:ff. */
    public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private static final long GROUP_BIT = 1L << 40;
    private static final long RESERVED_PREFIX = 0x0180_C200_0000L;

    private MacAddress() {}

    /** True for multicast and broadcast (I/G bit set, IEEE 802-2014 section 8.2). */
    public static boolean isGroup(final long mac) {
        return (mac & GROUP_BIT) != 0;
    }

    /** True for 01:80:C2:00:00:00 to 0F, which a bridge never forwards (IEEE 802.1Q-2018 table 8-1). */
    public static boolean isReserved(final long mac) {
        return (mac & ~0xFL) == RESERVED_PREFIX;
    }

    /** True for an address that may be a source: not zero and not a group. */
    public static boolean isUnicastSource(final long mac) {
        return mac != 0 && (mac & GROUP_BIT) == 0;
    }

    /**
     * Reads {@code aa:bb:cc:dd:ee:ff}.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static long parse(final String text) {
        final String[] parts = text.split(":", -1);
        if (parts.length != 6) {
            throw new IllegalArgumentException("not a MAC address: " + text);
        }
        long mac = 0;
        for (final String part : parts) {
            if (!part.matches("[0-9A-Fa-f]{2}")) {
                throw new IllegalArgumentException("not a MAC address: " + text);
            }
            mac = (mac << 8) | Integer.parseInt(part, 16);
        }
        return mac;
    }

    /** Lower case, colon separated, as iproute2 prints it. */
    public static String format(final long mac) {
        final StringBuilder text = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            final int octet = (int) (mac >>> shift) & 0xFF;
            text.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 0xF, 16));
            if (shift > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }
}
