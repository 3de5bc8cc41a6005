// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import io.weft.wire.IpAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the numbers in events stood for at a time.
 *
 * @param node name of the node
 * @param ports by index
 * @param networks by index
 * @param vteps by index: name, or address where it has none
 */
public record FlowNames(
        String node, Map<Integer, PortName> ports, Map<Integer, NetworkName> networks, Map<Integer, String> vteps) {
    /** Nothing has a name. */
    public static final FlowNames NONE = new FlowNames("", Map.of(), Map.of(), Map.of());

    /** Sorted by number, so that equal names are written equal. */
    public FlowNames {
        ports = new TreeMap<>(ports);
        networks = new TreeMap<>(networks);
        vteps = new TreeMap<>(vteps);
    }

    /**
     * A port.
     *
     * @param name as {@code port show} has it
     * @param network name
     * @param pod the pod behind it; null if there is none, or it has no name
     * @param addresses of the pod or host behind it
     */
    public record PortName(
            String name, String network, @Nullable String pod, List<IpAddress> addresses) {}

    /**
     * A network.
     *
     * @param vni 0 if it has none
     */
    public record NetworkName(String name, int vni) {}

    /** Name of the network; its number where it has none. */
    public String network(final int index) {
        final NetworkName network = networks.get(index);
        return network == null ? Integer.toString(index) : network.name();
    }

    /** VNI of the network; 0 if it has none, or is not known. */
    public int vni(final int index) {
        final NetworkName network = networks.get(index);
        return network == null ? 0 : network.vni();
    }

    /** Name of the port, or {@code vtep NAME}, of {@link FlowEvent#ingress} or {@link FlowEvent#egress}; null if it is not known. */
    public @Nullable String way(final int way) {
        if (way == FlowEvent.NONE) {
            return null;
        }
        if (way >= FlowEvent.VTEP) {
            final int index = way - FlowEvent.VTEP;
            return "vtep " + vteps.getOrDefault(index, Integer.toString(index));
        }
        final PortName port = ports.get(way);
        return port == null ? Integer.toString(way) : port.name();
    }

    /** Addresses of the pods on this node; where several networks have the same address, those of {@code network} go first. */
    public Map<IpAddress, String> pods(final String network) {
        final Map<IpAddress, String> pods = new HashMap<>();
        for (final PortName port : ports.values()) {
            final String pod = port.pod();
            if (pod != null) {
                for (final IpAddress address : port.addresses()) {
                    if (port.network().equals(network)) {
                        pods.put(address, pod);
                    } else {
                        pods.putIfAbsent(address, pod);
                    }
                }
            }
        }
        return pods;
    }
}
