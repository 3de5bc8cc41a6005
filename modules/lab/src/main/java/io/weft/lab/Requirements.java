// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a lab needs of the machine. Asked before anything is touched; what is missing is one line that says how to get it. */
final class Requirements {
    private static final long NET_ADMIN = 1L << 12;
    private static final long SYS_ADMIN = 1L << 21;

    /** Commands that are run, and the Debian packages that have them. */
    private static final Map<String, String> TOOLS =
            Map.of("ip", "iproute2", "ping", "iputils-ping", "setsid", "util-linux");

    private Requirements() {}

    /** For making and removing namespaces. */
    static void checkRights() throws LabException {
        final long capabilities = effectiveCapabilities();
        if ((capabilities & NET_ADMIN) == 0 || (capabilities & SYS_ADMIN) == 0) {
            throw new LabException(
                    "labs need root (CAP_NET_ADMIN and CAP_SYS_ADMIN, for network namespaces)", LabException.WRONG);
        }
    }

    /** For running nodes and pods. */
    static void checkMachine() throws LabException {
        checkRights();
        for (final Map.Entry<String, String> tool : TOOLS.entrySet()) {
            checkTool(tool.getKey(), tool.getValue());
        }
        if (!Files.isWritable(Path.of("/dev/net/tun"))) {
            throw new LabException(
                    "no usable /dev/net/tun: load the kernel module tun, or give the container that device",
                    LabException.WRONG);
        }
    }

    static void checkTool(final String tool, final String debianPackage) throws LabException {
        final @Nullable String path = System.getenv("PATH");
        for (final String directory : (path == null ? "/usr/sbin:/usr/bin:/sbin:/bin" : path).split(":", -1)) {
            if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, tool))) {
                return;
            }
        }
        throw new LabException("no command " + tool + ": apt-get install " + debianPackage, LabException.WRONG);
    }

    private static long effectiveCapabilities() throws LabException {
        try {
            for (final String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("CapEff:")) {
                    return Long.parseUnsignedLong(
                            line.substring("CapEff:".length()).strip(), 16);
                }
            }
            return 0;
        } catch (final IOException e) {
            throw new LabException("/proc/self/status can't be read: " + e.getMessage(), e);
        }
    }
}
