// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.util.Arrays;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Several reads or writes of one descriptor by one system call (io_uring(7)).
 *
 * <p>Nothing is left to be finished later: each operation has RWF_NOWAIT, so that the kernel does it, or fails with EAGAIN, while
 * it takes it, in order. {@link #submit} returns when all have been done. Without that flag, reads of a TAP go to threads of
 * the kernel and overtake each other.
 *
 * <p>Memory, as the kernel lays it out (io_uring_setup(2)): the submission and the completion ring in one mapping, the array of
 * submissions ({@code struct io_uring_sqe}, 64 octets each) in another. We own the submission ring's tail and the completion
 * ring's head.
 *
 * <p>One thread at a time.
 */
final class IoUring implements AutoCloseable {
    /** Operations of one {@link #submit}. */
    static final int CAPACITY = 32;

    /** {@code -Dweft.io_uring=off}: one system call for each frame, as where the kernel has no such thing or denies it. */
    private static final boolean WANTED = !"off".equals(System.getProperty("weft.io_uring"));

    private static final int PARAMETERS_LENGTH = 120;
    private static final int FLAGS = 8;
    private static final int FEATURES = 20;
    private static final int SQ_OFFSETS = 40;
    private static final int CQ_OFFSETS = 80;
    private static final int TAIL = 4;
    private static final int MASK = 8;
    private static final int SQ_ARRAY = 24;
    private static final int CQ_ENTRIES_AT = 20;

    /** An operation that fails at once does not keep the others from being taken (Linux 5.18). */
    private static final int SETUP_SUBMIT_ALL = 1 << 7;

    private static final int FEATURE_SINGLE_MMAP = 1;
    private static final int ENTER_GETEVENTS = 1;
    private static final long MAP_RINGS = 0;
    private static final long MAP_SUBMISSIONS = 0x1000_0000;

    private static final int SQE_LENGTH = 64;
    private static final int SQE_FD = 4;
    private static final int SQE_ADDRESS = 16;
    private static final int SQE_OCTETS = 24;
    private static final int SQE_RW_FLAGS = 28;
    private static final int SQE_USER_DATA = 32;
    private static final int CQE_LENGTH = 16;
    private static final int CQE_RESULT = 8;
    private static final byte READ = 22;
    private static final byte WRITE = 23;
    private static final int RWF_NOWAIT = 8;

    private final SystemCalls calls;
    private final int ring;
    private final int fd;
    private final UnsafeBuffer rings;
    private final UnsafeBuffer submissions;
    private final int sqTail;
    private final int sqMask;
    private final int cqHead;
    private final int cqTail;
    private final int cqMask;
    private final int cqEntries;
    private final int[] results = new int[CAPACITY];
    private int pending;

    private IoUring(
            final SystemCalls calls,
            final int ring,
            final int fd,
            final UnsafeBuffer rings,
            final UnsafeBuffer submissions,
            final UnsafeBuffer parameters) {
        this.calls = calls;
        this.ring = ring;
        this.fd = fd;
        this.rings = rings;
        this.submissions = submissions;
        this.sqTail = parameters.getInt(SQ_OFFSETS + TAIL);
        this.sqMask = rings.getInt(parameters.getInt(SQ_OFFSETS + MASK));
        this.cqHead = parameters.getInt(CQ_OFFSETS);
        this.cqTail = parameters.getInt(CQ_OFFSETS + TAIL);
        this.cqMask = rings.getInt(parameters.getInt(CQ_OFFSETS + MASK));
        this.cqEntries = parameters.getInt(CQ_OFFSETS + CQ_ENTRIES_AT);
        final int array = parameters.getInt(SQ_OFFSETS + SQ_ARRAY);
        for (int i = 0; i <= sqMask; i++) {
            rings.putInt(array + i * Integer.BYTES, i);
        }
    }

    /**
     * A ring for a descriptor.
     *
     * @return null if the kernel has none, does not let us have it (containers often do not), or can't read this kind of file
     *     without waiting (TAPs before Linux 6.4)
     */
    static @Nullable IoUring open(final int fd) {
        if (!WANTED) {
            return null;
        }
        final SystemCalls calls = new SystemCalls();
        final UnsafeBuffer parameters = new UnsafeBuffer(BufferUtil.allocateDirectAligned(PARAMETERS_LENGTH, 8));
        parameters.putInt(FLAGS, SETUP_SUBMIT_ALL);
        final int ring = calls.ioUringSetup(CAPACITY, parameters.addressOffset());
        if (ring < 0) {
            return null;
        }
        final int octets = ringsLength(parameters);
        final long rings =
                (parameters.getInt(FEATURES) & FEATURE_SINGLE_MMAP) == 0 ? 0 : calls.map(ring, octets, MAP_RINGS);
        final long submissions = rings > 0 ? calls.map(ring, CAPACITY * SQE_LENGTH, MAP_SUBMISSIONS) : 0;
        if (submissions <= 0) {
            if (rings > 0) {
                calls.unmap(rings, octets);
            }
            calls.close(ring);
            return null;
        }
        final IoUring opened = new IoUring(
                calls,
                ring,
                fd,
                new UnsafeBuffer(rings, octets),
                new UnsafeBuffer(submissions, CAPACITY * SQE_LENGTH),
                parameters);
        if (!opened.readsWithoutWaiting()) {
            opened.close();
            return null;
        }
        return opened;
    }

    /** By a read of nothing, which takes nothing off a queue. */
    private boolean readsWithoutWaiting() {
        read(submissions.addressOffset(), 0);
        submit();
        return result(0) != -Errno.EOPNOTSUPP;
    }

    private static int ringsLength(final UnsafeBuffer parameters) {
        final int submission = parameters.getInt(SQ_OFFSETS + SQ_ARRAY) + parameters.getInt(0) * Integer.BYTES;
        final int completion = parameters.getInt(CQ_OFFSETS + CQ_ENTRIES_AT) + parameters.getInt(4) * CQE_LENGTH;
        return Math.max(submission, completion);
    }

    /** Adds a read; no more than {@link #CAPACITY} operations before {@link #submit}. */
    void read(final long address, final int octets) {
        add(READ, address, octets);
    }

    /** Adds a write. */
    void write(final long address, final int octets) {
        add(WRITE, address, octets);
    }

    private void add(final byte operation, final long address, final int octets) {
        final int at = ((rings.getInt(sqTail) + pending) & sqMask) * SQE_LENGTH;
        submissions.setMemory(at, SQE_LENGTH, (byte) 0);
        submissions.putByte(at, operation);
        submissions.putInt(at + SQE_FD, fd);
        submissions.putLong(at + SQE_ADDRESS, address);
        submissions.putInt(at + SQE_OCTETS, octets);
        submissions.putInt(at + SQE_RW_FLAGS, RWF_NOWAIT);
        submissions.putLong(at + SQE_USER_DATA, pending++);
    }

    /** Has all operations done that were added. One that the kernel did not even take has its error as result. */
    void submit() {
        final int count = pending;
        final int first = rings.getInt(sqTail);
        pending = 0;
        rings.putIntRelease(sqTail, first + count);
        final int entered = enter(count, 0);
        final int taken = Math.max(0, entered);
        if (taken < count) {
            // Short of memory: the kernel looks at its ring only while we are in there.
            rings.putIntRelease(sqTail, first + taken);
            Arrays.fill(results, taken, count, entered < 0 ? entered : -Errno.EAGAIN);
        }
        int done = takeResults();
        while (done < taken) {
            // To be on the safe side of a kernel that finishes one later after all.
            enter(0, taken - done);
            done += takeResults();
        }
    }

    /** How many were taken, or the negative error number. */
    private int enter(final int count, final int missing) {
        int result;
        do {
            result = calls.ioUringEnter(ring, count, missing, missing > 0 ? ENTER_GETEVENTS : 0);
        } while (result == -Errno.EINTR);
        return result;
    }

    private int takeResults() {
        final int tail = rings.getIntAcquire(cqTail);
        int head = rings.getInt(cqHead);
        int taken = 0;
        for (; head != tail; head++, taken++) {
            final int at = cqEntries + (head & cqMask) * CQE_LENGTH;
            results[(int) rings.getLong(at)] = rings.getInt(at + CQE_RESULT);
        }
        rings.putIntRelease(cqHead, head);
        return taken;
    }

    /** Of the {@code i}-th operation of the last {@link #submit}: octets, or the negative error number. */
    int result(final int i) {
        return results[i];
    }

    /** Not while a {@link #submit} is going on. */
    @Override
    public void close() {
        calls.unmap(submissions.addressOffset(), submissions.capacity());
        calls.unmap(rings.addressOffset(), rings.capacity());
        calls.close(ring);
    }
}
