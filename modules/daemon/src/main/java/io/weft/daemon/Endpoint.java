// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.wire.IpAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Another node as a file or a command has it: an address, or the name of a host, which has one. One of both is null.
 *
 * @param host in lower case
 */
record Endpoint(@Nullable IpAddress address, @Nullable String host) {
    private static final int MAX_LENGTH = 253;
    private static final String LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";

    /**
     * Reads what may be either. What consists of digits and dots, or has a colon, is meant as an address.
     *
     * @throws IllegalArgumentException with the reason
     */
    static Endpoint parse(final String text) {
        if (text.indexOf(':') >= 0 || text.matches("[0-9./]*")) {
            return new Endpoint(IpAddress.parse(text), null);
        }
        // A last label of digits only is a mistyped address (RFC 1123 section 2.1).
        if (text.length() > MAX_LENGTH
                || !text.matches(LABEL + "(\\." + LABEL + ")*")
                || text.matches("(.*\\.)?[0-9]+")) {
            throw new IllegalArgumentException("neither an address nor a host name: '" + text + "'");
        }
        return new Endpoint(null, text.toLowerCase(Locale.ROOT));
    }
}
