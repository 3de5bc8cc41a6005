// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The program. Commands about a node's objects go to the node, words and all; what concerns the machine runs here, and
 * other modules add to it ({@link CommandProvider}).
 */
@Command(
        name = "weft",
        synopsisHeading = "Usage: ",
        customSynopsis = "weft [-n NODE] [-j] [-s] OBJECT [VERB] [ARG | key value]...",
        description = "A packet-level router and overlay dataplane in userspace.",
        commandListHeading = "%nObjects:%n",
        optionListHeading = "%n",
        footer = {
            "",
            "Objects and verbs may be abbreviated; the verb defaults to show. 'weft OBJECT help' lists verbs.",
            "Exit: 0 done, 1 wrong command, 2 refused by the node."
        })
public final class Main implements Callable<Integer> {
    @Option(names = "-n", paramLabel = "NODE", description = "Node to ask; may be left out where one runs.")
    private @Nullable String node;

    @Option(
            names = {"-j", "--json"},
            description = "Output as JSON.")
    private boolean json;

    @Option(
            names = {"-s", "--statistics"},
            description = "More counters.")
    private boolean statistics;

    @Spec
    private @Nullable CommandSpec spec;

    private final PrintStream out;
    private final PrintStream err;

    private final RunDirectory directory;

    Main(final RunDirectory directory, final PrintStream out, final PrintStream err) {
        this.directory = directory;
        this.out = out;
        this.err = err;
    }

    /** Runs one command and exits with its code. */
    public static void main(final String[] args) {
        final int code = run(System.out, System.err, args);
        System.out.flush();
        System.exit(code);
    }

    /** Runs one command that needs no node, or the nodes of this process's environment; the exit code. */
    static int run(final PrintStream out, final PrintStream err, final String... args) {
        return run(RunDirectory.ofEnvironment(), out, err, args);
    }

    /** Runs one command; the exit code. */
    static int run(final RunDirectory directory, final PrintStream out, final PrintStream err, final String... args) {
        final Main main = new Main(directory, out, err);
        final CommandLine line = new CommandLine(main);
        for (final NodeObject object : NodeObject.values()) {
            line.addSubcommand(object.label(), remote(main, object));
        }
        line.addSubcommand(new DoctorCommand());
        line.addSubcommand(new VersionCommand());
        line.addSubcommand(new ReplayCommand());
        line.addSubcommand(new AttachCommand());
        for (final CommandProvider provider : ServiceLoader.load(CommandProvider.class)) {
            provider.commands().forEach(line::addSubcommand);
        }
        line.getCommandSpec()
                .addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("This text.")
                        .build());
        return configure(line, out, err).execute(args.length == 1 && args[0].equals("help") ? HELP : args);
    }

    private static final String[] HELP = {"--help"};

    private static CommandLine configure(final CommandLine line, final PrintStream out, final PrintStream err) {
        line.setAbbreviatedSubcommandsAllowed(true);
        line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        line.setParameterExceptionHandler((exception, arguments) -> fail(err, exception));
        line.setExecutionExceptionHandler((exception, command, result) -> fail(err, exception));
        line.getCommandSpec().exitCodeOnInvalidInput(1).exitCodeOnExecutionException(1);
        return line;
    }

    private static int fail(final PrintStream err, final Exception exception) {
        if (exception instanceof UnmatchedArgumentException unmatched
                && unmatched.getCommandLine().getParent() == null
                && !unmatched.getUnmatched().isEmpty()) {
            err.println("Error: unknown object '"
                    + ConfigException.oneLine(unmatched.getUnmatched().get(0)) + "', 'weft help' lists them");
            return 1;
        }
        final String message = exception.getMessage() == null ? exception.toString() : exception.getMessage();
        // picocli puts the word in front of some of its own messages.
        final String text = message.startsWith("Error: ") ? message.substring(7) : message;
        err.println("Error: " + ConfigException.oneLine(text));
        return 1;
    }

    /** An object of a node: all its words, options too, are the node's business. */
    private static CommandLine remote(final Main main, final NodeObject object) {
        final RemoteCommand command = new RemoteCommand(main, object);
        final CommandSpec spec = CommandSpec.wrapWithoutInspection(command);
        spec.name(object.label());
        spec.usageMessage().description(object.sentence());
        spec.addPositional(PositionalParamSpec.builder()
                .arity("0..*")
                .paramLabel("WORD")
                .type(String[].class)
                .setter(command)
                .build());
        spec.parser().stopAtPositional(true).stopAtUnmatched(true).unmatchedOptionsArePositionalParams(true);
        final CommandLine line = new CommandLine(spec);
        if (object == NodeObject.NODE) {
            line.addSubcommand(new NodeRunCommand());
        }
        return line;
    }

    @Override
    public Integer call() {
        if (spec != null) {
            spec.commandLine().usage(err);
        }
        return 1;
    }

    /** {@code -n}, or null. */
    public @Nullable String node() {
        return node;
    }

    /** {@code -j}. */
    public boolean json() {
        return json;
    }

    /** {@code -s}. */
    public boolean statistics() {
        return statistics;
    }

    /** Where nodes are found. */
    public RunDirectory directory() {
        return directory;
    }

    /** Standard output. */
    public PrintStream out() {
        return out;
    }

    /** Standard error. */
    public PrintStream err() {
        return err;
    }
}
