// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.wire.Bytes;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * An IPFIX message (RFC 7011 section 3): header, and sets, each of one template. At most {@value #MAX_LENGTH} octets, which with
 * the headers below fit the path of any Ethernet, also in a tunnel.
 *
 * <pre>
 *  0 version 10   2 length   4 export time   8 sequence number   12 observation domain   16 sets
 * </pre>
 */
final class IpfixMessage {
    /** Octets. */
    static final int MAX_LENGTH = 1400;

    private static final int VERSION = 10;
    private static final int HEADER_LENGTH = 16;
    private static final int SET_HEADER_LENGTH = 4;
    private static final int TEMPLATE_SET = 2;

    private final byte[] octets = new byte[MAX_LENGTH];
    private final UnsafeBuffer buffer = new UnsafeBuffer(octets);
    private final int domain;
    private int length = HEADER_LENGTH;
    private int set;
    private int setId;
    private int records;

    /** Messages of an observation domain, the 32 bits of {@code domain}. */
    IpfixMessage(final int domain) {
        this.domain = domain;
    }

    /** Nothing but a header. */
    void clear() {
        length = HEADER_LENGTH;
        setId = 0;
        records = 0;
    }

    /** Adds all templates to an empty message. */
    void addTemplates() {
        openSet(TEMPLATE_SET);
        for (final IpfixTemplate template : IpfixTemplate.ALL) {
            length += template.putTemplate(buffer, length);
        }
        closeSet();
    }

    /** Adds a data record; false if there is no room. */
    boolean add(final IpfixRecord record) {
        final IpfixTemplate template = IpfixTemplate.of(record);
        final boolean open = setId == template.id();
        if (length + template.recordLength() + (open ? 0 : SET_HEADER_LENGTH) > MAX_LENGTH) {
            return false;
        }
        if (!open) {
            openSet(template.id());
        }
        length += template.putRecord(buffer, length, record);
        closeSet();
        records++;
        return true;
    }

    private void openSet(final int id) {
        set = length;
        setId = id;
        Bytes.putU16(buffer, set, id);
        length += SET_HEADER_LENGTH;
    }

    /** The set ends here so far. */
    private void closeSet() {
        Bytes.putU16(buffer, set + 2, length - set);
    }

    /**
     * Writes the header.
     *
     * @param exportSeconds since 1970
     * @param sequence data records in all messages before this one, modulo 2^32
     */
    void seal(final long exportSeconds, final int sequence) {
        Bytes.putU16(buffer, 0, VERSION);
        Bytes.putU16(buffer, 2, length);
        Bytes.putI32(buffer, 4, (int) exportSeconds);
        Bytes.putI32(buffer, 8, sequence);
        Bytes.putI32(buffer, 12, domain);
    }

    /** Data records in it. */
    int records() {
        return records;
    }

    /** The array that begins with the message. */
    byte[] octets() {
        return octets;
    }

    int length() {
        return length;
    }
}
