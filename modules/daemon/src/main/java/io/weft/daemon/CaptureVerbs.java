// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.CapturePoint;
import io.weft.capture.CaptureRequest;
import io.weft.capture.CaptureRing;
import io.weft.capture.CaptureSession;
import io.weft.capture.PcapngWriter;
import io.weft.dataplane.PortStatus;
import io.weft.dataplane.RefusedException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** {@code weft capture}: octets of a pcapng file to the client, until it goes or the count is reached. */
final class CaptureVerbs {
    private static final long WAIT_MILLIS = 60_000;

    private CaptureVerbs() {}

    static List<Verb> verbs() {
        return List.of(new Verb(
                "",
                "-w FILE|- [--port PORT] [--point rx|tx|tunnel-rx|tunnel-tx|drop|all] [--count N] [--snaplen N] [FILTER]",
                CaptureVerbs::capture));
    }

    private static void capture(final Call call)
            throws CommandException, RefusedException, IOException, InterruptedException {
        final CaptureRequest request = request(call);
        final CaptureSession session;
        try {
            session = CaptureSession.start(
                    request,
                    call.node().dataplane().workers(),
                    call.node().captureContext(),
                    "Weft " + Version.text(),
                    stream(call.reply()),
                    () -> {});
        } catch (final IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        try (session) {
            call.node().dataplane().attachCapture(session.rings());
            try {
                boolean ended = false;
                while (!ended) {
                    ended = session.awaitEnd(WAIT_MILLIS);
                }
            } finally {
                call.node().dataplane().detachCapture(session.rings());
            }
        }
        call.reply().error(session.packets() + " packets captured, " + session.lost() + " lost");
    }

    private static CaptureRequest request(final Call call) throws CommandException, RefusedException {
        final Words words = call.words();
        int mask = CapturePoint.ALL;
        int port = CaptureRing.ANY_PORT;
        int count = 0;
        int snap = PcapngWriter.SNAP_LENGTH;
        final List<String> filter = new ArrayList<>();
        try {
            while (!words.isEmpty()) {
                final String word = words.next("word");
                switch (word) {
                    case "--point" -> mask = CapturePoint.parseMask(words.next("the value of --point"));
                    case "--port" -> port = portIndex(call.node(), words.next("the value of --port"));
                    case "--count" ->
                        count = Words.integer("--count", words.next("the value of --count"), 1, Integer.MAX_VALUE);
                    case "--snaplen" ->
                        snap = Words.integer(
                                "--snaplen", words.next("the value of --snaplen"), 1, PcapngWriter.SNAP_LENGTH);
                    default -> {
                        if (word.startsWith("-")) {
                            throw new CommandException("unknown option '" + word + "'");
                        }
                        filter.add(word);
                    }
                }
            }
            return new CaptureRequest(mask, port, snap, count, String.join(" ", filter));
        } catch (final IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    private static int portIndex(final Node node, final String name) throws RefusedException {
        for (final PortStatus port : node.dataplane().ports()) {
            if (port.name().equals(name)) {
                return port.index();
            }
        }
        throw new RefusedException("no such port: " + name);
    }

    /** The client, as the session writes to it. */
    private static OutputStream stream(final Reply reply) {
        return new OutputStream() {
            @Override
            public void write(final int octet) throws IOException {
                reply.write(new byte[] {(byte) octet}, 0, 1);
            }

            @Override
            public void write(final byte[] octets, final int offset, final int length) throws IOException {
                reply.write(octets, offset, length);
            }
        };
    }
}
