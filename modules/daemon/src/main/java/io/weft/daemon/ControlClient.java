// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;

/**
 * The command line's end of the control socket: sends one command and relays what comes back. Where this process is told to
 * end (Ctrl-C), it asks the node to end the command and relays what is left, such as the statistics of a capture.
 * {@code scripts/weft-client} does the same without a JVM; this one is for where there is no Perl.
 */
public final class ControlClient {
    private final RunDirectory directory;

    /** A client of the nodes that have their sockets in {@code directory}. */
    public ControlClient(final RunDirectory directory) {
        this.directory = directory;
    }

    /**
     * Runs a command in a node and waits for its end. Octets go to {@code out} and {@code err} as they come and are
     * flushed.
     *
     * @param node the node's name
     * @param args object, verb and words
     * @return the exit code of the command; 1 with a line on {@code err} if the node can't be asked
     */
    public int run(
            final String node,
            final List<String> args,
            final boolean json,
            final boolean statistics,
            final OutputStream out,
            final OutputStream err)
            throws IOException {
        if (!Names.isName(node)) {
            return fail(err, "not a node name: '" + ConfigException.oneLine(node) + "'");
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(directory.socket(node)))) {
            ControlProtocol.writeRequest(channel, new ControlProtocol.Request(args, json, statistics));
            try (OrderlyEnd end = new OrderlyEnd(channel)) {
                return end.code(relay(channel, node, out, err));
            }
        } catch (final IOException | IllegalArgumentException e) {
            return fail(err, "node " + node + " can't be asked: " + reason(node, e));
        }
    }

    private static int relay(
            final SocketChannel channel, final String node, final OutputStream out, final OutputStream err)
            throws IOException {
        while (true) {
            final byte[] reply;
            try {
                reply = ControlProtocol.readReply(channel);
            } catch (final IOException e) {
                return fail(err, "node " + node + " went away");
            }
            if (reply[0] == ControlProtocol.EXIT) {
                return reply[1];
            }
            final OutputStream stream = reply[0] == ControlProtocol.STDOUT ? out : err;
            try {
                stream.write(reply, 1, reply.length - 1);
                stream.flush();
            } catch (final IOException e) {
                // Who has read enough needs no word about it.
                return "Broken pipe".equals(e.getMessage())
                        ? 1
                        : fail(err, "can't write the output: " + e.getMessage());
            }
        }
    }

    private String reason(final String node, final Exception e) {
        if (Files.notExists(directory.socket(node))) {
            return "it does not run (no " + directory.socket(node) + ")";
        }
        return directory.isRunning(node) ? String.valueOf(e.getMessage()) : "it does not run";
    }

    private static int fail(final OutputStream err, final String reason) throws IOException {
        err.write(("Error: " + reason + "\n").getBytes(StandardCharsets.UTF_8));
        err.flush();
        return 1;
    }
}
