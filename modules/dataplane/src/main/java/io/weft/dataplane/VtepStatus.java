// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A remote VTEP.
 *
 * @param name host name by which it is known; null if it is known by its address
 * @param address where it is; null unless {@code state} is {@link VtepState#READY}
 * @param mtu longest inner IP packet that it may be sent
 * @param networks names of the networks that use it
 */
public record VtepStatus(
        @Nullable String name,
        @Nullable IpAddress address,
        VtepState state,
        int udpPort,
        int mtu,
        List<String> networks) {
    /** Copies its list. */
    public VtepStatus {
        networks = List.copyOf(networks);
    }

    /** How users know it: the name, else the address. */
    public String label() {
        return name != null ? name : String.valueOf(address);
    }
}
