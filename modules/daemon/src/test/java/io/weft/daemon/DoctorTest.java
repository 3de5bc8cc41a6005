// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorTest {
    /** A machine that has nothing, or everything. */
    private static final class Machine extends Doctor.Machine {
        private final boolean has;

        Machine(final boolean has) {
            this.has = has;
        }

        @Override
        int javaFeature() {
            return has ? 25 : 17;
        }

        @Override
        boolean capability(final int bit) {
            return has;
        }

        @Override
        boolean opens(final Path device) {
            return has;
        }

        @Override
        boolean exists(final Path path) {
            return has;
        }

        @Override
        String kernelRelease() {
            return has ? "6.18.44-x" : "2.4.37";
        }

        @Override
        long number(final Path file) {
            return has ? 8 << 20 : 212_992;
        }

        @Override
        boolean hasTool(final String name) {
            return has;
        }
    }

    @Test
    void shouldFindNothingMissingOnAMachineThatHasEverything() {
        assertThat(Doctor.examine(new Machine(true))).allMatch(Doctor.Finding::ok);
    }

    @Test
    void shouldSayWhatToGrantOrInstallForEverythingMissing() {
        final List<Doctor.Finding> findings = Doctor.examine(new Machine(false));
        assertThat(findings).noneMatch(Doctor.Finding::ok);
        assertThat(findings)
                .filteredOn(Doctor.Finding::required)
                .extracting(Doctor.Finding::what)
                .containsExactly("java", "CAP_NET_ADMIN", "/dev/net/tun");
        assertThat(findings)
                .extracting(Doctor.Finding::detail)
                .allMatch(detail -> detail.matches(".*(install|run as root|modprobe|sysctl -w|a kernel of).*"));
    }

    @Test
    void shouldCompareKernelReleases() {
        assertThat(Doctor.isAtLeast("6.2.0", 6, 2)).isTrue();
        assertThat(Doctor.isAtLeast("6.1.0-13-amd64", 6, 2)).isFalse();
        assertThat(Doctor.isAtLeast("10.0", 6, 2)).isTrue();
        assertThat(Doctor.isAtLeast("", 1, 0)).isFalse();
        assertThat(Doctor.isAtLeast("x.y", 1, 0)).isFalse();
    }
}
