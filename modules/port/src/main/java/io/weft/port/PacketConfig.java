// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import org.jspecify.annotations.Nullable;

/**
 * Which interface a {@link PacketPort} takes over.
 *
 * @param name of the port
 * @param namespace where the interface is ({@link NetworkNamespace#call}); null: where this process is
 * @param dev the interface's name there
 * @param offloads false: the kernel gets frames of at most the MTU with complete checksums. To compare. What it gives is
 *     up to the other end of the wire ({@code ethtool -K})
 */
public record PacketConfig(String name, @Nullable String namespace, String dev, boolean offloads) {}
