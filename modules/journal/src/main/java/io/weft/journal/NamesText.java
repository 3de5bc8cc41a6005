// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.journal.FlowNames.NetworkName;
import io.weft.journal.FlowNames.PortName;
import io.weft.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@link FlowNames} as a record has them: a line each, fields between tabs. */
final class NamesText {
    private static final String NODE = "node";
    private static final String PORT = "port";
    private static final String NETWORK = "network";
    private static final String VTEP = "vtep";

    private NamesText() {}

    /** What is more than a record holds is left out; of all ports that a node can have it is nothing. */
    static byte[] encode(final FlowNames names) {
        final StringBuilder text = new StringBuilder();
        line(text, NODE, names.node());
        names.networks()
                .forEach((index, network) ->
                        line(text, NETWORK, index.toString(), network.name(), Integer.toString(network.vni())));
        names.vteps().forEach((index, name) -> line(text, VTEP, index.toString(), name));
        names.ports().forEach((index, port) -> {
            final String pod = port.pod();
            final List<String> addresses =
                    port.addresses().stream().map(IpAddress::toString).toList();
            line(
                    text,
                    PORT,
                    index.toString(),
                    port.name(),
                    port.network(),
                    pod == null ? "" : pod,
                    String.join(",", addresses));
        });
        final byte[] octets = text.toString().getBytes(StandardCharsets.UTF_8);
        int length = octets.length;
        if (length > RecordHeader.MAX_BODY) {
            length = RecordHeader.MAX_BODY;
            while (octets[length - 1] != '\n') {
                length--;
            }
        }
        return Arrays.copyOf(octets, length);
    }

    private static void line(final StringBuilder text, final String... fields) {
        for (int i = 0; i < fields.length; i++) {
            for (final char c : fields[i].toCharArray()) {
                text.append(Character.isISOControl(c) ? '?' : c);
            }
            text.append(i == fields.length - 1 ? '\n' : '\t');
        }
    }

    /** Throws IllegalArgumentException for anything else. */
    static FlowNames decode(final byte[] octets) {
        String node = "";
        final Map<Integer, PortName> ports = new HashMap<>();
        final Map<Integer, NetworkName> networks = new HashMap<>();
        final Map<Integer, String> vteps = new HashMap<>();
        for (final String line :
                new String(octets, StandardCharsets.UTF_8).lines().toList()) {
            final String[] fields = line.split("\t", -1);
            if (fields.length < 2) {
                throw new IllegalArgumentException("names without a value");
            }
            switch (fields[0]) {
                case NODE -> node = fields[1];
                case PORT -> ports.put(Integer.valueOf(fields[1]), port(fields));
                case NETWORK -> networks.put(Integer.valueOf(fields[1]), network(fields));
                case VTEP -> vteps.put(Integer.valueOf(fields[1]), vtep(fields));
                default -> throw new IllegalArgumentException("names of a " + fields[0]);
            }
        }
        return new FlowNames(node, ports, networks, vteps);
    }

    private static NetworkName network(final String[] fields) {
        if (fields.length != 4) {
            throw new IllegalArgumentException("a network without its name and VNI");
        }
        return new NetworkName(fields[2], Integer.parseInt(fields[3]));
    }

    private static String vtep(final String[] fields) {
        if (fields.length != 3) {
            throw new IllegalArgumentException("a VTEP without its name");
        }
        return fields[2];
    }

    private static PortName port(final String[] fields) {
        if (fields.length != 6) {
            throw new IllegalArgumentException("a port without its names");
        }
        final @Nullable String pod = fields[4].isEmpty() ? null : fields[4];
        final List<IpAddress> addresses = new ArrayList<>();
        for (final String address : fields[5].split(",", -1)) {
            if (!address.isEmpty()) {
                addresses.add(IpAddress.parse(address));
            }
        }
        return new PortName(fields[2], fields[3], pod, List.copyOf(addresses));
    }
}
