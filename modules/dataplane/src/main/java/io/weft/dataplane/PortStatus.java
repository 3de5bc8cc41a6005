// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.port.Port;
import io.weft.port.PortState;
import org.jspecify.annotations.Nullable;

/**
 * A port as it is.
 *
 * @param index in the worker and in the counters
 * @param network null for the underlay
 * @param port the port itself, for what only its kind knows; its data path methods are not to be called
 */
public record PortStatus(int index, String name, @Nullable String network, PortState state, String reason, Port port) {}
