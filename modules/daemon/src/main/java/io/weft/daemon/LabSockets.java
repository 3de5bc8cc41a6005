// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.journal.PodSockets;
import io.weft.port.NetworkNamespace;
import io.weft.port.PortException;
import io.weft.wire.IpAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The pods of one lab's nodes, as far as they run here: each is its network namespace. A lab's nodes are called {@code LAB-NODE}; where no
 * node is named, all that run are taken for one lab, unless an address is there twice. Pods that attach by themselves, as containers
 * do, have no namespace that is known by name, and are no pods here.
 */
final class LabSockets implements PodSockets {
    private final Map<IpAddress, String> namespaces = new HashMap<>();

    LabSockets() {}

    static LabSockets of(final Main main) throws CommandException, IOException {
        final LabSockets sockets = new LabSockets();
        final String named = main.node();
        for (final String node : nodes(main.directory().running(), named)) {
            sockets.add(main, node);
        }
        if (sockets.namespaces.isEmpty()) {
            throw new CommandException("no node here has pods in network namespaces: 'weft lab up NAME' makes some");
        }
        return sockets;
    }

    /** Those of the lab of the node that is {@code named}. */
    static List<String> nodes(final List<String> running, final @Nullable String named) {
        if (named == null) {
            return running;
        }
        final String lab = named.substring(0, named.lastIndexOf('-') + 1);
        return lab.isEmpty()
                ? List.of(named)
                : running.stream().filter(node -> node.startsWith(lab)).toList();
    }

    private void add(final Main main, final String node) throws CommandException, IOException {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final int code =
                new ControlClient(main.directory()).run(node, List.of("port", "show"), true, false, out, main.err());
        if (code != 0) {
            throw new CommandException("node " + node + " does not say which pods it has");
        }
        for (final JsonNode port : JsonMapper.shared().readTree(out.toString(StandardCharsets.UTF_8))) {
            final String namespace = port.path("netns").asString("");
            for (final JsonNode address : port.path("addr_info")) {
                if (!namespace.isEmpty()) {
                    add(IpAddress.parse(address.asString().replaceFirst("/.*", "")), namespace);
                }
            }
        }
    }

    /** Two labs may have the same addresses. */
    void add(final IpAddress address, final String namespace) throws CommandException {
        final String other = namespaces.putIfAbsent(address, namespace);
        if (other != null && !other.equals(namespace)) {
            throw new CommandException("both " + other + " and " + namespace + " have the address " + address
                    + ": say which lab by one of its nodes, -n NODE");
        }
    }

    @Override
    public @Nullable String pod(final IpAddress address) {
        return namespaces.get(address);
    }

    @Override
    public <T> T open(final String pod, final Opener<T> opener) throws IOException {
        try {
            return NetworkNamespace.call(pod, () -> {
                try {
                    return opener.open();
                } catch (final IOException e) {
                    throw new PortException(String.valueOf(e.getMessage()), e);
                }
            });
        } catch (final PortException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
