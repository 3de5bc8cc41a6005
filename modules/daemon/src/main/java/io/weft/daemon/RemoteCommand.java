// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ISetter;

/**
 * Sends the words of a command to the node it means. Only {@code help}, where a capture goes, and verbs that need no node are settled
 * here.
 */
final class RemoteCommand implements Callable<Integer>, ISetter {
    private final Main main;
    private final NodeObject object;
    private List<String> words = List.of();

    RemoteCommand(final Main main, final NodeObject object) {
        this.main = main;
        this.object = object;
    }

    @Override
    public <T> @Nullable T set(final T value) {
        words = value instanceof String[] given ? List.of(given) : List.of();
        return null;
    }

    @Override
    public Integer call() throws IOException, CommandException, InterruptedException {
        final List<String> rest = new ArrayList<>(words);
        boolean json = main.json();
        boolean statistics = main.statistics();
        // As with ip(8) the flags stand before the object; behind it they are understood as well.
        json |= rest.removeIf(word -> word.equals("-j") || word.equals("--json"));
        statistics |= rest.removeIf(word -> word.equals("-s") || word.equals("--statistics"));
        if (rest.contains("help") || rest.contains("--help") || rest.contains("-h")) {
            main.out().print(object.usage());
            return 0;
        }
        final LocalVerb local = rest.isEmpty() ? null : object.localVerb(rest.getFirst());
        if (local != null) {
            return local.action().run(main, rest.subList(1, rest.size()), json);
        }
        final String file = object == NodeObject.CAPTURE ? takeFile(rest) : null;
        final RunDirectory directory = main.directory();
        final String node = node(main);
        rest.add(0, object.label());
        if (file == null || file.equals("-")) {
            return new ControlClient(directory).run(node, rest, json, statistics, standardOutput(file), main.err());
        }
        try (OutputStream out = open(file)) {
            return new ControlClient(directory).run(node, rest, json, statistics, out, main.err());
        }
    }

    /** The node that is meant. */
    static String node(final Main main) throws CommandException {
        final String named = main.node();
        if (named != null) {
            return named;
        }
        final RunDirectory directory = main.directory();
        final List<String> running = directory.running();
        if (running.isEmpty()) {
            throw new CommandException("no node runs here (" + directory.base() + ")");
        }
        if (running.size() > 1) {
            throw new CommandException("several nodes run: " + Names.join(running) + "; say which with -n NODE");
        }
        return running.get(0);
    }

    /** Takes {@code -w FILE} out of the words: the file is the client's. */
    private static String takeFile(final List<String> words) throws CommandException {
        final int at = words.indexOf("-w");
        if (at < 0 || at + 1 == words.size()) {
            throw new CommandException("say where the packets go: -w FILE, or -w - for standard output");
        }
        words.remove(at);
        return words.remove(at);
    }

    private static OutputStream open(final String file) throws CommandException {
        try {
            return new FileOutputStream(file);
        } catch (final IOException e) {
            // The message is the file and, in parentheses, the reason.
            throw new CommandException("can't write " + e.getMessage());
        }
    }

    /** Not the print stream of the program, which would keep quiet about a disk that is full. */
    private OutputStream standardOutput(final @Nullable String file) throws CommandException {
        if (!main.out().equals(System.out)) {
            return main.out();
        }
        if (file != null && Terminal.is(1)) {
            throw new CommandException("packets are nothing for a terminal: -w FILE, or -w - | wireshark -k -i -");
        }
        return new FileOutputStream(FileDescriptor.out);
    }
}
