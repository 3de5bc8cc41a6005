// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

/** What instructions of a {@link FilterProgram} do, as small numbers; and which of libpcap's codes means which. */
final class FilterOperation {
    static final int UNKNOWN = 0;
    /** Loads from the packet have the number of octets that they load. */
    static final int LOAD_OCTET = 1;

    static final int LOAD_HALF = 2;
    static final int LOAD_HEADER_LENGTH = 3;
    static final int LOAD_WORD = 4;
    static final int LOAD_CONSTANT = 5;
    static final int LOAD_LENGTH = 6;
    static final int LOAD_SCRATCH = 7;
    static final int LOADX_CONSTANT = 8;
    static final int LOADX_LENGTH = 9;
    static final int LOADX_SCRATCH = 10;
    static final int STORE = 11;
    static final int STOREX = 12;
    static final int ADD = 13;
    static final int SUB = 14;
    static final int MUL = 15;
    static final int DIV = 16;
    static final int OR = 17;
    static final int AND = 18;
    static final int LEFT = 19;
    static final int RIGHT = 20;
    static final int NEG = 21;
    static final int MOD = 22;
    static final int XOR = 23;
    static final int JUMP = 24;
    static final int EQUAL = 25;
    static final int GREATER = 26;
    static final int NOT_LESS = 27;
    static final int ANY_BIT = 28;
    static final int RETURN = 29;
    static final int RETURN_A = 30;
    static final int A_TO_X = 31;
    static final int X_TO_A = 32;

    /** Arithmetic in the order of its codes. */
    private static final int[] ARITHMETIC = {ADD, SUB, MUL, DIV, OR, AND, LEFT, RIGHT, NEG, MOD, XOR};

    private static final int[] JUMPS = {JUMP, EQUAL, GREATER, NOT_LESS, ANY_BIT};

    private static final int CLASS = 0x07;
    private static final int CLASS_LD = 0x00;
    private static final int CLASS_ALU = 0x04;
    private static final int CLASS_JMP = 0x05;
    private static final int SOURCE_X = 0x08;
    private static final int MODE = 0xE0;
    private static final int MODE_INDIRECT = 0x40;

    private FilterOperation() {}

    /** The operation that a code means; {@link #UNKNOWN} if it means none. */
    static int of(final int code) {
        return switch (code) {
            case 0x20, 0x40 -> LOAD_WORD;
            case 0x28, 0x48 -> LOAD_HALF;
            case 0x30, 0x50 -> LOAD_OCTET;
            case 0x00 -> LOAD_CONSTANT;
            case 0x80 -> LOAD_LENGTH;
            case 0x60 -> LOAD_SCRATCH;
            case 0x01 -> LOADX_CONSTANT;
            case 0x81 -> LOADX_LENGTH;
            case 0x61 -> LOADX_SCRATCH;
            case 0xB1 -> LOAD_HEADER_LENGTH;
            case 0x02 -> STORE;
            case 0x03 -> STOREX;
            case 0x06 -> RETURN;
            case 0x16 -> RETURN_A;
            case 0x07 -> A_TO_X;
            case 0x87 -> X_TO_A;
            case 0x84 -> NEG;
            default -> binary(code);
        };
    }

    private static int binary(final int code) {
        final int number = code >>> 4;
        final int way = code & CLASS;
        if (way == CLASS_ALU && number < ARITHMETIC.length && ARITHMETIC[number] != NEG) {
            return ARITHMETIC[number];
        }
        final boolean isJump = way == CLASS_JMP && number < JUMPS.length;
        return isJump && (number > 0 || code == CLASS_JMP) ? JUMPS[number] : UNKNOWN;
    }

    /** True if the index register is the operand or, for loads, part of the position. */
    static boolean isIndexed(final int code) {
        return switch (code & CLASS) {
            case CLASS_LD -> (code & MODE) == MODE_INDIRECT;
            case CLASS_ALU, CLASS_JMP -> (code & SOURCE_X) != 0;
            default -> false;
        };
    }

    /** True for a load from the packet that may be indexed. */
    static boolean isLoad(final int operation) {
        return operation == LOAD_WORD || operation == LOAD_HALF || operation == LOAD_OCTET;
    }

    /** True if the constant is the number of a scratch word. */
    static boolean usesScratch(final int operation) {
        return operation == LOAD_SCRATCH || operation == LOADX_SCRATCH || operation == STORE || operation == STOREX;
    }

    /** True for a comparison with two targets. */
    static boolean isBranch(final int operation) {
        return operation >= EQUAL && operation <= ANY_BIT;
    }
}
