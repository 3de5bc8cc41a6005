// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** IP protocols by name, as in /etc/protocols. */
final class Protocols {
    private static final int LIMIT = 256;
    private static final Map<String, Integer> NUMBERS = new LinkedHashMap<>();
    private static final String[] NAMES = new String[LIMIT];
    private static final Set<Integer> WITH_PORTS = Set.of(Ipv4.PROTOCOL_TCP, Ipv4.PROTOCOL_UDP, 33, 132, 136);

    static {
        name("icmp", Ipv4.PROTOCOL_ICMP);
        name("tcp", Ipv4.PROTOCOL_TCP);
        name("udp", Ipv4.PROTOCOL_UDP);
        name("icmpv6", Ipv6.PROTOCOL_ICMPV6);
        name("igmp", 2);
        name("dccp", 33);
        name("gre", 47);
        name("esp", 50);
        name("ah", 51);
        name("sctp", 132);
        name("udplite", 136);
    }

    private Protocols() {}

    private static void name(final String name, final int number) {
        NUMBERS.put(name, number);
        NAMES[number] = name;
    }

    /** Its name; its number if it has none here. */
    static String name(final int protocol) {
        final String name = NAMES[protocol];
        return name == null ? Integer.toString(protocol) : name;
    }

    /** The protocols that a word stands for: {@code icmp} is that of both families. */
    static Set<Integer> parse(final String text) {
        if (text.equals("icmp")) {
            return Set.of(Ipv4.PROTOCOL_ICMP, Ipv6.PROTOCOL_ICMPV6);
        }
        final Integer number = NUMBERS.get(text);
        if (number != null) {
            return Set.of(number);
        }
        if (text.matches("\\d{1,3}") && Integer.parseInt(text) < LIMIT) {
            return Set.of(Integer.parseInt(text));
        }
        throw new IllegalArgumentException("--protocol must be one of " + String.join(" ", NUMBERS.keySet())
                + " or a number from 0 to 255, not '" + text + "'");
    }

    static boolean isIcmp(final int protocol) {
        return protocol == Ipv4.PROTOCOL_ICMP || protocol == Ipv6.PROTOCOL_ICMPV6;
    }

    static boolean hasPorts(final int protocol) {
        return WITH_PORTS.contains(protocol);
    }
}
