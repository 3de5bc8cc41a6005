// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.charset.StandardCharsets;
import org.agrona.BufferUtil;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Off-heap counters of one worker, readable from another process while they change.
 *
 * <p>Layout, little endian, every value a 64-bit word:
 *
 * <pre>
 *    0  magic "WEFTCNT1"      8  ports  (u32)          12  worker counters (u32)   16  port counters (u32)
 *   20  drop reasons (u32)   24  values start (u32)    28  pid (u32)               32  start, epoch ms
 *   64  labels, 32 octets each, UTF-8, zero padded: worker counters, port counters, drop reasons by id, ports
 *  ...  values: worker counters; then per port: port counters, drops by reason id
 * </pre>
 *
 * One writer. Values are written with release semantics, each is consistent in itself; a reader that wants the ledger
 * to balance reads while the worker is idle or asks the worker.
 */
public final class Counters {
    private static final long MAGIC = 0x31544E4354464557L;
    private static final int HEADER_LENGTH = 64;
    private static final int LABEL_LENGTH = 32;
    private static final int MAX_PORTS = 0x8000;

    private static final WorkerCounter[] WORKER = WorkerCounter.values();
    private static final PortCounter[] PORT = PortCounter.values();
    private static final int PORT_STRIDE = (PORT.length + DropReason.ID_LIMIT) * Long.BYTES;

    private final UnsafeBuffer buffer;
    private final ByteBuffer memory;
    private final int maxPorts;
    private final int valuesStart;
    private final int portsStart;

    private Counters(final ByteBuffer memory, final int maxPorts) {
        this.memory = memory;
        this.buffer = new UnsafeBuffer(memory);
        this.maxPorts = maxPorts;
        this.valuesStart = valuesStart(maxPorts);
        this.portsStart = valuesStart + WORKER.length * Long.BYTES;
    }

    /** Counters in this process only. */
    public static Counters inMemory(final int maxPorts) {
        final Counters counters = new Counters(BufferUtil.allocateDirectAligned(length(maxPorts), 64), maxPorts);
        counters.writeHeader();
        return counters;
    }

    /** Counters in a new file; one that is there is replaced. */
    public static Counters create(final File file, final int maxPorts) {
        IoUtil.deleteIfExists(file);
        final Counters counters = new Counters(IoUtil.mapNewFile(file, length(maxPorts)), maxPorts);
        counters.writeHeader();
        return counters;
    }

    /**
     * Maps the counters of another process for reading.
     *
     * @throws IllegalArgumentException if the file is not of this layout
     */
    public static Counters open(final File file) {
        final MappedByteBuffer mapped = IoUtil.mapExistingFile(file, "counters");
        final UnsafeBuffer header = new UnsafeBuffer(mapped);
        if (mapped.capacity() < HEADER_LENGTH || header.getLong(0) != MAGIC) {
            throw new IllegalArgumentException("not a counters file: " + file);
        }
        final int ports = header.getInt(8);
        if (header.getInt(12) != WORKER.length
                || header.getInt(16) != PORT.length
                || header.getInt(20) != DropReason.ID_LIMIT
                || ports < 0
                || ports > MAX_PORTS
                || mapped.capacity() < length(ports)) {
            throw new IllegalArgumentException("counters file of another version: " + file);
        }
        return new Counters(mapped, ports);
    }

    /** Ports that have counters: indices below this. */
    public int maxPorts() {
        return maxPorts;
    }

    /** Adds to a worker counter. */
    public void add(final WorkerCounter counter, final long amount) {
        addAt(valuesStart + counter.ordinal() * Long.BYTES, amount);
    }

    /** Sets a worker gauge. */
    public void set(final WorkerCounter counter, final long value) {
        buffer.putLongRelease(valuesStart + counter.ordinal() * Long.BYTES, value);
    }

    /** A worker counter's value. */
    public long get(final WorkerCounter counter) {
        return buffer.getLongAcquire(valuesStart + counter.ordinal() * Long.BYTES);
    }

    /** Adds to a port's counter. */
    public void addPort(final int port, final PortCounter counter, final long amount) {
        addAt(portsStart + port * PORT_STRIDE + counter.ordinal() * Long.BYTES, amount);
    }

    /** A port's counter's value. */
    public long getPort(final int port, final PortCounter counter) {
        return buffer.getLongAcquire(portsStart + port * PORT_STRIDE + counter.ordinal() * Long.BYTES);
    }

    /** Adds to the drops of frames that came in by {@code port}. */
    public void addDrop(final int port, final DropReason reason, final long amount) {
        addAt(dropIndex(port, reason), amount);
    }

    /** Drops of frames that came in by {@code port}. */
    public long getDrop(final int port, final DropReason reason) {
        return buffer.getLongAcquire(dropIndex(port, reason));
    }

    /** Drops of all ports. */
    public long getDrop(final DropReason reason) {
        long sum = 0;
        for (int port = 0; port < maxPorts; port++) {
            sum += getDrop(port, reason);
        }
        return sum;
    }

    /** Names a port for readers; empty if the index is free. */
    public void portName(final int port, final String name) {
        label(WORKER.length + PORT.length + DropReason.ID_LIMIT + port, name);
    }

    /** The name of a port; empty if the index is free. */
    public String portName(final int port) {
        final int index = HEADER_LENGTH + (WORKER.length + PORT.length + DropReason.ID_LIMIT + port) * LABEL_LENGTH;
        int length = 0;
        while (length < LABEL_LENGTH && buffer.getByte(index + length) != 0) {
            length++;
        }
        final byte[] text = new byte[length];
        buffer.getBytes(index, text);
        return new String(text, StandardCharsets.UTF_8);
    }

    /** Zeroes what belongs to a port index before another port gets it. */
    public void clearPort(final int port) {
        for (int index = 0; index < PORT_STRIDE; index += Long.BYTES) {
            buffer.putLongRelease(portsStart + port * PORT_STRIDE + index, 0);
        }
        portName(port, "");
    }

    /** Unmaps a file; an in-memory set is left to the collector. */
    public void close() {
        if (memory instanceof MappedByteBuffer mapped && mapped.isDirect()) {
            IoUtil.unmap(mapped);
        }
    }

    private void addAt(final int index, final long amount) {
        buffer.putLongRelease(index, buffer.getLong(index) + amount);
    }

    private int dropIndex(final int port, final DropReason reason) {
        return portsStart + port * PORT_STRIDE + (PORT.length + reason.id()) * Long.BYTES;
    }

    private void writeHeader() {
        buffer.putInt(8, maxPorts);
        buffer.putInt(12, WORKER.length);
        buffer.putInt(16, PORT.length);
        buffer.putInt(20, DropReason.ID_LIMIT);
        buffer.putInt(24, valuesStart);
        buffer.putInt(28, (int) ProcessHandle.current().pid());
        buffer.putLong(32, System.currentTimeMillis());
        for (final WorkerCounter counter : WORKER) {
            label(counter.ordinal(), counter.label());
        }
        for (final PortCounter counter : PORT) {
            label(WORKER.length + counter.ordinal(), counter.label());
        }
        for (final DropReason reason : DropReason.values()) {
            label(WORKER.length + PORT.length + reason.id(), reason.label());
        }
        buffer.putLongRelease(0, MAGIC);
    }

    private void label(final int number, final String text) {
        final int index = HEADER_LENGTH + number * LABEL_LENGTH;
        final byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        buffer.setMemory(index, LABEL_LENGTH, (byte) 0);
        buffer.putBytes(index, octets, 0, Math.min(octets.length, LABEL_LENGTH));
    }

    private static int valuesStart(final int maxPorts) {
        return HEADER_LENGTH + (WORKER.length + PORT.length + DropReason.ID_LIMIT + maxPorts) * LABEL_LENGTH;
    }

    private static int length(final int maxPorts) {
        return valuesStart(maxPorts) + WORKER.length * Long.BYTES + maxPorts * PORT_STRIDE;
    }
}
