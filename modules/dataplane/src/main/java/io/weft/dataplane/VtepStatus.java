// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.wire.IpAddress;
import java.util.List;

/**
 * A remote VTEP.
 *
 * @param networks names of the networks that use it
 * @param mtu longest inner IP packet that it may be sent
 */
public record VtepStatus(IpAddress address, int udpPort, int mtu, List<String> networks) {}
