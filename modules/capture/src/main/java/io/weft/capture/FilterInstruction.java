// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

/**
 * An instruction of the classic BSD Packet Filter, as libpcap compiles filters to.
 *
 * @param code operation and addressing mode, 16 bits
 * @param jt instructions to skip if a comparison is true, 0 to 255
 * @param jf instructions to skip if it is false
 * @param k constant
 */
record FilterInstruction(int code, int jt, int jf, int k) {}
