// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.PacketReader;
import io.weft.capture.PcapngReader;
import io.weft.capture.PcapngWriter;
import io.weft.port.PortException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code weft replay}: frames from a capture file through a node's stages, offline. Needs no rights. */
@Command(name = "replay", description = "frames from a capture file through a node's stages, offline")
final class ReplayCommand implements Callable<Integer> {
    private static final int MAGIC_LENGTH = 4;

    @ParentCommand
    private @Nullable Main main;

    @Parameters(paramLabel = "IN.pcap", description = "pcap or pcapng of Ethernet frames.")
    private @Nullable Path input;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            required = true,
            description = "The node file.")
    private @Nullable Path config;

    @Option(
            names = "-w",
            paramLabel = "OUT.pcap",
            required = true,
            description = "What the node sends, as pcapng; - is standard output.")
    private @Nullable Path output;

    @Option(names = "--port", paramLabel = "PORT", description = "Where frames come in that don't say it otherwise.")
    private @Nullable String port;

    @Override
    public Integer call() throws ConfigException, CommandException {
        if (main == null || input == null || config == null || output == null) {
            throw new CommandException("replay IN.pcap --config FILE -w OUT.pcap");
        }
        final NodeConfig node = NodeConfig.read(config);
        final Replay replay = new Replay(node, port);
        final boolean isStandard = output.toString().equals("-");
        final PrintStream out = main.out();
        try (PacketReader reader = open(input);
                OutputStream stream = isStandard ? new Unclosed(out) : create(output, input);
                PcapngWriter writer = new PcapngWriter(stream, "Weft " + Version.text())) {
            replay.output(writer);
            for (PacketReader.Packet packet = reader.next(); packet != null; packet = reader.next()) {
                replay.packet(packet);
            }
            final PrintStream report = isStandard ? main.err() : out;
            if (main.json()) {
                report.println(Row.array(replay.report()));
            } else {
                Row.lines(replay.report()).forEach(report::println);
            }
            return 0;
        } catch (final FileSystemException e) {
            throw new CommandException(
                    e.getFile() + ": " + (e.getReason() == null ? "can't be opened" : e.getReason()));
        } catch (final IOException | PortException e) {
            throw new CommandException(input + ": " + e.getMessage());
        } catch (final UncheckedIOException e) {
            throw new CommandException(output + ": " + e.getMessage());
        }
    }

    /** A capture of Weft's own says of each packet where it was taken; a classic pcap file can't, and libpcap reads it. */
    private static PacketReader open(final Path input) throws IOException, PortException {
        final InputStream file = new BufferedInputStream(Files.newInputStream(input));
        try {
            file.mark(MAGIC_LENGTH);
            final byte[] magic = file.readNBytes(MAGIC_LENGTH);
            file.reset();
            if (PcapngReader.isMagic(magic)) {
                return new PcapngReader(file);
            }
            file.close();
            return new PcapFile(input);
        } catch (final IOException | PortException e) {
            file.close();
            throw e;
        }
    }

    private static OutputStream create(final Path output, final Path input) throws IOException {
        if (Files.exists(output) && Files.isSameFile(output, input)) {
            throw new IOException("input and output are one file");
        }
        return Files.newOutputStream(output);
    }

    /** Standard output stays open for the report. */
    private static final class Unclosed extends OutputStream {
        private final OutputStream out;

        Unclosed(final OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(final int octet) throws IOException {
            out.write(octet);
        }

        @Override
        public void write(final byte[] octets, final int offset, final int length) throws IOException {
            out.write(octets, offset, length);
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }
    }
}
