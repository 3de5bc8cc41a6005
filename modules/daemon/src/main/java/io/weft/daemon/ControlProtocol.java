// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What goes over the control socket. Numbers are big endian; every length is checked before it is used.
 *
 * <pre>
 * request, once    length (u32, at most 512 KiB), JSON: {"args": ["fdb", "show"], "json": true, "statistics": false}
 *                  then nothing; a client that closes its half of the socket asks for the command to end
 * reply, many      type (u8: 1 stdout, 2 stderr, 3 exit), length (u32, at most 64 KiB), octets; exit: one octet, the last
 * </pre>
 */
final class ControlProtocol {
    static final int STDOUT = 1;
    static final int STDERR = 2;
    static final int EXIT = 3;

    static final int MAX_LENGTH = 1 << 16;
    static final int REPLY_HEADER_LENGTH = 5;

    /** Holds a super-frame for {@code trace packet}, each octet a word of its own. */
    private static final int MAX_REQUEST_LENGTH = 1 << 19;

    private ControlProtocol() {}

    /** A command as the client got it: the words from the object on, and the flags that stood before. */
    record Request(List<String> args, boolean json, boolean statistics) {
        Request {
            args = List.copyOf(args);
        }
    }

    static void writeRequest(final WritableByteChannel channel, final Request request) throws IOException {
        // Written by hand: a command line of a few milliseconds has no time to load a JSON library.
        final StringBuilder text = new StringBuilder("{\"args\":[");
        for (int i = 0; i < request.args().size(); i++) {
            text.append(i == 0 ? "\"" : ",\"");
            escape(text, request.args().get(i));
            text.append('"');
        }
        text.append("],\"json\":").append(request.json());
        text.append(",\"statistics\":").append(request.statistics()).append('}');
        final byte[] octets = text.toString().getBytes(StandardCharsets.UTF_8);
        if (octets.length > MAX_REQUEST_LENGTH) {
            throw new IOException("the command is longer than " + MAX_REQUEST_LENGTH + " octets");
        }
        final ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES + octets.length);
        writeFully(channel, buffer.putInt(octets.length).put(octets).flip());
    }

    static Request readRequest(final ReadableByteChannel channel) throws IOException {
        final int length = readFully(channel, Integer.BYTES).getInt();
        if (length < 0 || length > MAX_REQUEST_LENGTH) {
            throw new IOException("request length out of range");
        }
        try {
            final JsonNode root =
                    JsonMapper.shared().readTree(readFully(channel, length).array());
            final JsonNode words = root.path("args");
            if (!words.isArray()) {
                throw new IOException("request without args");
            }
            final List<String> args = new ArrayList<>();
            for (final JsonNode word : words) {
                args.add(word.asString(""));
            }
            return new Request(
                    args,
                    root.path("json").asBoolean(false),
                    root.path("statistics").asBoolean(false));
        } catch (final JacksonException e) {
            throw new IOException("request is not JSON", e);
        }
    }

    static void writeReply(
            final WritableByteChannel channel, final int type, final byte[] octets, final int offset, final int length)
            throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(REPLY_HEADER_LENGTH + length);
        writeFully(
                channel,
                buffer.put((byte) type)
                        .putInt(length)
                        .put(octets, offset, length)
                        .flip());
    }

    /** The next reply: its type stands in {@code [0]}, the octets follow. */
    static byte[] readReply(final ReadableByteChannel channel) throws IOException {
        final ByteBuffer header = readFully(channel, REPLY_HEADER_LENGTH);
        final byte type = header.get();
        final int length = header.getInt();
        if (length < 0 || length > MAX_LENGTH || type < STDOUT || type > EXIT || (type == EXIT && length != 1)) {
            throw new IOException("reply out of range");
        }
        final byte[] reply = new byte[1 + length];
        reply[0] = type;
        readFully(channel, length).get(reply, 1, length);
        return reply;
    }

    private static ByteBuffer readFully(final ReadableByteChannel channel, final int length) throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the other side closed the socket");
            }
        }
        return buffer.flip();
    }

    private static void writeFully(final WritableByteChannel channel, final ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static void escape(final StringBuilder text, final String word) {
        for (int i = 0; i < word.length(); i++) {
            final char c = word.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ') {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
    }
}
