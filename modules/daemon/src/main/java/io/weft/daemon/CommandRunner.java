// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RefusedException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Finds the verb of a command and runs it. The verb may be left out: then it is the object's first, {@code show}. */
final class CommandRunner implements ControlServer.Handler {
    private static final int DONE = 0;
    private static final int WRONG = 1;
    private static final int REFUSED = 2;

    private final Node node;

    CommandRunner(final Node node) {
        this.node = node;
    }

    @Override
    public int run(final ControlProtocol.Request request, final Reply reply) throws IOException, InterruptedException {
        try {
            dispatch(request, reply);
            return DONE;
        } catch (final CommandException e) {
            reply.error("Error: " + e.getMessage());
            return WRONG;
        } catch (final RefusedException e) {
            reply.error("Error: " + ConfigException.oneLine(String.valueOf(e.getMessage())));
            return REFUSED;
        }
    }

    private void dispatch(final ControlProtocol.Request request, final Reply reply)
            throws CommandException, RefusedException, IOException, InterruptedException {
        final List<String> args = request.args();
        if (args.isEmpty()) {
            throw new CommandException("no object");
        }
        final NodeObject object = object(args.get(0));
        final List<Verb> verbs = object.verbs();
        final List<String> names = verbs.stream().map(Verb::name).toList();
        String name = args.size() > 1 ? Words.match(args.get(1), names, "verb") : null;
        final int start = name == null ? 1 : 2;
        name = name == null ? names.get(0) : name;
        for (final Verb verb : verbs) {
            if (verb.name().equals(name)) {
                final Words words = new Words(args.subList(start, args.size()));
                verb.action().run(new Call(node, words, request.json(), request.statistics(), reply));
                return;
            }
        }
    }

    private static NodeObject object(final String word) throws CommandException {
        final List<String> labels =
                Arrays.stream(NodeObject.values()).map(NodeObject::label).toList();
        final String label = Words.match(word, labels, "object");
        for (final NodeObject object : NodeObject.values()) {
            if (object.label().equals(label)) {
                return object;
            }
        }
        throw new CommandException("unknown object '" + word + "'");
    }
}
