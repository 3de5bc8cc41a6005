// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/**
 * What one stage does with a made-up frame.
 *
 * @param stage the stage's name: ethernet-input, neighbor-input, bridge, router, vxlan-encap, port
 * @param text what it does and why, in words
 */
public record TraceStep(String stage, String text) {}
