// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.wire.Bytes;
import io.weft.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The four kinds of data records: IPv4 and IPv6, with ports or with ICMP type and code. Elements are those of the IANA
 * registry of IPFIX; reverse ones (RFC 5103) have the private enterprise number 29305.
 *
 * <p>Sent are 8-octet counters and times in milliseconds, which every collector reads. TCP flags are one octet (reduced-size
 * encoding, RFC 7011 section 6.2). The addresses and ports after NAT are those before: there is no NAT.
 */
final class IpfixTemplate {
    private static final IpfixTemplate IPV4 = new IpfixTemplate(256, false, false);
    private static final IpfixTemplate IPV4_ICMP = new IpfixTemplate(257, false, true);
    private static final IpfixTemplate IPV6 = new IpfixTemplate(258, true, false);
    private static final IpfixTemplate IPV6_ICMP = new IpfixTemplate(259, true, true);
    /** In the order of their ids. */
    static final List<IpfixTemplate> ALL = List.of(IPV4, IPV4_ICMP, IPV6, IPV6_ICMP);

    /** Octets of a template record's header, and of an element in it without and with enterprise number. */
    private static final int HEADER_LENGTH = 4;

    private static final int ELEMENT_LENGTH = 4;
    private static final int ENTERPRISE_LENGTH = 4;
    private static final int REVERSE_PEN = 29_305;
    private static final int ENTERPRISE_BIT = 0x8000;

    private final int id;
    private final List<Element> elements = new ArrayList<>();

    /** Number, octets, and where the value comes from. */
    private record Element(int number, int length, boolean reverse, Value value) {}

    /** Writes a value of the element's length. */
    private interface Value {
        void put(UnsafeBuffer buffer, int offset, IpfixRecord record);
    }

    private IpfixTemplate(final int id, final boolean six, final boolean icmp) {
        this.id = id;
        address(six ? 27 : 8, six, IpfixRecord::source);
        address(six ? 28 : 12, six, IpfixRecord::destination);
        number(4, 1, record -> record.event().protocol());
        if (icmp) {
            number(six ? 139 : 32, 2, IpfixRecord::typeAndCode);
        } else {
            number(7, 2, IpfixRecord::sourcePort);
            number(11, 2, IpfixRecord::destinationPort);
            number(6, 1, IpfixRecord::flags);
            reverse(6, 1, IpfixRecord::replyFlags);
        }
        number(152, 8, IpfixRecord::startMillis);
        number(153, 8, IpfixRecord::endMillis);
        number(2, 8, IpfixRecord::frames);
        number(1, 8, IpfixRecord::octets);
        reverse(2, 8, IpfixRecord::replyFrames);
        reverse(1, 8, IpfixRecord::replyOctets);
        number(10, 4, IpfixRecord::ingress);
        number(14, 4, IpfixRecord::egress);
        number(89, 1, IpfixRecord::forwardingStatus);
        number(136, 1, IpfixRecord::endReason);
        number(239, 1, IpfixRecord::direction);
        number(148, 8, record -> record.event().flow());
        number(234, 4, record -> record.event().network());
        number(351, 8, IpfixRecord::segment);
        address(six ? 281 : 225, six, IpfixRecord::source);
        address(six ? 282 : 226, six, IpfixRecord::destination);
        if (!icmp) {
            number(227, 2, IpfixRecord::sourcePort);
            number(228, 2, IpfixRecord::destinationPort);
        }
    }

    /** The one for the record's family and protocol. */
    static IpfixTemplate of(final IpfixRecord record) {
        final boolean icmp = Protocols.isIcmp(record.event().protocol());
        if (record.source().isIpv4()) {
            return icmp ? IPV4_ICMP : IPV4;
        }
        return icmp ? IPV6_ICMP : IPV6;
    }

    private void number(final int number, final int length, final ToLongFunction<IpfixRecord> value) {
        elements.add(new Element(number, length, false, integer(length, value)));
    }

    private void reverse(final int number, final int length, final ToLongFunction<IpfixRecord> value) {
        elements.add(new Element(number, length, true, integer(length, value)));
    }

    private static Value integer(final int length, final ToLongFunction<IpfixRecord> value) {
        return (buffer, offset, record) -> {
            final long bits = value.applyAsLong(record);
            for (int i = 0; i < length; i++) {
                Bytes.putU8(buffer, offset + i, (int) (bits >>> (8 * (length - 1 - i))));
            }
        };
    }

    private void address(final int number, final boolean six, final Function<IpfixRecord, IpAddress> value) {
        elements.add(new Element(number, six ? 16 : 4, false, (buffer, offset, record) -> {
            final IpAddress address = value.apply(record);
            if (six) {
                Bytes.putI64(buffer, offset, address.high());
                Bytes.putI64(buffer, offset + 8, address.low());
            } else {
                Bytes.putI32(buffer, offset, address.ipv4());
            }
        }));
    }

    /** Of the template, and of the sets that use it. */
    int id() {
        return id;
    }

    /** Octets of a data record. */
    int recordLength() {
        return elements.stream().mapToInt(Element::length).sum();
    }

    /** Writes a data record; octets written. */
    int putRecord(final UnsafeBuffer buffer, final int offset, final IpfixRecord record) {
        int at = offset;
        for (final Element element : elements) {
            element.value().put(buffer, at, record);
            at += element.length();
        }
        return at - offset;
    }

    /** Writes the template record (RFC 7011 section 3.4.1); octets written. */
    int putTemplate(final UnsafeBuffer buffer, final int offset) {
        Bytes.putU16(buffer, offset, id);
        Bytes.putU16(buffer, offset + 2, elements.size());
        int at = offset + HEADER_LENGTH;
        for (final Element element : elements) {
            Bytes.putU16(buffer, at, element.number() | (element.reverse() ? ENTERPRISE_BIT : 0));
            Bytes.putU16(buffer, at + 2, element.length());
            at += ELEMENT_LENGTH;
            if (element.reverse()) {
                Bytes.putI32(buffer, at, REVERSE_PEN);
                at += ENTERPRISE_LENGTH;
            }
        }
        return at - offset;
    }
}
