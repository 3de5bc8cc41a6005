// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads IPFIX messages by the templates in them, by a way of its own: what the exporter's code does not see. */
final class IpfixBytes {
    private static final int TEMPLATES = 2;
    private static final int REVERSE = 0x8000;

    private IpfixBytes() {}

    /** Of a data record; times in milliseconds since 1970. */
    record Counters(long start, long end, long frames, long octets, long replyFrames, long replyOctets) {}

    /** Every data record's; the templates are those of this exporter's first message, or of what is known. */
    static List<Counters> counters(final List<byte[]> messages) {
        final Map<Integer, List<int[]>> templates = new HashMap<>();
        final IpfixMessage known = new IpfixMessage(0);
        known.addTemplates();
        known.seal(0, 0);
        final List<Counters> records = new ArrayList<>();
        read(ByteBuffer.wrap(known.octets(), 0, known.length()), templates, records);
        for (final byte[] message : messages) {
            read(ByteBuffer.wrap(message), templates, records);
        }
        return records;
    }

    private static void read(
            final ByteBuffer message, final Map<Integer, List<int[]>> templates, final List<Counters> records) {
        message.position(16);
        while (message.hasRemaining()) {
            final int end = message.position() + message.getShort(message.position() + 2);
            final int id = message.getShort();
            message.getShort();
            while (message.position() < end) {
                if (id == TEMPLATES) {
                    template(message, templates);
                } else {
                    records.add(record(message, Objects.requireNonNull(templates.get(id))));
                }
            }
        }
    }

    private static void template(final ByteBuffer message, final Map<Integer, List<int[]>> templates) {
        final List<int[]> elements = new ArrayList<>();
        final int id = message.getShort();
        for (int count = message.getShort(); count > 0; count--) {
            final int number = message.getShort() & 0xFFFF;
            elements.add(new int[] {number, message.getShort()});
            if ((number & REVERSE) != 0 && message.getInt() != 29_305) {
                throw new IllegalStateException("enterprise of element " + number);
            }
        }
        templates.put(id, elements);
    }

    private static Counters record(final ByteBuffer message, final List<int[]> elements) {
        final Map<Integer, Long> values = new HashMap<>();
        for (final int[] element : elements) {
            long value = 0;
            for (int i = 0; i < element[1]; i++) {
                value = (value << 8) | (message.get() & 0xFF);
            }
            values.put(element[0], value);
        }
        return new Counters(
                values.getOrDefault(152, -1L),
                values.getOrDefault(153, -1L),
                values.getOrDefault(2, -1L),
                values.getOrDefault(1, -1L),
                values.getOrDefault(REVERSE | 2, -1L),
                values.getOrDefault(REVERSE | 1, -1L));
    }
}
