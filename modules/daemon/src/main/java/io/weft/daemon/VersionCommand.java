// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code weft version}. */
@Command(name = "version", description = "versions of the program and of Java")
final class VersionCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Main main;

    @Override
    public Integer call() {
        if (main != null) {
            final Row row = new Row()
                    .word("program", "weft")
                    .word("version", Version.text())
                    .pair("java", Runtime.version().toString());
            main.out().println(main.json() ? Row.array(List.of(row)) : row.text(new int[0]));
        }
        return 0;
    }
}
