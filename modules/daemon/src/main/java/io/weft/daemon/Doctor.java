// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks for what Weft needs, and only looks: kernel features are told from the kernel's release, so that nothing is made
 * on the machine to try them.
 */
final class Doctor {
    private static final int JAVA = 25;
    private static final long SOCKET_BUFFER = 8 << 20;

    private Doctor() {}

    /**
     * One line of the examination.
     *
     * @param required false: something works less well, or a part of the program isn't there
     * @param detail what was found, or what to grant or install
     */
    record Finding(boolean ok, boolean required, String what, String detail) {
        String state() {
            return ok ? "ok" : "missing";
        }
    }

    /** What is asked of the machine; tests put another in its place. */
    static class Machine {
        int javaFeature() {
            return Runtime.version().feature();
        }

        String javaVersion() {
            return Runtime.version().toString();
        }

        boolean capability(final int bit) {
            return Preflight.hasCapability(bit);
        }

        boolean opens(final Path device) {
            return Files.isReadable(device) && Files.isWritable(device);
        }

        boolean exists(final Path path) {
            return Files.exists(path);
        }

        String kernelRelease() {
            return System.getProperty("os.version", "");
        }

        /** First word of a file as a number; -1 if there is none. */
        long number(final Path file) {
            // One read: a sysctl gives nothing from the second on, however little the first one asked for.
            try (InputStream in = Files.newInputStream(file)) {
                final byte[] octets = new byte[64];
                final int length = Math.max(0, in.read(octets));
                return Long.parseLong(new String(octets, 0, length, StandardCharsets.US_ASCII).strip());
            } catch (final IOException | NumberFormatException e) {
                return -1;
            }
        }

        boolean hasTool(final String name) {
            final String path = System.getenv("PATH");
            for (final String directory : (path == null ? "" : path).split(File.pathSeparator, -1)) {
                if (Files.isExecutable(Path.of(directory.isEmpty() ? "." : directory, name))) {
                    return true;
                }
            }
            return Files.isExecutable(Path.of("/usr/sbin", name)) || Files.isExecutable(Path.of("/sbin", name));
        }
    }

    static List<Finding> examine(final Machine machine) {
        final List<Finding> findings = new ArrayList<>();
        findings.add(new Finding(
                machine.javaFeature() >= JAVA,
                true,
                "java",
                machine.javaFeature() >= JAVA
                        ? machine.javaVersion()
                        : "install JDK " + JAVA + ", this is " + machine.javaVersion()));
        rights(machine, findings);
        kernel(machine, findings);
        buffers(machine, findings);
        tools(machine, findings);
        return findings;
    }

    private static void rights(final Machine machine, final List<Finding> findings) {
        final boolean admin = machine.capability(Preflight.CAP_NET_ADMIN);
        findings.add(new Finding(
                admin, true, "CAP_NET_ADMIN", admin ? "granted" : "run as root, or grant it: to make TAP interfaces"));
        final boolean system = machine.capability(Preflight.CAP_SYS_ADMIN);
        findings.add(new Finding(
                system,
                false,
                "CAP_SYS_ADMIN",
                system ? "granted" : "run as root for ports with netns and for labs; pods that attach need none"));
        final boolean tun = machine.opens(Preflight.TUN);
        findings.add(new Finding(
                tun,
                true,
                Preflight.TUN.toString(),
                tun ? "may be opened" : "modprobe tun, or --device " + Preflight.TUN + " for a container"));
    }

    private static void kernel(final Machine machine, final List<Finding> findings) {
        kernel(machine, findings, "UDP_SEGMENT", 4, 18, "tunnels send one packet a call");
        kernel(machine, findings, "UDP_GRO", 5, 0, "tunnels receive one packet a call");
        kernel(machine, findings, "tun-tso", 2, 6, "TAP ports carry no super-frames");
        kernel(machine, findings, "tun-uso", 6, 2, "TAP ports carry no UDP super-frames");
    }

    private static void kernel(
            final Machine machine,
            final List<Finding> findings,
            final String what,
            final int major,
            final int minor,
            final String without) {
        final boolean ok = isAtLeast(machine.kernelRelease(), major, minor);
        final String detail = "kernel " + machine.kernelRelease();
        findings.add(new Finding(
                ok,
                false,
                what,
                ok ? detail : "a kernel of " + major + "." + minor + " or later; without, " + without));
    }

    static boolean isAtLeast(final String release, final int major, final int minor) {
        final String[] parts = release.split("[^0-9]+", 3);
        if (parts.length < 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
            return false;
        }
        final int first = Integer.parseInt(parts[0]);
        return first > major || (first == major && Integer.parseInt(parts[1]) >= minor);
    }

    /** With CAP_NET_ADMIN the limits don't bind (SO_RCVBUFFORCE, socket(7)). */
    private static void buffers(final Machine machine, final List<Finding> findings) {
        for (final String name : List.of("rmem_max", "wmem_max")) {
            final long limit = machine.number(Path.of("/proc/sys/net/core", name));
            final boolean enough = limit >= SOCKET_BUFFER;
            final boolean ok = enough || machine.capability(Preflight.CAP_NET_ADMIN);
            findings.add(new Finding(
                    ok,
                    false,
                    name,
                    ok
                            ? limit + (enough ? "" : ", passed over with CAP_NET_ADMIN")
                            : "sysctl -w net.core." + name + "=" + SOCKET_BUFFER + ", now " + limit));
        }
    }

    private static void tools(final Machine machine, final List<Finding> findings) {
        tool(machine, findings, "ip", "iproute2", "labs");
        tool(machine, findings, "ping", "iputils-ping", "labs");
        tool(machine, findings, "iperf3", "iperf3", "the demo and benchmarks");
        tool(machine, findings, "ethtool", "ethtool", "benchmarks");
        tool(machine, findings, "tshark", "tshark", "tests of captures");
        tool(machine, findings, "docker", "docker.io", "labs on Docker");
        final boolean pcap = machine.exists(Path.of("/usr/lib/x86_64-linux-gnu/libpcap.so.0.8"))
                || machine.exists(Path.of("/usr/lib/aarch64-linux-gnu/libpcap.so.0.8"))
                || machine.exists(Path.of("/usr/lib64/libpcap.so.1"));
        findings.add(new Finding(
                pcap, false, "libpcap", pcap ? "found" : "apt install libpcap0.8: for capture filters and replay"));
    }

    private static void tool(
            final Machine machine,
            final List<Finding> findings,
            final String name,
            final String debianPackage,
            final String purpose) {
        final boolean found = machine.hasTool(name);
        findings.add(
                new Finding(found, false, name, found ? "found" : "apt install " + debianPackage + ": for " + purpose));
    }
}
