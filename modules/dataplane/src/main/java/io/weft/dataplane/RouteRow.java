// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/**
 * A route as it is.
 *
 * @param spec as asked for, every path with its network
 * @param used false if one of a lower metric is used instead
 */
public record RouteRow(RouteSpec spec, boolean used) {}
