// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;

/** libpcap's compiler of filters. pcap4j knows it as well, but keeps the instructions to itself. */
final class LibPcap {
    private static final int LINK_TYPE_ETHERNET = 1;
    private static final int OPTIMIZE = 1;
    private static final int NETMASK_UNKNOWN = 0xFFFF_FFFF;
    /** Octets of a bpf_program and of a bpf_insn. */
    private static final int PROGRAM_LENGTH = 16;

    private static final int INSTRUCTION_LENGTH = 8;

    /** The property by which pcap4j finds it, where it has another name. */
    private static final String NAME = System.getProperty("org.pcap4j.core.pcapLibName", "pcap");

    private LibPcap() {}

    /**
     * Compiles a filter for Ethernet packets. Older libpcaps can't compile two at a time.
     *
     * @throws IllegalArgumentException with libpcap's words
     * @throws UnsatisfiedLinkError there is no libpcap
     */
    static synchronized List<FilterInstruction> compile(final String expression) {
        final NativeLibrary library = NativeLibrary.getInstance(NAME);
        final Pointer handle = library.getFunction("pcap_open_dead")
                .invokePointer(new Object[] {LINK_TYPE_ETHERNET, PcapngWriter.SNAP_LENGTH});
        if (handle == null) {
            throw new IllegalArgumentException("libpcap has no memory");
        }
        try (Memory program = new Memory(PROGRAM_LENGTH)) {
            program.clear();
            final int result = library.getFunction("pcap_compile")
                    .invokeInt(new Object[] {handle, program, expression, OPTIMIZE, NETMASK_UNKNOWN});
            if (result != 0) {
                throw new IllegalArgumentException(library.getFunction("pcap_geterr")
                        .invokePointer(new Object[] {handle})
                        .getString(0));
            }
            try {
                return instructions(program);
            } finally {
                library.getFunction("pcap_freecode").invokeVoid(new Object[] {program});
            }
        } finally {
            library.getFunction("pcap_close").invokeVoid(new Object[] {handle});
        }
    }

    private static List<FilterInstruction> instructions(final Pointer program) {
        final int count = program.getInt(0);
        final Pointer first = program.getPointer(Long.BYTES);
        final List<FilterInstruction> instructions = new ArrayList<>(count);
        for (int at = 0; at < count * INSTRUCTION_LENGTH; at += INSTRUCTION_LENGTH) {
            instructions.add(new FilterInstruction(
                    first.getShort(at) & 0xFFFF,
                    first.getByte(at + 2) & 0xFF,
                    first.getByte(at + 3) & 0xFF,
                    first.getInt(at + 4)));
        }
        return instructions;
    }
}
