// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.daemon.ConfigException;
import io.weft.lab.Reachability.Proof;
import io.weft.lab.Reachability.Transfer;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The words of {@code weft lab}: finds the verb, reads its arguments, prints what {@link Labs} did. */
final class LabCommand {
    static final String USAGE = """
            Usage: weft lab up NAME|FILE [--name NAME] [--runtime netns|docker]
                   weft lab down [NAME|--all]
                   weft lab [show] [NAME]
                   weft lab exec NODE|POD -- COMMAND...
                   weft lab check [NAME]
                   weft lab graph NAME|FILE
            """;

    private static final List<String> VERBS = List.of("up", "down", "show", "exec", "check", "graph");

    private final boolean json;
    private final PrintStream out;
    private final PrintStream err;

    LabCommand(final boolean json, final PrintStream out, final PrintStream err) {
        this.json = json;
        this.out = out;
        this.err = err;
    }

    /** Runs the command whose words behind {@code lab} are {@code words}; returns the exit code. */
    int run(final List<String> words) {
        // A command that is run in a node or pod has words of its own, which may be any of these.
        final boolean exec = !words.isEmpty() && words.getFirst().startsWith("e");
        if (!exec
                && words.stream()
                        .anyMatch(word -> List.of("help", "--help", "-h").contains(word))) {
            out.print(USAGE);
            return 0;
        }
        try {
            final String verb = words.isEmpty() ? "show" : verb(words.getFirst());
            final List<String> rest = words.isEmpty() ? words : words.subList(1, words.size());
            return switch (verb) {
                case "up" -> up(new Arguments(rest, "--name", "--runtime"));
                case "down" -> down(new Arguments(rest));
                case "show" -> show(new Arguments(rest));
                case "exec" -> exec(rest);
                case "check" -> check(new Arguments(rest));
                default -> graph(new Arguments(rest));
            };
        } catch (final LabException e) {
            err.println("Error: " + e.getMessage());
            return e.exitCode();
        } catch (final ConfigException e) {
            err.println("Error: " + e.getMessage());
            return LabException.WRONG;
        }
    }

    private int up(final Arguments arguments) throws LabException, ConfigException {
        final String runtime = arguments.option("--runtime");
        Labs.ofCheckout()
                .up(
                        arguments.one("NAME|FILE"),
                        arguments.option("--name"),
                        runtime == null ? NetnsRuntime.LABEL : runtime);
        return 0;
    }

    private int down(final Arguments arguments) throws LabException {
        final String name = arguments.atMostOne();
        final boolean all = arguments.flag("--all");
        if (all && name != null) {
            throw wrong("--all and a name");
        }
        final Labs labs = Labs.ofCheckout();
        for (final String lab : all ? Labs.names() : List.of(Labs.only(name))) {
            if (!labs.down(lab)) {
                throw new LabException("no lab " + lab + " (weft lab show)", LabException.WRONG);
            }
        }
        return 0;
    }

    private int show(final Arguments arguments) throws LabException {
        final List<List<String>> table = new ArrayList<>();
        final List<Map<String, Object>> objects = new ArrayList<>();
        table.add(List.of("LAB", "NAME", "KIND", "RUNTIME", "NETNS", "STATE", "PID", "ADDRESS"));
        for (final Labs.Row row : Labs.ofCheckout().show(arguments.atMostOne())) {
            final String pid = row.pid() == 0 ? "-" : Long.toString(row.pid());
            table.add(List.of(
                    row.lab(), row.name(), row.kind(), row.runtime(), row.netns(), row.state(), pid, row.address()));
            final Map<String, Object> object = new LinkedHashMap<>();
            object.put("lab", row.lab());
            object.put("name", row.name());
            object.put("kind", row.kind());
            object.put("runtime", row.runtime());
            object.put("netns", row.netns());
            object.put("state", row.state());
            if (row.pid() != 0) {
                object.put("pid", row.pid());
            }
            object.put("address", List.of(row.address().split(" ")));
            objects.add(object);
        }
        print(table, objects);
        return 0;
    }

    private static int exec(final List<String> words) throws LabException {
        final int from = words.size() > 1 && words.get(1).equals("--") ? 2 : 1;
        if (words.size() <= from) {
            throw wrong("exec needs NODE|POD -- COMMAND...");
        }
        return Labs.ofCheckout().exec(words.getFirst(), words.subList(from, words.size()));
    }

    private int check(final Arguments arguments) throws LabException {
        final List<List<String>> table = new ArrayList<>();
        final List<Map<String, Object>> objects = new ArrayList<>();
        table.add(List.of("FROM", "TO", "ADDRESS", "PING", "TCP Mbit/s", "UDP Mbit/s", "SEEN AS"));
        boolean ok = true;
        for (final Proof proof : Labs.ofCheckout().check(arguments.atMostOne())) {
            final Ways.Way way = proof.way();
            final boolean tcp = way.traffic() != Ways.Traffic.PING;
            final boolean udp = way.traffic() == Ways.Traffic.TCP_AND_UDP;
            table.add(List.of(
                    way.from(),
                    way.to(),
                    way.address().toString(),
                    proof.ping() ? "ok" : "no answer",
                    rate(tcp, proof.tcp()),
                    rate(udp, proof.udp()),
                    proof.tcp() == null ? "-" : proof.tcp().seen().toString()));
            final Map<String, Object> object = new LinkedHashMap<>();
            object.put("from", way.from());
            object.put("to", way.to());
            object.put("address", way.address().toString());
            object.put("ping", proof.ping());
            put(object, "tcp", tcp, proof.tcp());
            put(object, "udp", udp, proof.udp());
            object.put("ok", proof.ok());
            objects.add(object);
            ok &= proof.ok();
        }
        print(table, objects);
        if (!ok) {
            throw new LabException("not everyone is reached, or seen by the own address");
        }
        return 0;
    }

    private static String rate(final boolean asked, final @Nullable Transfer transfer) {
        return !asked ? "-" : transfer == null ? "failed" : Double.toString(transfer.mbps());
    }

    /** What was not asked for has no field; what failed is null. */
    private static void put(
            final Map<String, Object> object,
            final String protocol,
            final boolean asked,
            final @Nullable Transfer transfer) {
        if (asked) {
            object.put(protocol + "_mbps", transfer == null ? null : transfer.mbps());
            object.put(
                    protocol + "_seen_as",
                    transfer == null ? null : transfer.seen().toString());
        }
    }

    private int graph(final Arguments arguments) throws LabException, ConfigException {
        out.print(LabGraph.dot(Labs.ofCheckout().topology(arguments.one("NAME|FILE"))));
        return 0;
    }

    private void print(final List<List<String>> table, final List<Map<String, Object>> objects) {
        if (json) {
            out.println(JsonMapper.shared().writeValueAsString(objects));
            return;
        }
        final int[] widths = new int[table.getFirst().size()];
        for (final List<String> row : table) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (final List<String> row : table) {
            final StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i)).repeat(' ', widths[i] + 2 - row.get(i).length());
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static String verb(final String word) throws LabException {
        final List<String> found = VERBS.contains(word)
                ? List.of(word)
                : VERBS.stream().filter(verb -> verb.startsWith(word)).toList();
        if (found.size() != 1 || word.isEmpty()) {
            throw wrong("unknown verb '" + word + "', there are: " + String.join(" ", VERBS));
        }
        return found.getFirst();
    }

    private static LabException wrong(final String reason) {
        return new LabException("lab: " + reason, LabException.WRONG);
    }

    /** Words of a verb: options with a value, flags, and the rest. */
    private static final class Arguments {
        private final List<String> plain = new ArrayList<>();
        private final Map<String, String> options = new LinkedHashMap<>();

        Arguments(final List<String> words, final String... withValue) throws LabException {
            for (int i = 0; i < words.size(); i++) {
                final String word = words.get(i);
                if (!word.startsWith("--")) {
                    plain.add(word);
                } else if (!List.of(withValue).contains(word)) {
                    if (!word.equals("--all")) {
                        throw wrong("unknown option " + word);
                    }
                    options.put(word, "");
                } else if (++i < words.size()) {
                    options.put(word, words.get(i));
                } else {
                    throw wrong(word + " needs a value");
                }
            }
        }

        @Nullable
        String option(final String name) {
            return options.get(name);
        }

        boolean flag(final String name) {
            return options.containsKey(name);
        }

        @Nullable
        String atMostOne() throws LabException {
            if (plain.size() > 1) {
                throw wrong("one name, not " + String.join(" ", plain));
            }
            return plain.isEmpty() ? null : plain.getFirst();
        }

        String one(final String what) throws LabException {
            if (atMostOne() == null) {
                throw wrong(what + " is missing");
            }
            return Objects.requireNonNull(atMostOne());
        }
    }
}
