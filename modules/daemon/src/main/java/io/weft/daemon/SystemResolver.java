// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.wire.IpAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.util.Arrays;
import java.util.List;

/** Asks the system: /etc/hosts, then DNS, as nsswitch.conf(5) says. Each time anew. */
final class SystemResolver implements Resolver {
    /** The JVM's own cache would keep what is no longer true for 30 seconds. Before the first look-up of the process. */
    SystemResolver() {
        Security.setProperty("networkaddress.cache.ttl", "0");
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
    }

    @Override
    public List<IpAddress> resolve(final String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host))
                    .map(address -> IpAddress.of(address.getAddress()))
                    .toList();
        } catch (final UnknownHostException e) {
            return List.of();
        }
    }
}
