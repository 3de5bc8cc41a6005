// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import java.util.concurrent.TimeUnit;

/** The images of the checkout, made once in a run of tests. Needs an engine: {@code docker/engine run} has one. */
final class Images {
    private static final long LIMIT_SECONDS = 900;
    private static boolean built;

    private Images() {}

    static synchronized void build() throws Exception {
        if (built) {
            return;
        }
        final Process process = new ProcessBuilder(
                        Program.HOME.resolve("docker/build").toString(), "--quiet")
                .inheritIO()
                .start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("docker/build has not ended after " + LIMIT_SECONDS + " s");
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(
                    "docker/build failed; where no Docker engine runs: docker/engine run mvn verify, or scripts/test");
        }
        built = true;
    }
}
