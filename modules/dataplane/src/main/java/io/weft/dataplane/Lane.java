// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/**
 * One worker, as commands find it.
 *
 * @param number from 0 on
 * @param pipeline its own
 * @param executor what drives it
 */
record Lane(int number, Pipeline pipeline, Executor executor) {}
