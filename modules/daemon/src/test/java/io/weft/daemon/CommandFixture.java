// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.dataplane.PortOpener;
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
    /** The start of a node file: two networks with a router; more may follow. */
    static final String ROUTED = """
            node: n1
            networks:
              - name: blue
                vni: 100
                subnet: [10.100.0.0/24, "fd00:100::/64"]
                gateway: [10.100.0.254, "fd00:100::fe"]
              - {name: red, vni: 200, subnet: 10.200.0.0/24, gateway: 10.200.0.254}
            """;

    static final String MAC_A = "02:00:00:00:00:0a";
    static final String MAC_B = "02:00:00:00:00:0b";

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
        node = Node.start(NodeConfig.parse(base.resolve("n1.yaml").toString(), file), directory);
    }

    @AfterEach
    void end() {
        node.close();
    }

    CommandFixture(final String file) {
        this.file = file;
    }

    void port(final String name, final String network, final byte[]... frames) throws Exception {
        node.dataplane().addPort(name, network, opener(name, queue(frames)));
    }

    static PortOpener opener(final String name, final MemoryQueue in) {
        return (index, pool) -> new MemoryPort(index, name, pool, in, null);
    }

    static MemoryQueue queue(final byte[]... frames) {
        final MemoryQueue queue = new MemoryQueue(64);
        for (final byte[] frame : frames) {
            assertThat(queue.offer(frame)).isTrue();
        }
        return queue;
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
