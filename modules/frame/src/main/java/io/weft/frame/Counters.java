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
 * Off-heap counters of a node's workers, readable from another process while they change.
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
 * With several workers the magic is "WEFTCNT2", offset 40 has their number (u32) and 44 the octets from the values of one to
 * those of the next (u32), a multiple of two cache lines: what one worker writes shares no line with another's.
 *
 * <p>One writer to each worker's values, by its own {@link #worker}; reading this object reads all workers' together. Values
 * are written with release semantics, each is consistent in itself; a reader that wants the ledger to balance reads while the
 * workers are idle or asks them.
 */
public final class Counters {
    private static final long MAGIC = 0x31544E4354464557L;
    private static final long MAGIC_OF_SEVERAL = 0x32544E4354464557L;
    private static final int HEADER_LENGTH = 64;
    /** Two cache lines: the prefetcher fetches pairs. */
    private static final int BLOCK_ALIGNMENT = 128;

    private static final int LABEL_LENGTH = 32;
    private static final int MAX_PORTS = 0x8000;
    private static final int MAX_WORKERS = 64;

    private static final WorkerCounter[] WORKER = WorkerCounter.values();
    private static final PortCounter[] PORT = PortCounter.values();
    private static final int PORT_STRIDE = (PORT.length + DropReason.ID_LIMIT) * Long.BYTES;

    private final UnsafeBuffer buffer;
    private final ByteBuffer memory;
    private final int maxPorts;
    private final int valuesStart;
    private final int portsStart;
    /** Workers whose values reading sums up, from {@link #valuesStart} on. */
    private final int workers;
    /** Octets from one worker's values to the next one's. */
    private final int block;

    private Counters(final ByteBuffer memory, final int maxPorts, final int workers, final int first) {
        this.memory = memory;
        this.buffer = new UnsafeBuffer(memory);
        this.maxPorts = maxPorts;
        this.workers = workers;
        this.block = block(maxPorts);
        this.valuesStart = valuesStart(maxPorts) + first * block;
        this.portsStart = valuesStart + WORKER.length * Long.BYTES;
    }

    /** Counters of one worker in this process only. */
    public static Counters inMemory(final int maxPorts) {
        return inMemory(maxPorts, 1);
    }

    /** Counters of 1 to 64 workers in this process only. */
    public static Counters inMemory(final int maxPorts, final int workers) {
        return made(BufferUtil.allocateDirectAligned(length(maxPorts, workers), BLOCK_ALIGNMENT), maxPorts, workers);
    }

    /** Counters of one worker in a new file; one that is there is replaced. */
    public static Counters create(final File file, final int maxPorts) {
        return create(file, maxPorts, 1);
    }

    /** Counters of 1 to 64 workers in a new file; one that is there is replaced. */
    public static Counters create(final File file, final int maxPorts, final int workers) {
        IoUtil.deleteIfExists(file);
        return made(IoUtil.mapNewFile(file, length(maxPorts, workers)), maxPorts, workers);
    }

    private static Counters made(final ByteBuffer memory, final int maxPorts, final int workers) {
        final Counters counters = new Counters(memory, maxPorts, workers, 0);
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
        final long magic = mapped.capacity() < HEADER_LENGTH ? 0 : header.getLong(0);
        if (magic != MAGIC && magic != MAGIC_OF_SEVERAL) {
            throw new IllegalArgumentException("not a counters file: " + file);
        }
        final int ports = header.getInt(8);
        final int workers = magic == MAGIC ? 1 : header.getInt(40);
        if (header.getInt(12) != WORKER.length
                || header.getInt(16) != PORT.length
                || header.getInt(20) != DropReason.ID_LIMIT
                || ports < 0
                || ports > MAX_PORTS
                || workers < 1
                || workers > MAX_WORKERS
                || mapped.capacity() < length(ports, workers)) {
            throw new IllegalArgumentException("counters file of another version: " + file);
        }
        return new Counters(mapped, ports, workers, 0);
    }

    /** The values of one worker alone, for it to write and for others to read. */
    public Counters worker(final int worker) {
        return workers == 1 && worker == 0 ? this : new Counters(memory, maxPorts, 1, worker);
    }

    /** Workers whose values there are. */
    public int workers() {
        return workers;
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

    /** A worker counter's value: the sum over all workers, of {@link WorkerCounter#NEIGHBORS} the largest. */
    public long get(final WorkerCounter counter) {
        final int index = valuesStart + counter.ordinal() * Long.BYTES;
        return counter == WorkerCounter.NEIGHBORS ? largestOf(index) : sumOf(index);
    }

    /** Adds to a port's counter. */
    public void addPort(final int port, final PortCounter counter, final long amount) {
        addAt(portsStart + port * PORT_STRIDE + counter.ordinal() * Long.BYTES, amount);
    }

    /** A port's counter's value. */
    public long getPort(final int port, final PortCounter counter) {
        return sumOf(portsStart + port * PORT_STRIDE + counter.ordinal() * Long.BYTES);
    }

    /** Adds to the drops of frames that came in by {@code port}. */
    public void addDrop(final int port, final DropReason reason, final long amount) {
        addAt(dropIndex(port, reason), amount);
    }

    /** Drops of frames that came in by {@code port}. */
    public long getDrop(final int port, final DropReason reason) {
        return sumOf(dropIndex(port, reason));
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
        for (int worker = 0; worker < workers; worker++) {
            final int start = portsStart + worker * block + port * PORT_STRIDE;
            for (int index = 0; index < PORT_STRIDE; index += Long.BYTES) {
                buffer.putLongRelease(start + index, 0);
            }
        }
        portName(port, "");
    }

    /** Unmaps a file; an in-memory set is left to the collector. */
    public void close() {
        if (memory instanceof MappedByteBuffer mapped && mapped.isDirect()) {
            IoUtil.unmap(mapped);
        }
    }

    private long sumOf(final int index) {
        long sum = 0;
        for (int worker = 0; worker < workers; worker++) {
            sum += buffer.getLongAcquire(index + worker * block);
        }
        return sum;
    }

    private long largestOf(final int index) {
        long largest = 0;
        for (int worker = 0; worker < workers; worker++) {
            largest = Math.max(largest, buffer.getLongAcquire(index + worker * block));
        }
        return largest;
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
        if (workers > 1) {
            buffer.putInt(40, workers);
            buffer.putInt(44, block);
        }
        buffer.putLongRelease(0, workers == 1 ? MAGIC : MAGIC_OF_SEVERAL);
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

    private static int valuesLength(final int maxPorts) {
        return WORKER.length * Long.BYTES + maxPorts * PORT_STRIDE;
    }

    /** The worker's values and a gap: wherever the first begin, no line has values of two. */
    private static int block(final int maxPorts) {
        return (valuesLength(maxPorts) + 2 * BLOCK_ALIGNMENT - 1) & -BLOCK_ALIGNMENT;
    }

    private static int length(final int maxPorts, final int workers) {
        if (workers < 1 || workers > MAX_WORKERS) {
            throw new IllegalArgumentException("workers must be 1 to " + MAX_WORKERS + ", not " + workers);
        }
        return valuesStart(maxPorts) + (workers - 1) * block(maxPorts) + valuesLength(maxPorts);
    }
}
