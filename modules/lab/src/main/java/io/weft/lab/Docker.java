// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The docker command, and what of a lab it finds by its labels. */
final class Docker {
    /** Image of nodes. */
    static final String NODE_IMAGE = "weft";
    /** Image of pods that name none, and of plain hosts. */
    static final String POD_IMAGE = "weft-pod";

    /** Containers and networks of a lab carry it, with the lab's name. */
    static final String LAB_LABEL = "io.weft.lab";
    /** A weft node's container carries it, with the node's name; by it Wireshark's list finds the node. */
    static final String NODE_LABEL = "io.weft.node";

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Docker() {}

    /** Runs it; a failure throws with what it said, in one line. */
    static String run(final List<String> words) throws LabException {
        final Shell.Result result = tryRun(words);
        if (!result.ok()) {
            throw new LabException("docker: " + reason(result.output()));
        }
        return result.output();
    }

    static String run(final String... words) throws LabException {
        return run(List.of(words));
    }

    private static Shell.Result tryRun(final List<String> words) throws LabException {
        final List<String> command = new ArrayList<>(List.of("docker"));
        command.addAll(words);
        return Shell.tryRun(LIMIT, command.toArray(String[]::new));
    }

    /** Refuses when no engine answers, or when it has not got the images. */
    static void check() throws LabException {
        Requirements.checkTool("docker", "docker.io");
        final Shell.Result version = tryRun(List.of("version", "--format", "{{.Server.Version}}"));
        if (!version.ok()) {
            throw new LabException("no Docker engine: " + reason(version.output()), LabException.WRONG);
        }
    }

    static void checkImage(final String image) throws LabException {
        if (!tryRun(List.of("image", "inspect", "--format", "{{.Id}}", image)).ok()) {
            throw new LabException(
                    "no image " + image
                            + (image.equals(NODE_IMAGE) || image.equals(POD_IMAGE)
                                    ? ": docker/build makes it"
                                    : ": docker pull " + image),
                    LabException.WRONG);
        }
    }

    /** Names of the containers of lab {@code name}, whether they run or not. */
    static List<String> containers(final String name) throws LabException {
        return lines(run("ps", "-a", "--filter", "label=" + LAB_LABEL + "=" + name, "--format", "{{.Names}}"));
    }

    /** Names of those that run. */
    static List<String> running(final String name) throws LabException {
        return lines(run("ps", "--filter", "label=" + LAB_LABEL + "=" + name, "--format", "{{.Names}}"));
    }

    /** Names of the networks of lab {@code name}. */
    static List<String> networks(final String name) throws LabException {
        return lines(run("network", "ls", "--filter", "label=" + LAB_LABEL + "=" + name, "--format", "{{.Name}}"));
    }

    private static List<String> lines(final String output) {
        return output.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    /** What went wrong, of the several lines that the command may write: the last that speaks of an error. */
    private static String reason(final String output) {
        final List<String> lines = lines(output).stream()
                .filter(line -> !line.startsWith("See 'docker") && !line.startsWith("Run 'docker"))
                .toList();
        for (final String line : lines.reversed()) {
            if (line.matches("(?i).*(error|cannot|denied|failed|invalid).*")) {
                return line.replaceFirst("^docker: ", "").replaceFirst("Error response from daemon: ", "");
            }
        }
        return lines.isEmpty() ? "no answer" : lines.getLast();
    }
}
