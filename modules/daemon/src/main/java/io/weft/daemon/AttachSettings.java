// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.Options;
import io.weft.port.InterfaceRoute;
import io.weft.port.TapConfig;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The interface that a pod shall make for a port, as a message.
 *
 * @param tap without a namespace
 * @param queues descriptors that the node wants, one for each worker
 */
record AttachSettings(TapConfig tap, int queues) {
    AttachMessage message() {
        final AttachMessage message = new AttachMessage(AttachMessage.SETTINGS)
                .with("ifname", tap.interfaceName())
                .with("mac", MacAddress.format(tap.mac()))
                .with("mtu", tap.mtu())
                .with("gso_max_size", tap.gsoMaxSize())
                .with("offloads", tap.offloads())
                .with("queues", queues);
        tap.addresses().forEach(address -> message.with("address", address));
        tap.routes().forEach(route -> message.with("route", route));
        return message;
    }

    /** What the node's answer for {@code port} asks for. */
    static AttachSettings of(final String port, final AttachMessage message) throws IOException {
        try {
            final String ifname = message.get("ifname");
            final int queues = Integer.parseInt(message.get("queues"));
            if (!Names.isIfname(ifname) || queues < 1 || queues > Options.MAX_WORKERS) {
                throw new IOException("settings out of range");
            }
            final List<InterfaceRoute> routes = new ArrayList<>();
            for (final String route : message.all("route")) {
                routes.add(route(route));
            }
            return new AttachSettings(
                    new TapConfig(
                            port,
                            null,
                            ifname,
                            MacAddress.parse(message.get("mac")),
                            Integer.parseInt(message.get("mtu")),
                            Integer.parseInt(message.get("gso_max_size")),
                            message.all("address").stream().map(IpPrefix::parse).toList(),
                            routes,
                            Boolean.parseBoolean(message.get("offloads"))),
                    queues);
        } catch (final IllegalArgumentException e) {
            throw new IOException("settings that no interface can have: " + e.getMessage(), e);
        }
    }

    /** {@code PREFIX} or {@code PREFIX via ADDRESS}. */
    private static InterfaceRoute route(final String text) {
        final String[] words = text.split(" via ", 2);
        return new InterfaceRoute(IpPrefix.parse(words[0]), words.length == 1 ? null : IpAddress.parse(words[1]));
    }
}
