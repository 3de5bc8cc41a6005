// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.daemon.CommandProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Adds {@code bench} to the {@code weft} program: {@code scripts/bench} of the checkout, with all words as they are.
 * {@code scripts/weft} goes there by itself; who starts the program otherwise comes here.
 */
public final class BenchCommands implements CommandProvider {
    @Override
    public List<Object> commands() {
        final Bench bench = new Bench();
        final CommandSpec spec = CommandSpec.wrapWithoutInspection(bench);
        spec.name("bench");
        spec.usageMessage().description("Weft and its peers side by side, measured");
        spec.addPositional(PositionalParamSpec.builder()
                .arity("0..*")
                .paramLabel("WORD")
                .type(String[].class)
                .setter(bench)
                .build());
        spec.parser().stopAtPositional(true).stopAtUnmatched(true).unmatchedOptionsArePositionalParams(true);
        return List.of(spec);
    }

    private static final class Bench implements Callable<Integer>, ISetter {
        private List<String> words = List.of();

        @Override
        public <T> @Nullable T set(final T value) {
            words = value instanceof String[] given ? List.of(given) : List.of();
            return null;
        }

        @Override
        public Integer call() throws LabException {
            final String home = System.getProperty(Labs.HOME);
            if (home == null) {
                throw new LabException("the benchmark is run by scripts/bench of a checkout", LabException.WRONG);
            }
            final List<String> command = new ArrayList<>();
            command.add(Path.of(home).resolve("scripts/bench").toString());
            command.addAll(words);
            try {
                return new ProcessBuilder(command).inheritIO().start().waitFor();
            } catch (final IOException e) {
                throw new LabException("scripts/bench can't be run: " + e.getMessage(), e);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LabException("interrupted", e);
            }
        }
    }
}
