// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RefusedException;
import io.weft.port.ChildProcesses;
import io.weft.port.UnixSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/**
 * {@code weft attach}: runs in a pod's network namespace and gives the node the pod's interface. Stays, because the interface
 * ends when nobody holds it; or is the pod's first process, and runs a command once the interface is there.
 */
@Command(
        name = "attach",
        description = "makes this network namespace the pod of a port of a node",
        customSynopsis = "weft [-n NODE] attach PORT [--socket PATH] [--once] [--wait SECONDS] [-- CMD ARG...]",
        footer = {
            "",
            "SIGTERM and SIGINT end it, and go to CMD where there is one, whose exit code it takes.",
            "Exit: 0 ended, 1 wrong command or this machine does not let it, 2 refused by the node."
        })
final class AttachCommand implements Callable<Integer> {
    private static final int SIGNALLED = 128;
    private static final int REFUSED = 2;
    private static final int MAX_WAIT = 1_000_000;

    @ParentCommand
    private @Nullable Main main;

    @Parameters(index = "0", arity = "0..1", paramLabel = "PORT", description = "A port with 'attach: true'.")
    private @Nullable String port;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "CMD", description = "Runs once the interface is there.")
    private List<String> command = new ArrayList<>();

    @Option(names = "--socket", paramLabel = "PATH", description = "The node's attach socket.")
    private @Nullable Path socket;

    @Option(names = "--once", description = "Hands the interface over and ends.")
    private boolean once;

    @Option(names = "--wait", paramLabel = "SECONDS", description = "How long the node may take; default: for ever.")
    private @Nullable Integer wait;

    private volatile @Nullable Process child;

    @Override
    public Integer call() throws CommandException, IOException, InterruptedException {
        final String name = port;
        if (name == null) {
            throw new CommandException("PORT is missing");
        }
        if (wait != null && (wait < 0 || wait > MAX_WAIT)) {
            throw new CommandException("--wait takes 0 to " + MAX_WAIT + " seconds, not " + wait);
        }
        final Path path = path();
        Preflight.checkAttach();
        Signals.handle(this::signalled, "TERM", "INT", "HUP");
        final Attacher attacher = new Attacher(path, name, System.err::println);
        try {
            final UnixSocket first = attacher.attach(wait == null ? -1 : TimeUnit.SECONDS.toMillis(wait), once);
            if (!once) {
                Thread.ofPlatform().daemon(!command.isEmpty()).name("weft-stay").start(() -> stay(attacher, first));
            }
        } catch (final RefusedException e) {
            System.err.println("Error: " + ConfigException.oneLine(String.valueOf(e.getMessage())));
            return REFUSED;
        }
        return command.isEmpty() ? end() : runCommand();
    }

    /** Without a command, signals end it. */
    private int end() throws InterruptedException {
        while (!once) {
            Thread.sleep(Long.MAX_VALUE);
        }
        return 0;
    }

    private static void stay(final Attacher attacher, final UnixSocket first) {
        try {
            attacher.stay(first);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private int runCommand() throws CommandException, InterruptedException {
        final Process process;
        try {
            process = new ProcessBuilder(command).inheritIO().start();
        } catch (final IOException e) {
            throw new CommandException("can't run " + command.getFirst() + ": " + e.getMessage());
        }
        child = process;
        while (!process.waitFor(1, TimeUnit.SECONDS)) {
            if (ChildProcesses.isInit()) {
                ChildProcesses.reap(process.pid());
            }
        }
        return process.exitValue();
    }

    /** On a thread of the JVM's. The kernel cleans up after us: there is nothing to do but to end. */
    private void signalled(final int signal) {
        final Process process = child;
        if (process != null) {
            ChildProcesses.signal(process.pid(), signal);
        } else {
            Runtime.getRuntime().halt(command.isEmpty() ? 0 : SIGNALLED + signal);
        }
    }

    private Path path() throws CommandException {
        if (socket != null) {
            return socket.toAbsolutePath();
        }
        final RunDirectory directory = main == null ? RunDirectory.ofEnvironment() : main.directory();
        final String named = main == null ? null : main.node();
        if (named != null) {
            if (!Names.isName(named)) {
                throw new CommandException("not a node name: '" + named + "'");
            }
            return directory.attachSocket(named);
        }
        final List<String> nodes = directory.attachable();
        if (nodes.size() != 1) {
            throw new CommandException((nodes.isEmpty() ? "no node's socket is in " : "several nodes' sockets are in ")
                    + directory.attachDirectory() + ": say which with -n NODE or --socket PATH");
        }
        return directory.attachSocket(nodes.getFirst());
    }
}
