// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One message of the attach socket ({@code RUN/attach/NODE.sock}, SOCK_SEQPACKET), by which a process in a pod's network namespace
 * hands the pod's TAP to the node. UTF-8 text: a line that says what it is, then lines of key and value, each ended by a
 * newline. Text and not JSON, so that the process that stays in the pod needs no library for it.
 *
 * <pre>
 * pod   hello       version 1, port NAME
 * node  settings    ifname, mac, mtu, gso_max_size, offloads, queues, address..., route...   the interface that the pod makes
 * pod   interface   keep true|false; with the interface's descriptors, one a queue
 * node  up
 * node  settings    at any time after: another MTU, say
 * node  error       text, again true|false; instead of any answer, and the end
 * </pre>
 *
 * The end of the connection ends the attachment and closes the node's descriptors, unless {@code keep} is true.
 */
record AttachMessage(String kind, Map<String, List<String>> values) {
    static final String VERSION = "1";

    static final String HELLO = "hello";
    static final String SETTINGS = "settings";
    static final String INTERFACE = "interface";
    static final String UP = "up";
    static final String ERROR = "error";

    private static final int MAX_LINES = 256;

    AttachMessage(final String kind) {
        this(kind, new LinkedHashMap<>());
    }

    /** Adds a value; control characters in it become spaces. */
    AttachMessage with(final String key, final Object value) {
        values.computeIfAbsent(key, k -> new ArrayList<>()).add(ConfigException.oneLine(value.toString()));
        return this;
    }

    /** The only value of {@code key}. */
    String get(final String key) throws IOException {
        final List<String> found = all(key);
        if (found.size() != 1) {
            throw new IOException("message " + kind + " has " + found.size() + " values of " + key);
        }
        return found.getFirst();
    }

    List<String> all(final String key) {
        return values.getOrDefault(key, List.of());
    }

    byte[] encode() {
        final StringBuilder text = new StringBuilder(kind).append('\n');
        values.forEach((key, list) ->
                list.forEach(value -> text.append(key).append(' ').append(value).append('\n')));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Reads what the other side sent, which may be anything. */
    static AttachMessage parse(final byte[] octets) throws IOException {
        final String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets))
                    .toString();
        } catch (final CharacterCodingException e) {
            throw new IOException("a message that is not UTF-8", e);
        }
        if (!text.endsWith("\n") || text.chars().anyMatch(c -> c < ' ' && c != '\n')) {
            throw new IOException("a message that is not lines of text");
        }
        final String[] lines = text.substring(0, text.length() - 1).split("\n", -1);
        if (lines.length > MAX_LINES) {
            throw new IOException("a message of more than " + MAX_LINES + " lines");
        }
        final AttachMessage message = new AttachMessage(lines[0]);
        for (int i = 1; i < lines.length; i++) {
            final int space = lines[i].indexOf(' ');
            if (space <= 0) {
                throw new IOException("a line that is no key and value");
            }
            message.with(lines[i].substring(0, space), lines[i].substring(space + 1));
        }
        return message;
    }
}
