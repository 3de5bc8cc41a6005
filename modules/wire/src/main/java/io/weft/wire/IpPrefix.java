// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

/**
 * An address with a prefix length, as in {@code 10.0.0.1/24}. Host bits are kept: the same type is a subnet and an
 * interface address; {@link #network()} clears them.
 *
 * @param address the address
 * @param length 0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record IpPrefix(IpAddress address, int length) {
    /** Refuses a length that the family does not have. */
    public IpPrefix {
        if (length < 0 || length > (address.isIpv4() ? 32 : 128)) {
            throw new IllegalArgumentException("prefix length out of range: " + address + "/" + length);
        }
    }

    /**
     * Reads {@code address/length}; without a length, the whole address.
     *
     * @throws IllegalArgumentException if the text is not an address or prefix
     */
    public static IpPrefix parse(final String text) {
        final int slash = text.indexOf('/');
        final IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (slash < 0) {
            return new IpPrefix(address, address.isIpv4() ? 32 : 128);
        }
        final String length = text.substring(slash + 1);
        if (!length.matches("\\d{1,3}")) {
            throw new IllegalArgumentException("not a prefix: " + text);
        }
        return new IpPrefix(address, Integer.parseInt(length));
    }

    /** The same prefix with its host bits cleared. */
    public IpPrefix network() {
        final int bits = bits128();
        return new IpPrefix(new IpAddress(address.high() & mask(bits), address.low() & mask(bits - 64)), length);
    }

    /** True if {@code other} is of this family and lies within this prefix. */
    public boolean contains(final IpAddress other) {
        final int bits = bits128();
        return address.isIpv4() == other.isIpv4()
                && ((address.high() ^ other.high()) & mask(bits)) == 0
                && ((address.low() ^ other.low()) & mask(bits - 64)) == 0;
    }

    /** True if the two prefixes share an address. */
    public boolean overlaps(final IpPrefix other) {
        return length <= other.length ? contains(other.address) : other.contains(address);
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }

    private int bits128() {
        return address.isIpv4() ? length + 96 : length;
    }

    private static long mask(final int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1L : -1L << (64 - bits);
    }
}
