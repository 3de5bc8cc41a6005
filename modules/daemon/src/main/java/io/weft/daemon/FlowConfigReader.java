// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.conntrack.FlowSettings;
import io.weft.daemon.NodeConfig.JournalEntry;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The sections {@code conntrack} and {@code journal} of a node file. */
public final class FlowConfigReader {
    private static final long MIN_RETAIN = 16L << 20;

    private FlowConfigReader() {}

    /**
     * Reads {@code conntrack}, which a lab file has as well.
     *
     * @param section null: what a node does without it
     * @throws ConfigException on an unknown key or a value out of its range
     */
    public static FlowSettings flows(final @Nullable YamlNode section) throws ConfigException {
        final FlowSettings usual = FlowSettings.DEFAULT;
        if (section == null) {
            return usual;
        }
        section.map(
                "max",
                "per-source",
                "tcp-established",
                "tcp-transitory",
                "tcp-closed",
                "udp",
                "icmp",
                "other",
                "update");
        final YamlNode max = section.get("max");
        final int flows = max == null ? usual.maxFlows() : max.integer(FlowSettings.MIN_FLOWS, FlowSettings.MAX_FLOWS);
        final YamlNode share = section.get("per-source");
        return new FlowSettings(
                flows,
                share == null ? usual.withMaxFlows(flows).perSource() : share.integer(1, flows),
                seconds(section, "tcp-established", usual.tcpEstablished()),
                seconds(section, "tcp-transitory", usual.tcpTransitory()),
                seconds(section, "tcp-closed", usual.tcpClosed()),
                seconds(section, "udp", usual.udp()),
                seconds(section, "icmp", usual.icmp()),
                seconds(section, "other", usual.other()),
                seconds(section, "update", usual.update()));
    }

    private static int seconds(final YamlNode section, final String key, final int usual) throws ConfigException {
        final YamlNode value = section.get(key);
        if (value == null) {
            return usual;
        }
        final Duration time = value.parsed(Quantity::duration);
        if (time.toSeconds() < 1 || time.toSeconds() > FlowSettings.MAX_SECONDS) {
            throw value.refuse(key + " must be 1s to 7d, not " + value.text());
        }
        return (int) time.toSeconds();
    }

    static @Nullable JournalEntry journal(final @Nullable YamlNode section) throws ConfigException {
        if (section == null || section.entries().isEmpty()) {
            return null;
        }
        section.map("dir", "retain", "age");
        final YamlNode dir = section.require("dir");
        final YamlNode retain = section.get("retain");
        final long octets = retain == null ? JournalEntry.RETAIN : retain(retain);
        final YamlNode age = section.get("age");
        return new JournalEntry(
                section.line(),
                directory(section.file(), dir),
                octets,
                age == null ? Duration.ZERO : age.parsed(Quantity::duration));
    }

    /**
     * Reads what a journal may take, which a lab file has as well.
     *
     * @return octets
     * @throws ConfigException if it is no amount, or too little
     */
    public static long retain(final YamlNode amount) throws ConfigException {
        final long octets = amount.parsed(Quantity::octets);
        if (octets < MIN_RETAIN) {
            throw amount.refuse("a journal needs 16MiB or more");
        }
        return octets;
    }

    private static Path directory(final String file, final YamlNode dir) throws ConfigException {
        if (dir.text().isEmpty()) {
            throw dir.refuse("a journal has to be somewhere");
        }
        return Path.of(file).toAbsolutePath().resolveSibling(dir.text()).normalize();
    }
}
