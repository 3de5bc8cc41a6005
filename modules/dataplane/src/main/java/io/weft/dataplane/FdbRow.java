// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a forwarding database.
 *
 * @param mac 48 bits
 * @param port name of the port behind which the MAC is, or null
 * @param vtep address of the VTEP behind which it is, or null
 * @param state as the table tells it: learned, static, damped
 * @param ageSeconds since it was last seen as a source
 */
public record FdbRow(
        String network,
        int vni,
        long mac,
        @Nullable String port,
        @Nullable IpAddress vtep,
        String state,
        int ageSeconds) {}
