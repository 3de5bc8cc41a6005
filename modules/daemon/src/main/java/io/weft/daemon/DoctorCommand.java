// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code weft doctor}: what this machine lacks. Exit 1 if it is something that a node can't do without. */
@Command(name = "doctor", description = "what this machine lacks")
final class DoctorCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Main main;

    @Override
    public Integer call() {
        final List<Doctor.Finding> findings = Doctor.examine(new Doctor.Machine());
        final List<Row> rows = new ArrayList<>();
        boolean healthy = true;
        for (final Doctor.Finding finding : findings) {
            rows.add(new Row()
                    .word("state", finding.state())
                    .word("what", finding.what())
                    .tail("detail", finding.detail())
                    .only("required", finding.required()));
            healthy &= finding.ok() || !finding.required();
        }
        if (main != null) {
            if (main.json()) {
                main.out().println(Row.array(rows));
            } else {
                Row.lines(rows).forEach(main.out()::println);
            }
        }
        return healthy ? 0 : 1;
    }
}
