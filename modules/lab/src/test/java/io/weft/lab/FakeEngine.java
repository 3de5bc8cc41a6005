// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * As much of a Docker engine's API as extcap/weft uses. Its one container, {@code box}, is this machine: a command that is run
 * "in the container" runs here.
 */
final class FakeEngine implements AutoCloseable {
    private static final String ID = "c0ffee";

    private final ServerSocketChannel server;
    private final String node;
    private final long pid;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile List<String> command = List.of();

    /** {@code node} is what the container's label says; {@code pid} its process, 0 for one that can't be seen from here. */
    FakeEngine(final Path socket, final String node, final long pid) throws IOException {
        this.node = node;
        this.pid = pid;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(this::acceptAll);
    }

    /** The first lines of the requests so far. */
    List<String> requests() {
        return requests;
    }

    private void acceptAll() {
        try {
            while (true) {
                final SocketChannel client = server.accept();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (final IOException e) {
            // Closed.
        }
    }

    private void serve(final SocketChannel channel) {
        try (channel) {
            final InputStream in = Channels.newInputStream(channel);
            final OutputStream out = Channels.newOutputStream(channel);
            final List<String> head = head(in);
            requests.add(head.get(0));
            int length = 0;
            for (final String line : head) {
                length = line.startsWith("Content-Length: ") ? Integer.parseInt(line.substring(16)) : length;
            }
            answer(head.get(0), new String(in.readNBytes(length), StandardCharsets.UTF_8), in, out);
        } catch (final IOException e) {
            // The client has gone.
        }
    }

    private void answer(final String request, final String body, final InputStream in, final OutputStream out)
            throws IOException {
        if (request.startsWith("GET /containers/json?")) {
            json(
                    out,
                    "[{\"Id\":\"" + ID + "\",\"Names\":[\"/box\"],\"Labels\":{\"a\\u00fc\":\"}\",\"io.weft.node\":\""
                            + node
                            + "\"},\"Ports\":[]},{\"Id\":\"x\",\"Names\":[],\"Labels\":{\"io.weft.node\":\"no} name\"}}]");
        } else if (request.startsWith("GET /containers/" + ID + "/json")) {
            json(out, "{\"State\":{\"Running\":true,\"Pid\":" + pid + "}}");
        } else if (request.startsWith("POST /containers/" + ID + "/exec")) {
            command = JsonMapper.shared()
                    .readTree(body)
                    .path("Cmd")
                    .valueStream()
                    .map(JsonNode::asString)
                    .toList();
            json(out, "{\"Id\":\"e1\"}");
        } else if (request.startsWith("POST /exec/e1/start")) {
            out.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            run(in, out);
        } else {
            out.write("HTTP/1.0 404 Not Found\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void run(final InputStream in, final OutputStream out) throws IOException {
        // "weft", which is not in the path here, and its words.
        final Process process = new ProcessBuilder(
                        "env", "-u", "WEFT_RUN_DIR", Program.WEFT, command.get(1), command.get(2))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Thread.ofVirtual().start(() -> {
            try (OutputStream input = process.getOutputStream()) {
                final byte[] part = new byte[1 << 12];
                for (int length = in.read(part); length >= 0; length = in.read(part)) {
                    input.write(part, 0, length);
                    input.flush();
                }
            } catch (final IOException e) {
                process.destroy();
            }
        });
        try (InputStream output = process.getInputStream()) {
            final byte[] part = new byte[1 << 12];
            for (int length = output.read(part); length >= 0; length = output.read(part)) {
                out.write(new byte[] {1, 0, 0, 0, 0, 0, (byte) (length >> 8), (byte) length});
                out.write(part, 0, length);
            }
        } finally {
            process.destroy();
        }
    }

    private static void json(final OutputStream out, final String text) throws IOException {
        out.write(
                ("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + text).getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> head(final InputStream in) throws IOException {
        final ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            final int octet = in.read();
            if (octet < 0) {
                throw new IOException("no request");
            }
            head.write(octet);
        }
        return head.toString(StandardCharsets.US_ASCII).lines().toList();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
