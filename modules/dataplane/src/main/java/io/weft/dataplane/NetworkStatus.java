// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import java.util.List;

/**
 * A network as it is.
 *
 * @param spec as asked for
 * @param macs entries in its FDB
 * @param ports names of its ports
 * @param remotes addresses of its VTEPs
 */
public record NetworkStatus(NetworkSpec spec, int macs, List<String> ports, List<String> remotes) {}
