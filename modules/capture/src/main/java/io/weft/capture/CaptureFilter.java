// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.pcap4j.core.BpfProgram;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;
import org.pcap4j.packet.namednumber.DataLinkType;

/** A filter in the language of pcap-filter(7), compiled and run by libpcap. One thread. */
final class CaptureFilter implements AutoCloseable {
    /** An expression longer than this is refused unread. */
    static final int MAX_LENGTH = 4096;

    private final @Nullable BpfProgram program;
    private byte[] octets = new byte[2048];

    private CaptureFilter(final @Nullable BpfProgram program) {
        this.program = program;
    }

    /**
     * Compiles {@code expression}; an empty one matches everything and needs no libpcap.
     *
     * @throws IllegalArgumentException with one clear line: what is wrong with the expression, or that libpcap is missing
     */
    static CaptureFilter compile(final String expression) {
        if (expression.isBlank()) {
            return new CaptureFilter(null);
        }
        if (expression.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("capture filter longer than " + MAX_LENGTH + " characters");
        }
        try (PcapHandle handle = Pcaps.openDead(DataLinkType.EN10MB, PcapngWriter.SNAP_LENGTH)) {
            return new CaptureFilter(
                    handle.compileFilter(expression, BpfCompileMode.OPTIMIZE, PcapHandle.PCAP_NETMASK_UNKNOWN));
        } catch (final PcapNativeException e) {
            throw new IllegalArgumentException("capture filter \"" + expression + "\": " + oneLine(e.getMessage()), e);
        } catch (final org.pcap4j.core.NotOpenException e) {
            throw new IllegalStateException("libpcap handle closed while compiling", e);
        } catch (final LinkageError e) {
            throw new IllegalArgumentException(
                    "a capture filter needs libpcap: install it (apt-get install libpcap0.8), or capture without a filter",
                    e);
        }
    }

    /**
     * True if the packet matches.
     *
     * @param length octets that are here
     * @param originalLength octets that the packet had
     */
    boolean matches(final UnsafeBuffer buffer, final int offset, final int length, final int originalLength) {
        if (program == null) {
            return true;
        }
        if (octets.length < length) {
            octets = new byte[Math.max(length, 2 * octets.length)];
        }
        buffer.getBytes(offset, octets, 0, length);
        return program.applyFilter(octets, originalLength, length);
    }

    @Override
    public void close() {
        if (program != null) {
            program.free();
        }
    }

    /** pcap4j puts libpcap's words behind its own. */
    private static String oneLine(final @Nullable String message) {
        if (message == null) {
            return "not understood by libpcap";
        }
        final int own = message.indexOf("pcap_compile:");
        return (own < 0 ? message : message.substring(own + "pcap_compile:".length()))
                .strip()
                .replace('\n', ' ');
    }
}
