// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ControlTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path base;

    private RunDirectory directory = new RunDirectory(Path.of("/"));

    @BeforeEach
    void createDirectory() throws IOException {
        directory = new RunDirectory(base.resolve("weft"));
        directory.create();
    }

    @Test
    void shouldCarryWordsFlagsOutputErrorsAndExitCode() throws IOException {
        final String odd = "a \"b\" \\ \n\u0001 ü \uD83D\uDE00";
        try (ControlServer server = ControlServer.open(directory.socket("n1"), (request, reply) -> {
            reply.line("args " + request.args() + " json " + request.json() + " statistics " + request.statistics());
            reply.error("Error: no");
            reply.line("end");
            return 2;
        })) {
            assertThat(server).isNotNull();
            assertThat(run("n1", List.of("fdb", odd), true, false)).isEqualTo(2);
        }
        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo("args [fdb, " + odd + "] json true statistics false\nend\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("Error: no\n");
    }

    @Test
    void shouldSendWhatIsLeftToAClientThatAsksForTheEnd() throws IOException {
        final CountDownLatch running = new CountDownLatch(1);
        try (ControlServer server = ControlServer.open(directory.socket("n1"), (request, reply) -> {
                    reply.line("begin");
                    reply.flush();
                    running.countDown();
                    try {
                        new CountDownLatch(1).await();
                        return 9;
                    } catch (final InterruptedException e) {
                        Thread.currentThread().interrupt();
                        reply.line("end");
                        return 7;
                    }
                });
                SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(directory.socket("n1")))) {
            assertThat(server).isNotNull();
            ControlProtocol.writeRequest(client, new ControlProtocol.Request(List.of("x"), false, false));
            assertThat(ControlProtocol.readReply(client)).contains(ControlProtocol.STDOUT);
            client.shutdownOutput();
            assertThat(new String(ControlProtocol.readReply(client), 1, 4, StandardCharsets.UTF_8))
                    .isEqualTo("end\n");
            assertThat(ControlProtocol.readReply(client)).containsExactly(ControlProtocol.EXIT, 7);
        }
    }

    @Test
    void shouldEndWithSuccessWhatEndsBecauseItsClientAsked() throws IOException {
        try (ControlServer server = ControlServer.open(directory.socket("n1"), (request, reply) -> {
                    new CountDownLatch(1).await();
                    return 9;
                });
                SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(directory.socket("n1")))) {
            assertThat(server).isNotNull();
            ControlProtocol.writeRequest(client, new ControlProtocol.Request(List.of("x"), false, false));
            client.shutdownOutput();
            assertThat(ControlProtocol.readReply(client)).containsExactly(ControlProtocol.EXIT, 0);
        }
    }

    @Test
    void shouldCarryOutputLongerThanAFrame() throws IOException {
        final byte[] octets = new byte[300_000];
        new Random(1).nextBytes(octets);
        try (ControlServer server = ControlServer.open(directory.socket("n1"), (request, reply) -> {
            reply.write(octets, 0, octets.length);
            return 0;
        })) {
            assertThat(server).isNotNull();
            assertThat(run("n1", List.of("capture"), false, false)).isZero();
        }
        assertThat(out.toByteArray()).isEqualTo(octets);
    }

    @Test
    void shouldEndTheCommandOfAClientThatVanishes() throws Exception {
        final CountDownLatch running = new CountDownLatch(1);
        final CountDownLatch ended = new CountDownLatch(1);
        try (ControlServer server = ControlServer.open(directory.socket("n1"), (request, reply) -> {
            running.countDown();
            try {
                new CountDownLatch(1).await();
            } finally {
                ended.countDown();
            }
            return 0;
        })) {
            assertThat(server).isNotNull();
            try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(directory.socket("n1")))) {
                ControlProtocol.writeRequest(
                        client, new ControlProtocol.Request(List.of("port", "monitor"), false, false));
                running.await();
                assertThat(ended.getCount()).isOne();
            }
            ended.await();
        }
    }

    @Test
    void shouldTellAFaultOfTheProgramFromTheEndOfTheNode() throws IOException {
        final Logger log = (Logger) LoggerFactory.getLogger(ControlServer.class);
        final ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        log.addAppender(logged);
        log.setAdditive(false);
        try (ControlServer server = ControlServer.open(directory.socket("n1"), (request, reply) -> {
            reply.line("begun");
            throw new IllegalStateException("no\nsuch thing");
        })) {
            assertThat(server).isNotNull();
            assertThat(run("n1", List.of("port", "show"), false, false)).isEqualTo(2);
        } finally {
            log.setAdditive(true);
            log.detachAppender(logged);
        }
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("begun\n");
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("Error: internal error: java.lang.IllegalStateException: no such thing\n");
        assertThat(logged.list).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.ERROR);
            assertThat(event.getFormattedMessage()).isEqualTo("command [port, show] failed");
            assertThat(event.getThrowableProxy().getMessage()).isEqualTo("no\nsuch thing");
        });
    }

    @Test
    void shouldTellClientsWhenTheNodeEnds() throws Exception {
        final CountDownLatch running = new CountDownLatch(1);
        final ControlServer server = ControlServer.open(directory.socket("n1"), (request, reply) -> {
            running.countDown();
            new CountDownLatch(1).await();
            return 0;
        });
        final Thread closer = Thread.ofVirtual().start(() -> {
            try {
                running.await();
                server.close();
            } catch (final IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(run("n1", List.of("port", "monitor"), false, false)).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("Error: node n1 went away\n");
        closer.join();
        assertThat(directory.socket("n1")).doesNotExist();
    }

    @Test
    void shouldSeeWhichNodesRunAndReplaceWhatADeadOneLeft() throws IOException {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(directory.socket("n1")));
        }
        assertThat(directory.socket("n1")).exists();
        assertThat(directory.running()).isEmpty();
        assertThat(run("n1", List.of("node"), false, false)).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("Error: node n1 can't be asked: it does not run\n");
        try (ControlServer one = ControlServer.open(directory.socket("n1"), (request, reply) -> 0);
                ControlServer two = ControlServer.open(directory.socket("n2"), (request, reply) -> 0)) {
            assertThat(List.of(one, two)).hasSize(2);
            assertThat(directory.running()).containsExactly("n1", "n2");
            assertThat(run("n1", List.of("node"), false, false)).isZero();
        }
        assertThat(directory.running()).isEmpty();
    }

    @Test
    void shouldKeepDirectoryAndSocketToTheirOwner() throws IOException {
        try (ControlServer server = ControlServer.open(directory.socket("n1"), (request, reply) -> 0)) {
            assertThat(server).isNotNull();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.socket("n1"))))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.base())))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void shouldOutliveRequestsThatAreNone() throws Exception {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        try (ControlServer server = ControlServer.open(directory.socket("n1"), (request, reply) -> 0)) {
            assertThat(server).isNotNull();
            for (int run = 0; run < 200; run++) {
                final byte[] octets = new byte[random.nextInt(64)];
                random.nextBytes(octets);
                if (octets.length > 4 && random.nextBoolean()) {
                    octets[0] = 0;
                    octets[1] = 0;
                    octets[2] = 0;
                    octets[3] = (byte) (octets.length - 4);
                }
                try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(directory.socket("n1")))) {
                    client.write(ByteBuffer.wrap(octets));
                }
            }
            await().untilAsserted(() -> assertThat(run("n1", List.of("node"), false, false))
                    .as("seed %d", seed)
                    .isZero());
        }
    }

    @Test
    void shouldCarryASuperFrameInHexadecimalHoweverItIsWritten() throws IOException {
        final List<String> words = new ArrayList<>(Collections.nCopies(65_535, "ff"));
        words.addAll(0, List.of("trace", "packet", "a"));
        final ByteArrayOutputStream octets = new ByteArrayOutputStream();
        ControlProtocol.writeRequest(Channels.newChannel(octets), new ControlProtocol.Request(words, false, false));
        final ControlProtocol.Request request =
                ControlProtocol.readRequest(Channels.newChannel(new ByteArrayInputStream(octets.toByteArray())));
        assertThat(request.args()).isEqualTo(words);
        assertThatThrownBy(() -> ControlProtocol.writeRequest(
                        Channels.newChannel(octets),
                        new ControlProtocol.Request(List.of("a".repeat(1 << 19)), false, false)))
                .isInstanceOf(IOException.class)
                .hasMessage("the command is longer than 524288 octets");
    }

    @Test
    void shouldRefuseLengthsOutOfRange() {
        for (final byte[] request : List.of(new byte[] {0, 8, 0, 1}, new byte[] {-1, 0, 0, 0})) {
            assertThatThrownBy(
                            () -> ControlProtocol.readRequest(Channels.newChannel(new ByteArrayInputStream(request))))
                    .isInstanceOf(IOException.class)
                    .hasMessage("request length out of range");
        }
        for (final byte[] reply :
                List.of(new byte[] {1, 0, 1, 0, 1}, new byte[] {4, 0, 0, 0, 0}, new byte[] {3, 0, 0, 0, 2, 0, 0})) {
            assertThatThrownBy(() -> ControlProtocol.readReply(Channels.newChannel(new ByteArrayInputStream(reply))))
                    .isInstanceOf(IOException.class)
                    .hasMessage("reply out of range");
        }
    }

    private int run(final String node, final List<String> args, final boolean json, final boolean statistics)
            throws IOException {
        return new ControlClient(directory).run(node, args, json, statistics, out, err);
    }
}
