// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.wire.IpAddress;
import java.util.List;

/** For what addresses the name of a host stands. Called by several threads; may take as long as it likes. */
@FunctionalInterface
interface Resolver {
    /** Addresses of both families in no order; empty if the name stands for none, or nobody can be asked. */
    List<IpAddress> resolve(String host);
}
