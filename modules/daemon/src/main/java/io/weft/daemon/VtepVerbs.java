// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RefusedException;
import io.weft.dataplane.VtepStatus;
import io.weft.port.PortState;
import io.weft.wire.IpAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code weft vtep}. */
final class VtepVerbs {
    private VtepVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb("show", "[ADDRESS] [network NETWORK]", VtepVerbs::show),
                new Verb("add", "ADDRESS [network NETWORK | vni VNI]", VtepVerbs::add),
                new Verb("del", "ADDRESS [network NETWORK | vni VNI]", VtepVerbs::delete));
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        final Words words = call.words();
        final boolean named = words.peek().indexOf('.') >= 0 || words.peek().indexOf(':') >= 0;
        final IpAddress only = named ? Words.address(words.next("ADDRESS")) : null;
        final String network = words.keys("network").get("network");
        final boolean up = call.node().dataplane().ports().stream()
                .anyMatch(port -> port.network() == null && port.state() == PortState.UP);
        final List<Row> rows = new ArrayList<>();
        for (final VtepStatus vtep : call.node().dataplane().vteps()) {
            if ((only == null || only.equals(vtep.address()))
                    && (network == null || vtep.networks().contains(network))) {
                rows.add(new Row()
                        .word("remote", vtep.address())
                        .word("state", up ? "UP" : "DOWN")
                        .pair("dstport", vtep.udpPort())
                        .pair("mtu", vtep.mtu())
                        .pair("networks", vtep.networks()));
            }
        }
        call.show(rows);
    }

    private static void add(final Call call) throws CommandException, RefusedException {
        final IpAddress address = Words.address(call.words().next("ADDRESS"));
        call.words().keys("network", "vni");
        call.node().setup().addVtep(FdbVerbs.network(call, null), address);
    }

    private static void delete(final Call call) throws CommandException, RefusedException {
        final IpAddress address = Words.address(call.words().next("ADDRESS"));
        call.words().keys("network", "vni");
        call.node().dataplane().removeVtep(FdbVerbs.network(call, null), address);
    }
}
