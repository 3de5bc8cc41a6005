// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.CapturePoint;
import io.weft.capture.CaptureRequest;
import io.weft.capture.CaptureSession;
import io.weft.capture.PcapngWriter;
import io.weft.dataplane.RefusedException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code weft capture}: octets of a pcapng file to the client, until it wants no more or the count is reached. */
final class CaptureVerbs {
    private static final long WAIT_MILLIS = 60_000;
    private static final int MAX_VNI = 0xFF_FFFF;
    private static final Logger LOG = LoggerFactory.getLogger(CaptureVerbs.class);

    private CaptureVerbs() {}

    static List<Verb> verbs() {
        return List.of(new Verb(
                "",
                "-w FILE|- [--point rx|tx|tunnel-rx|tunnel-tx|drop|all,...] [--port PORT,...] [--pod POD,...]"
                        + " [--network NETWORK,...] [--vni VNI,...] [--count N] [--snaplen N] [FILTER]",
                CaptureVerbs::capture));
    }

    private static void capture(final Call call) throws CommandException, RefusedException, IOException {
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
            call.node().dataplane().captures().attach(session.rings());
            try {
                awaitEnd(session);
            } finally {
                call.node().dataplane().captures().detach(session.rings());
            }
        }
        call.reply().error(session.packets() + " packets captured, " + session.lost() + " lost");
    }

    /** The client may ask for the end before it comes by itself; then the rest is written as at any end. */
    private static void awaitEnd(final CaptureSession session) {
        try {
            boolean ended = false;
            while (!ended) {
                ended = session.awaitEnd(WAIT_MILLIS);
            }
        } catch (final InterruptedException e) {
            LOG.debug("capture ended by its client");
        }
    }

    private static CaptureRequest request(final Call call) throws CommandException, RefusedException {
        final Words words = call.words();
        int mask = 0;
        int count = 0;
        int snap = PcapngWriter.SNAP_LENGTH;
        final List<String> ports = new ArrayList<>();
        final List<String> networks = new ArrayList<>();
        final List<Integer> vnis = new ArrayList<>();
        final List<String> filter = new ArrayList<>();
        try {
            while (!words.isEmpty()) {
                final String word = words.next("word");
                switch (word) {
                    case "--point" -> mask |= CapturePoint.parseMask(value(words, word));
                    // A pod has the name of its port.
                    case "--port", "--pod" -> ports.addAll(list(words, word));
                    case "--network" -> networks.addAll(list(words, word));
                    case "--vni" -> {
                        for (final String vni : list(words, word)) {
                            vnis.add(Words.integer(word, vni, 1, MAX_VNI));
                        }
                    }
                    case "--count" -> count = Words.integer(word, value(words, word), 1, Integer.MAX_VALUE);
                    case "--snaplen" -> snap = Words.integer(word, value(words, word), 1, PcapngWriter.SNAP_LENGTH);
                    default -> {
                        if (word.startsWith("-")) {
                            throw new CommandException("unknown option '" + word + "'");
                        }
                        filter.add(word);
                    }
                }
            }
            return new CaptureRequest(
                    mask == 0 ? CapturePoint.ALL : mask,
                    call.node().dataplane().captures().select(ports, networks, vnis),
                    snap,
                    count,
                    String.join(" ", filter));
        } catch (final IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    private static String value(final Words words, final String option) throws CommandException {
        return words.next("the value of " + option);
    }

    private static List<String> list(final Words words, final String option) throws CommandException {
        return List.of(value(words, option).split(",", -1));
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
