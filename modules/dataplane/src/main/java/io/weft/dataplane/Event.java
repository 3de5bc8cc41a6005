// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/**
 * Something that an operator wants to know.
 *
 * @param epochMillis when
 * @param object which table it concerns: fdb, port, network, vtep, underlay, route, neigh
 * @param text what happened, in words
 */
public record Event(long epochMillis, String object, String text) {}
