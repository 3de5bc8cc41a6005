// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.wire.Bytes;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A classic BPF program, checked once and decoded, that runs on a packet where it lies. No run is longer than the program,
 * for every jump is forward; none allocates. What libpcap's own interpreter says of a packet, this one says (McCanne and
 * Jacobson, "The BSD Packet Filter", 1993; extensions MOD and XOR as in libpcap).
 *
 * <p>A packet may lie in two places: some headers that were made up, and the rest. A load from beyond its end, and a division
 * by zero, end the run: no match.
 *
 * <p>Not for two threads: a run has its registers here.
 */
final class FilterProgram {
    /** More instructions are refused, as by kernels (BPF_MAXINSNS). */
    static final int MAX_LENGTH = 4096;

    private static final int SCRATCH_WORDS = 16;
    private static final UnsafeBuffer NOTHING = new UnsafeBuffer(new byte[0]);

    private final int[] operations;
    /** Added to the constant: the index register, or nothing. */
    private final int[] indexMasks;

    private final int[] constants;
    private final int[] ifTrue;
    private final int[] ifFalse;
    private final int[] scratch = new int[SCRATCH_WORDS];

    private UnsafeBuffer head = NOTHING;
    private int headLength;
    private UnsafeBuffer body = NOTHING;
    /** Where the body would begin in its buffer if it began where the head does. */
    private int bodyBase;

    private long end;

    private FilterProgram(final int count) {
        operations = new int[count];
        indexMasks = new int[count];
        constants = new int[count];
        ifTrue = new int[count];
        ifFalse = new int[count];
    }

    /**
     * Checks and decodes a program.
     *
     * @throws IllegalArgumentException it is empty or too long, has an unknown instruction, a jump out of it, a scratch word out
     *     of range or a constant division by zero, or does not end with a return
     */
    static FilterProgram load(final List<FilterInstruction> instructions) {
        final int count = instructions.size();
        if (count == 0 || count > MAX_LENGTH) {
            throw new IllegalArgumentException("filter of " + count + " instructions: must be 1 to " + MAX_LENGTH);
        }
        final FilterProgram program = new FilterProgram(count);
        for (int at = 0; at < count; at++) {
            program.decode(at, instructions.get(at));
        }
        final int last = program.operations[count - 1];
        if (last != FilterOperation.RETURN && last != FilterOperation.RETURN_A) {
            throw new IllegalArgumentException("filter does not end with a return");
        }
        return program;
    }

    private void decode(final int at, final FilterInstruction instruction) {
        final int operation = FilterOperation.of(instruction.code());
        if (operation == FilterOperation.UNKNOWN) {
            throw new IllegalArgumentException(
                    String.format("filter instruction %d: unknown code 0x%04x", at, instruction.code()));
        }
        final boolean isIndexed = FilterOperation.isIndexed(instruction.code());
        operations[at] = operation;
        indexMasks[at] = isIndexed ? -1 : 0;
        constants[at] = isIndexed && !FilterOperation.isLoad(operation) ? 0 : instruction.k();
        final boolean isDivision = operation == FilterOperation.DIV || operation == FilterOperation.MOD;
        if (isDivision && !isIndexed && instruction.k() == 0) {
            throw new IllegalArgumentException("filter instruction " + at + ": division by zero");
        }
        if (FilterOperation.usesScratch(operation) && Integer.compareUnsigned(instruction.k(), SCRATCH_WORDS) >= 0) {
            throw new IllegalArgumentException("filter instruction " + at + ": no such scratch word");
        }
        if (operation == FilterOperation.JUMP) {
            ifTrue[at] = target(at, Integer.toUnsignedLong(instruction.k()));
        } else if (FilterOperation.isBranch(operation)) {
            ifTrue[at] = target(at, instruction.jt());
            ifFalse[at] = target(at, instruction.jf());
        }
    }

    private int target(final int at, final long skipped) {
        final long target = at + 1 + skipped;
        if ((int) skipped < 0) {
            throw new IllegalArgumentException("filter instruction " + at
                    + " jumps back: loops, as of protochain, are not run on frames, whose time must have a bound");
        }
        if (target >= operations.length) {
            throw new IllegalArgumentException("filter instruction " + at + ": jumps out of the program");
        }
        return (int) target;
    }

    /** A copy for another thread. */
    FilterProgram copy() {
        final FilterProgram copy = new FilterProgram(operations.length);
        System.arraycopy(operations, 0, copy.operations, 0, operations.length);
        System.arraycopy(indexMasks, 0, copy.indexMasks, 0, operations.length);
        System.arraycopy(constants, 0, copy.constants, 0, operations.length);
        System.arraycopy(ifTrue, 0, copy.ifTrue, 0, operations.length);
        System.arraycopy(ifFalse, 0, copy.ifFalse, 0, operations.length);
        return copy;
    }

    /**
     * True if the packet matches.
     *
     * @param length octets that are here
     * @param originalLength octets that the packet had
     */
    boolean matches(final UnsafeBuffer packet, final int offset, final int length, final int originalLength) {
        return matches(NOTHING, 0, packet, offset, length, originalLength);
    }

    /**
     * The same for a packet in two parts.
     *
     * @param headers first part, from 0 on
     * @param headersLength octets of it
     * @param packet where the rest is, from {@code offset} on, {@code length} octets
     * @param originalLength octets that the whole packet had
     */
    boolean matches(
            final UnsafeBuffer headers,
            final int headersLength,
            final UnsafeBuffer packet,
            final int offset,
            final int length,
            final int originalLength) {
        head = headers;
        headLength = headersLength;
        body = packet;
        bodyBase = offset - headersLength;
        end = (long) headersLength + length;
        Arrays.fill(scratch, 0);
        return run(originalLength) != 0;
    }

    private int run(final int originalLength) {
        int a = 0;
        int x = 0;
        int at = 0;
        while (true) {
            final int k = constants[at];
            final int index = x & indexMasks[at];
            final int operand = k + index;
            final int operation = operations[at++];
            switch (operation) {
                case FilterOperation.LOAD_WORD, FilterOperation.LOAD_HALF, FilterOperation.LOAD_OCTET -> {
                    final long position = Integer.toUnsignedLong(k) + Integer.toUnsignedLong(index);
                    if (position + operation > end) {
                        return 0;
                    }
                    a = load((int) position, operation);
                }
                case FilterOperation.LOAD_HEADER_LENGTH -> {
                    final long position = Integer.toUnsignedLong(k);
                    if (position + 1 > end) {
                        return 0;
                    }
                    x = (octet((int) position) & 0xF) << 2;
                }
                case FilterOperation.LOAD_CONSTANT -> a = k;
                case FilterOperation.LOAD_LENGTH -> a = originalLength;
                case FilterOperation.LOAD_SCRATCH -> a = scratch[k];
                case FilterOperation.LOADX_CONSTANT -> x = k;
                case FilterOperation.LOADX_LENGTH -> x = originalLength;
                case FilterOperation.LOADX_SCRATCH -> x = scratch[k];
                case FilterOperation.STORE -> scratch[k] = a;
                case FilterOperation.STOREX -> scratch[k] = x;
                case FilterOperation.JUMP -> at = ifTrue[at - 1];
                case FilterOperation.EQUAL -> at = a == operand ? ifTrue[at - 1] : ifFalse[at - 1];
                case FilterOperation.GREATER ->
                    at = Integer.compareUnsigned(a, operand) > 0 ? ifTrue[at - 1] : ifFalse[at - 1];
                case FilterOperation.NOT_LESS ->
                    at = Integer.compareUnsigned(a, operand) >= 0 ? ifTrue[at - 1] : ifFalse[at - 1];
                case FilterOperation.ANY_BIT -> at = (a & operand) != 0 ? ifTrue[at - 1] : ifFalse[at - 1];
                case FilterOperation.RETURN -> {
                    return k;
                }
                case FilterOperation.RETURN_A -> {
                    return a;
                }
                case FilterOperation.A_TO_X -> x = a;
                case FilterOperation.X_TO_A -> a = x;
                case FilterOperation.DIV, FilterOperation.MOD -> {
                    if (operand == 0) {
                        return 0;
                    }
                    a = arithmetic(operation, a, operand);
                }
                default -> a = arithmetic(operation, a, operand);
            }
        }
    }

    /** Shifts by 32 bits and more leave nothing, as in libpcap. */
    private static int arithmetic(final int operation, final int a, final int operand) {
        return switch (operation) {
            case FilterOperation.ADD -> a + operand;
            case FilterOperation.SUB -> a - operand;
            case FilterOperation.MUL -> a * operand;
            case FilterOperation.DIV -> Integer.divideUnsigned(a, operand);
            case FilterOperation.MOD -> Integer.remainderUnsigned(a, operand);
            case FilterOperation.OR -> a | operand;
            case FilterOperation.AND -> a & operand;
            case FilterOperation.XOR -> a ^ operand;
            case FilterOperation.LEFT -> Integer.compareUnsigned(operand, 32) < 0 ? a << operand : 0;
            case FilterOperation.RIGHT -> Integer.compareUnsigned(operand, 32) < 0 ? a >>> operand : 0;
            case FilterOperation.NEG -> -a;
            default -> throw new IllegalStateException("operation " + operation + ", which the loader refuses");
        };
    }

    private int load(final int position, final int octets) {
        if (position >= headLength) {
            return switch (octets) {
                case FilterOperation.LOAD_WORD -> Bytes.i32(body, bodyBase + position);
                case FilterOperation.LOAD_HALF -> Bytes.u16(body, bodyBase + position);
                default -> body.getByte(bodyBase + position) & 0xFF;
            };
        }
        int value = 0;
        for (int i = 0; i < octets; i++) {
            value = (value << 8) | octet(position + i);
        }
        return value;
    }

    private int octet(final int position) {
        return (position < headLength ? head.getByte(position) : body.getByte(bodyBase + position)) & 0xFF;
    }
}
