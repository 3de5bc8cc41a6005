// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A node with memory ports, and whole commands to it: no rights needed. */
abstract class CommandFixture {
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private final String file;

    @TempDir
    Path base;

    RunDirectory directory = new RunDirectory(Path.of("/"));
    Node node;

    @BeforeEach
    void start() throws Exception {
        directory = new RunDirectory(base.resolve("weft"));
        node = Node.start(NodeConfig.parse("n1.yaml", file), directory);
    }

    @AfterEach
    void end() {
        node.close();
    }

    CommandFixture(final String file) {
        this.file = file;
    }

    void port(final String name, final String network, final byte[]... frames) throws Exception {
        final MemoryQueue in = new MemoryQueue(16);
        for (final byte[] frame : frames) {
            in.offer(frame);
        }
        node.dataplane().addPort(name, network, (index, pool) -> new MemoryPort(index, name, pool, in, null));
    }

    JsonNode json(final String... args) {
        final String[] all = new String[args.length + 1];
        all[0] = "-j";
        System.arraycopy(args, 0, all, 1, args.length);
        return JsonMapper.shared().readTree(weft(0, all));
    }

    String weft(final int code, final String... args) {
        out.reset();
        final int given = Main.run(directory, new PrintStream(out, true), new PrintStream(err, true), args);
        assertThat(given).as(() -> err.toString(StandardCharsets.UTF_8)).isEqualTo(code);
        return out.toString(StandardCharsets.UTF_8);
    }

    String error(final int code, final String... args) {
        err.reset();
        assertThat(weft(code, args)).isEmpty();
        return err.toString(StandardCharsets.UTF_8);
    }
}
