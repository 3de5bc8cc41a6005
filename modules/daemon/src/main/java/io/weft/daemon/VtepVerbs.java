// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RefusedException;
import io.weft.dataplane.VtepState;
import io.weft.dataplane.VtepStatus;
import io.weft.port.PortState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code weft vtep}. */
final class VtepVerbs {
    private VtepVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb("show", "[ADDRESS | NAME] [network NETWORK]", VtepVerbs::show),
                new Verb("add", "{ ADDRESS | NAME } [network NETWORK | vni VNI]", VtepVerbs::add),
                new Verb("del", "{ ADDRESS | NAME } [network NETWORK | vni VNI]", VtepVerbs::delete),
                new Verb("monitor", "", Monitors.of("vtep")));
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        final List<VtepStatus> vteps = call.node().dataplane().vteps().rows();
        final Words words = call.words();
        final String first = words.peek();
        final boolean named = first.indexOf('.') >= 0
                || first.indexOf(':') >= 0
                || vteps.stream().anyMatch(vtep -> first.equals(vtep.name()));
        final Endpoint only = named ? Words.endpoint(words.next("ADDRESS")) : null;
        final String network = words.keys("network").get("network");
        final boolean up = call.node().dataplane().ports().stream()
                .anyMatch(port -> port.network() == null && port.state() == PortState.UP);
        final List<Row> rows = new ArrayList<>();
        for (final VtepStatus vtep : vteps) {
            if ((only == null || is(vtep, only))
                    && (network == null || vtep.networks().contains(network))) {
                rows.add(row(vtep, up));
            }
        }
        call.show(rows);
    }

    private static boolean is(final VtepStatus vtep, final Endpoint endpoint) {
        return endpoint.host() == null
                ? endpoint.address() != null && endpoint.address().equals(vtep.address())
                : endpoint.host().equals(vtep.name());
    }

    private static Row row(final VtepStatus vtep, final boolean up) {
        final Row row = vtep.address() == null ? new Row().label("-") : new Row().word("remote", vtep.address());
        final boolean ready = vtep.state() == VtepState.READY;
        return row.word("state", ready ? up ? "UP" : "DOWN" : vtep.state())
                .pair("name", vtep.name())
                .pair("dstport", vtep.udpPort())
                .pair("mtu", mtu(vtep))
                .pair("networks", vtep.networks());
    }

    private static @Nullable Integer mtu(final VtepStatus vtep) {
        return vtep.state() == VtepState.READY ? vtep.mtu() : null;
    }

    private static void add(final Call call) throws CommandException, RefusedException {
        final Endpoint remote = Words.endpoint(call.words().next("ADDRESS or NAME"));
        call.words().keys("network", "vni");
        call.node().setup().addVtep(FdbVerbs.network(call, null), remote);
        call.node().lookUpPeers();
    }

    private static void delete(final Call call) throws CommandException, RefusedException {
        final Endpoint remote = Words.endpoint(call.words().next("ADDRESS or NAME"));
        call.words().keys("network", "vni");
        call.node().setup().removeVtep(FdbVerbs.network(call, null), remote);
    }
}
