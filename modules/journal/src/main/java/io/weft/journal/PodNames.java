// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.wire.IpAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which pod an address was, remembered as long as the names stay the same. */
final class PodNames {
    /** Addresses outside are as many as they like: the memory is bounded. */
    private static final int LIMIT = 1 << 16;

    private final Map<Key, String> known = new HashMap<>();
    private FlowNames current = FlowNames.NONE;

    private record Key(String network, IpAddress address) {}

    /** The pod, or null. Where several networks have the same address, that of {@code network} goes first. */
    static @Nullable String find(final FlowNames names, final String network, final IpAddress address) {
        String found = null;
        for (final FlowNames.PortName port : names.ports().values()) {
            final String pod = port.pod();
            if (pod != null && port.addresses().contains(address)) {
                if (port.network().equals(network)) {
                    return pod;
                }
                found = found == null ? pod : found;
            }
        }
        return found;
    }

    /** The pod; the address's text where there is none. */
    String nameOf(final FlowNames names, final int network, final IpAddress address) {
        final String pod = podOf(names, network, address);
        return pod == null ? address.toString() : pod;
    }

    /** The pod, or null. */
    @Nullable
    String podOf(final FlowNames names, final int network, final IpAddress address) {
        if (!names.equals(current) || known.size() >= LIMIT) {
            known.clear();
            current = names;
        }
        final String name = known.computeIfAbsent(new Key(names.network(network), address), key -> {
            final String pod = find(names, key.network(), key.address());
            return pod == null ? "" : pod;
        });
        return name.isEmpty() ? null : name;
    }
}
