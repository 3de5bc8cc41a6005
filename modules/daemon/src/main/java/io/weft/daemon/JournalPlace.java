// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where a journal's files are, for commands that read them by themselves: in a process of their own, so that the node collects no
 * garbage of theirs. A node that runs says it; the files of one that does not are named by {@code --dir}.
 */
final class JournalPlace {
    private JournalPlace() {}

    /**
     * The directory.
     *
     * @param dir as it was typed; null: the node's
     */
    static Path find(final Main main, final @Nullable String dir) throws CommandException, IOException {
        if (dir != null) {
            if (!Files.isDirectory(Path.of(dir))) {
                throw new CommandException("no directory " + dir);
            }
            return Path.of(dir);
        }
        final String node = RemoteCommand.node(main);
        final var out = new ByteArrayOutputStream();
        final var err = new ByteArrayOutputStream();
        final int code =
                new ControlClient(main.directory()).run(node, List.of("journal", "show"), true, false, out, err);
        if (code != 0) {
            throw new CommandException(
                    err.toString(StandardCharsets.UTF_8).strip().replaceFirst("^Error: ", "")
                            + "; --dir DIR names a journal's directory");
        }
        final JsonNode row = JsonMapper.shared()
                .readTree(out.toString(StandardCharsets.UTF_8))
                .path(0);
        return here(
                Path.of(row.path("dir").asString()),
                Path.of(row.path("run").asString()),
                main.directory().socket(node).toRealPath().getParent());
    }

    /** A node in a container has other names for what it shares with this machine: what lies below its run directory. */
    static Path here(final Path dir, final Path run, final @Nullable Path ownRun) throws CommandException {
        final Path place = ownRun != null && dir.startsWith(run) ? ownRun.resolve(run.relativize(dir)) : dir;
        if (!Files.isDirectory(place)) {
            throw new CommandException("the journal is not within reach: " + place
                    + "; where the node is in a container, run the command there");
        }
        return place;
    }
}
