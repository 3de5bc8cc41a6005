// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/** Remote VTEPs as a worker knows them. */
@FunctionalInterface
public interface VtepAddresses {
    /** Address of the VTEP with this index, which may be any number; null if there is none. Allocates nothing. */
    @Nullable
    IpAddress address(int vtep);
}
