// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.Dataplane;
import io.weft.dataplane.FdbRow;
import io.weft.dataplane.NetworkStatus;
import io.weft.dataplane.RefusedException;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code weft fdb}, in the words of {@code bridge fdb}. */
final class FdbVerbs {
    private FdbVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb(
                        "show",
                        "[MAC] [network NETWORK] [vni VNI] [dev PORT] [dst VTEP] [state STATE]",
                        FdbVerbs::show),
                new Verb("add", "MAC { dev PORT | dst VTEP } [network NETWORK | vni VNI]", call -> put(call, false)),
                new Verb("replace", "MAC { dev PORT | dst VTEP } [network NETWORK | vni VNI]", call -> put(call, true)),
                new Verb("del", "MAC [network NETWORK | vni VNI]", FdbVerbs::delete),
                new Verb("flush", "[network NETWORK] [dev PORT] [mac MAC]", FdbVerbs::flush),
                new Verb("monitor", "", Monitors.of("fdb")));
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        final Words words = call.words();
        final Long mac = words.peek().indexOf(':') < 0 ? null : (Long) Words.mac(words.next("MAC"));
        words.keys("network", "vni", "dev", "dst", "state");
        final String dst = words.get("dst");
        final IpAddress vtep = dst == null ? null : Words.address(dst);
        final List<Row> rows = new ArrayList<>();
        for (final FdbRow row : call.node().dataplane().fdb().rows()) {
            if ((mac == null || mac == row.mac())
                    && fits(words.get("network"), row.network())
                    && fits(words.get("vni"), row.vni())
                    && fits(words.get("dev"), row.port())
                    && fits(words.get("state"), row.state())
                    && (vtep == null || vtep.equals(row.vtep()))) {
                rows.add(row(row));
            }
        }
        call.show(rows);
    }

    private static boolean fits(final @Nullable String wanted, final @Nullable Object value) {
        return wanted == null || (value != null && wanted.equals(value.toString()));
    }

    private static Row row(final FdbRow row) {
        return new Row()
                .word("mac", MacAddress.format(row.mac()))
                .pair("dev", "ifname", row.port())
                .pair("dst", row.vtep())
                .pair("network", row.network())
                .pair("vni", row.vni())
                .pair("age", row.ageSeconds())
                .pair("state", row.state());
    }

    private static void put(final Call call, final boolean replace) throws CommandException, RefusedException {
        final Words words = call.words();
        final long mac = Words.mac(words.next("MAC"));
        words.keys("dev", "dst", "network", "vni");
        final String port = words.get("dev");
        final String dst = words.get("dst");
        if ((port == null) == (dst == null)) {
            throw new CommandException("one of 'dev PORT' and 'dst VTEP' must be given");
        }
        final String network = network(call, port);
        final Dataplane dataplane = call.node().dataplane();
        if (port != null) {
            dataplane.fdb().add(network, mac, port, replace);
        } else if (dst != null) {
            dataplane.fdb().add(network, mac, Words.address(dst), replace);
        }
    }

    private static void delete(final Call call) throws CommandException, RefusedException {
        final long mac = Words.mac(call.words().next("MAC"));
        call.words().keys("network", "vni");
        call.node().dataplane().fdb().remove(network(call, null), mac);
    }

    private static void flush(final Call call) throws CommandException, RefusedException, IOException {
        final Words words = call.words().keys("network", "dev", "mac");
        final Dataplane dataplane = call.node().dataplane();
        final String mac = words.get("mac");
        final int flushed = mac == null
                ? dataplane.fdb().flush(words.get("network"), words.get("dev"))
                : flushMac(dataplane, Words.mac(mac), words);
        call.show(List.of(new Row().pair("flushed", flushed)));
    }

    /** As all flushing: learned entries only. */
    private static int flushMac(final Dataplane dataplane, final long mac, final Words words) throws RefusedException {
        int flushed = 0;
        for (final FdbRow row : dataplane.fdb().rows()) {
            if (row.mac() == mac
                    && !row.state().equals("static")
                    && fits(words.get("network"), row.network())
                    && fits(words.get("dev"), row.port())) {
                dataplane.fdb().remove(row.network(), mac);
                flushed++;
            }
        }
        return flushed;
    }

    /** The network that a command means: named, by its VNI, that of the port, or the only one. */
    static String network(final Call call, final @Nullable String port) throws CommandException, RefusedException {
        final String named = call.words().get("network");
        if (named != null) {
            return named;
        }
        final List<String> found = new ArrayList<>();
        for (final NetworkStatus network : call.node().dataplane().networks()) {
            final String vni = call.words().get("vni");
            if (vni == null
                    ? port == null || network.ports().contains(port)
                    : fits(vni, network.spec().vni())) {
                found.add(network.spec().name());
            }
        }
        if (port != null && found.isEmpty()) {
            throw new RefusedException("no network has a port " + port);
        }
        if (found.size() != 1) {
            throw new CommandException(
                    "'network' is missing" + (found.isEmpty() ? "" : ": one of " + Names.join(found)));
        }
        return found.get(0);
    }
}
