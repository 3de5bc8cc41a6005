// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testkit.Seeds;
import io.weft.wire.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Thousands of random small tables, each compared with what the kernel's {@code ip route get} says. */
@Tag("netns")
class FibKernelTest {
    private static final int TABLES = 1_500;
    private static final int GATEWAYS = 6;
    private static final int PROBES = 12;
    /** What {@code ip} says for values behind the gateways', and for no route, which comes first. */
    private static final List<String> ERRORS =
            List.of("Network is unreachable", "Invalid argument", "No route to host", "Permission denied");
    /** Types of routes with the values 7, 8 and 9. */
    private static final List<String> TYPES = List.of("blackhole", "unreachable", "prohibit");

    private final String namespace = "weftfib" + ProcessHandle.current().pid();

    @TempDir
    private Path directory;

    @BeforeEach
    void makeNamespace() throws IOException {
        assertThat(run("ip", "netns", "add", namespace).errors()).isEmpty();
        final Result four = batch("-4", """
                link set lo up
                link add t0 type veth peer name u0
                link add t1 type veth peer name u1
                link set u0 up
                link set u1 up
                link set t0 up
                link set t1 up
                address add 198.18.0.1/24 dev t0
                address add 198.18.1.1/24 dev t1
                """);
        assertThat(four.errors()).isEmpty();
        final Result six = batch("-6", """
                address add fd00:18::1/64 dev t0 nodad
                address add fd00:18:0:1::1/64 dev t1 nodad
                """);
        assertThat(six.errors()).isEmpty();
    }

    @AfterEach
    void removeNamespace() throws IOException {
        assertThat(run("ip", "netns", "del", namespace).errors()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 128})
    void shouldChooseAsTheKernelDoes(final int bits) {
        Seeds.each(1, random -> {
            final StringBuilder commands = new StringBuilder();
            final List<Probe> probes = new ArrayList<>();
            int line = 0;
            for (int table = 0; table < TABLES; table++) {
                final TestFib fib = TestFib.of(bits, GracePeriod.NONE);
                final Corner corner = new Corner(bits, random);
                for (int routes = random.nextInt(5, 21); routes > 0; routes--) {
                    line += addRoute(fib, corner, random, commands) ? 1 : 0;
                }
                for (int i = 0; i < PROBES; i++) {
                    final long high = corner.high();
                    final long low = corner.low();
                    commands.append("route get ").append(text(bits, high, low)).append('\n');
                    probes.add(new Probe(++line, text(bits, high, low), fib.lookup(high, low)));
                }
                commands.append("route flush proto 99\n");
                line++;
            }
            check(bits, probes, batch(bits == 32 ? "-4" : "-6", commands.toString()));
        });
    }

    /** False if the table has this prefix already. */
    private static boolean addRoute(
            final TestFib fib, final Corner corner, final SplittableRandom random, final StringBuilder commands) {
        final int length = corner.length();
        final long high = AddressBits.prefixHigh(corner.high(), length);
        final long low = AddressBits.prefixLow(corner.low(), length);
        if (fib.get(high, low, length) != 0) {
            return false;
        }
        final int value = random.nextInt(1, GATEWAYS + TYPES.size() + 1);
        fib.put(high, low, length, value);
        final String prefix = text(fib.bits(), high, low) + "/" + length;
        commands.append("route add ");
        if (value > GATEWAYS) {
            commands.append(TYPES.get(value - GATEWAYS - 1)).append(' ').append(prefix);
        } else {
            commands.append(prefix).append(" via ").append(gateway(fib.bits(), value));
        }
        commands.append(" proto 99\n");
        return true;
    }

    /** Every route must have been taken, and each question must have the answer that our table has. */
    private static void check(final int bits, final List<Probe> probes, final Result result) {
        int answer = 0;
        int error = 0;
        final String[] errors = result.errors().split("\n", -1);
        final String[] answers = result.output().split("\n", -1);
        for (final Probe probe : probes) {
            if (probe.value >= 1 && probe.value <= GATEWAYS) {
                assertThat(answers[answer++])
                        .startsWith(probe.address + " ")
                        .contains(" via " + gateway(bits, probe.value) + " ");
            } else {
                assertThat(errors[error++])
                        .as("%s in line %d", probe.address, probe.line)
                        .endsWith(ERRORS.get(Math.max(probe.value - GATEWAYS, 0)));
                assertThat(errors[error++]).endsWith(":" + probe.line);
            }
        }
        assertThat(errors.length - 1).as("lines of errors").isEqualTo(error);
        assertThat(answers.length - 1).as("lines of answers").isEqualTo(answer);
    }

    private static String gateway(final int bits, final int value) {
        return bits == 32
                ? "198.18." + (value & 1) + "." + (value + 1)
                : (value & 1) == 0 ? "fd00:18::" + (value + 1) : "fd00:18:0:1::" + (value + 1);
    }

    private static String text(final int bits, final long high, final long low) {
        return (bits == 32 ? new IpAddress(0, 0xFFFF_0000_0000L | high >>> 32) : new IpAddress(high, low)).toString();
    }

    private Result batch(final String family, final String commands) throws IOException {
        final Path file = Files.writeString(directory.resolve("batch"), commands);
        return run("ip", family, "-o", "-n", namespace, "-force", "-batch", file.toString());
    }

    private Result run(final String... command) throws IOException {
        final Path output = directory.resolve("output");
        final Path errors = directory.resolve("errors");
        final Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (final InterruptedException e) {
            throw new IOException("interrupted", e);
        }
        return new Result(Files.readString(output), Files.readString(errors));
    }

    /** What a command wrote. */
    private record Result(String output, String errors) {}

    /** A question in a line of the batch, and our answer. */
    private record Probe(int line, String address, int value) {}

    /** Addresses in 10.0.0.0/8 or fd00:10::/32 that differ in a few bits only, and lengths that matter to these. */
    private static final class Corner {
        private final int bits;
        private final SplittableRandom random;
        private final long baseHigh;
        private final long baseLow;
        private long freeHigh;
        private long freeLow;
        private final int[] lengths = new int[6];

        Corner(final int bits, final SplittableRandom random) {
            this.bits = bits;
            this.random = random;
            final int fixed = bits == 32 ? 8 : 32;
            this.baseHigh = (bits == 32 ? 10L << 56 : 0xFD00_0010L << 32) | random.nextLong() >>> fixed;
            this.baseLow = random.nextLong();
            for (int i = 0; i < lengths.length; i++) {
                final int bit = random.nextInt(fixed, bits);
                freeHigh |= bit < 64 ? Long.MIN_VALUE >>> bit : 0;
                freeLow |= bit < 64 ? 0 : Long.MIN_VALUE >>> bit;
                lengths[i] = bit + random.nextInt(2);
            }
        }

        long high() {
            final long high = baseHigh ^ (random.nextLong() & freeHigh);
            return bits == 32 ? high & 0xFFFF_FFFF_0000_0000L : high;
        }

        long low() {
            return bits == 32 ? 0 : baseLow ^ (random.nextLong() & freeLow);
        }

        int length() {
            return random.nextInt(4) == 0 ? random.nextInt(bits + 1) : lengths[random.nextInt(lengths.length)];
        }
    }
}
