// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.daemon.CommandProvider;
import io.weft.daemon.Main;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Adds {@code lab} to the {@code weft} program. All words behind it, options too, go to {@link LabCommand} as they are. */
public final class LabCommands implements CommandProvider {
    @Override
    public List<Object> commands() {
        final Lab lab = new Lab();
        final CommandSpec spec = CommandSpec.wrapWithoutInspection(lab);
        lab.spec = spec;
        spec.name("lab");
        spec.usageMessage().description("topologies of nodes and pods on this machine");
        spec.addPositional(PositionalParamSpec.builder()
                .arity("0..*")
                .paramLabel("WORD")
                .type(String[].class)
                .setter(lab)
                .build());
        // picocli takes "--" for itself; here it belongs to `exec`.
        spec.parser()
                .stopAtPositional(true)
                .stopAtUnmatched(true)
                .unmatchedOptionsArePositionalParams(true)
                .endOfOptionsDelimiter("\0");
        return List.of(spec);
    }

    private static final class Lab implements Callable<Integer>, ISetter {
        private List<String> words = List.of();
        private @Nullable CommandSpec spec;

        @Override
        public <T> @Nullable T set(final T value) {
            words = value instanceof String[] given ? List.of(given) : List.of();
            return null;
        }

        @Override
        public Integer call() {
            if (spec == null || !(spec.parent().userObject() instanceof Main main)) {
                throw new IllegalStateException("not a part of the weft program");
            }
            return new LabCommand(main.json(), main.out(), main.err()).run(words);
        }
    }
}
