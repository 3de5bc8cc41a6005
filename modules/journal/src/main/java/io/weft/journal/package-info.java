// SPDX-License-Identifier: Apache-2.0
/**
 * The durable history of flows.
 *
 * <h2>Theory of operation</h2>
 *
 * Workers put {@link io.weft.conntrack.FlowEvent}s into rings. A {@link io.weft.journal.JournalWriter} has a thread that takes them
 * out, up to 64 at a time, and appends them as one record by Chronicle Queue. Only {@code Appender} sees Chronicle. A
 * {@link io.weft.journal.JournalReader}, in any process, reads the files with read(2) while they are written; it maps, locks and writes
 * nothing. A {@link io.weft.journal.JournalVerifier} reads all of them.
 *
 * <h2>Files</h2>
 *
 * {@code DIR/SESSION/CYCLE.cq4}, both UTC times ({@code yyyyMMdd-HHmmss}) that sort as they were written. A session is what one
 * process has written without a break, and a queue of its own: Chronicle opens nothing that an earlier session has left, so what was
 * killed in the middle or is damaged neither delays nor breaks the next one. It stays as it is, but for the space that was kept ahead.
 * A file is ended when it has a 16th of what is retained, 1 to 256 MiB, or after an hour. So the oldest file is a small part of all,
 * and one that is too large can't be; Chronicle's own cycles go by the clock alone, so its clock stands until a file is full, and a
 * file's name is the time of its beginning, to 2 s, and later where files follow each other sooner. {@code DIR/lock} is locked by the writer.
 *
 * <h2>Records</h2>
 *
 * One in each document of Chronicle's: a header, little-endian, and a body.
 *
 * <pre>
 *   0  u8   kind: 1 session, 2 names, 3 events, 4 loss, 5 end
 *   1  u8   version, 1
 *   2  u16  number of events in the body; 0 of other kinds
 *   4  u32  octets of the body
 *   8  i64  time of writing, nanoseconds since 1970: no event in front of it or in it is later; never before the record in front
 *  16  u32  session, seconds since 1970
 *  20  u32  where in the file the names that hold are; 0 if none were written
 *  24  u32  CRC-32C of the 24 octets above and the body
 *  28  body: events as they are in the ring; or UTF-8 lines of a word, a tab and values
 * </pre>
 *
 * Each file begins with a session record (which number each worker's next event has; how the session before ended, and how many events
 * it is known to have made and not written) and names. Names follow again when they change. A loss record counts events that were made
 * and are not there, and says why. An end record is the last one of a session that was ended in order.
 *
 * <h2>Finding a time</h2>
 *
 * Files are halved by the time in their first record, then a file by Chronicle's index of every 64th document. Nothing between is read.
 *
 * <h2>Space</h2>
 *
 * The thread writes zeros 256 KiB ahead of what Chronicle writes through a mapping, so a full disk is an error and never a fault of the
 * process, and no append waits for the disk to allocate. States of a writer: starting; writing; full (no space, or less than is to stay free:
 * events are taken and counted, tried again each second, then a loss record tells how many); failed (any other error: the same, and a
 * new session); closed. The oldest files are deleted when what is there and what the current file may become is more than is retained,
 * or when they are too old.
 *
 * <h2>Not handled</h2>
 *
 * What was appended survives the process, not the machine: only the end of a session is forced to the disk. A clock that is set back
 * makes {@link io.weft.journal.JournalReader#seek} inexact for what was written around then. A file that was deleted while it was read
 * is read to its end.
 *
 * <h2>Questions</h2>
 *
 * A {@link io.weft.journal.FlowQuery} says which events are asked for; what has the answer is a
 * {@link io.weft.journal.FlowSink}, which {@link io.weft.journal.FlowQuery#feed} gives the events of a
 * {@link io.weft.journal.FlowSource}. Counters in events are of a flow's whole life. So all that counts takes differences by one
 * rule, that of {@code FlowDeltas}, and is given events from two update intervals before its range on
 * ({@link io.weft.journal.FlowQuery#readFrom}). Memory grows with the flows that are open at a time, up to a limit; what that
 * makes inexact, the answer says ({@code notes}).
 *
 * <h2>Export</h2>
 *
 * {@link io.weft.journal.IpfixExporter} sends IPFIX by UDP. Opens and drops make no records of their own: what they tell goes into the
 * flow's next record, or one at the end of the range, so a flow without updates is one record and totals are those of
 * {@link io.weft.journal.FlowTop}. Nothing is forgotten while a collector can't be reached: reading waits. Not handled: a way back
 * from the collector, of which UDP has none; SCTP, TCP and TLS; options templates.
 *
 * <h2>Replay</h2>
 *
 * {@link io.weft.journal.RecordedFlows} are the load of a range of time. {@link io.weft.journal.FrameReplay} makes Ethernet frames of
 * them, for a pipeline in memory, {@link io.weft.journal.SocketReplay} sends their octets between pods. Payloads were never
 * recorded: what is sent is zeros.
 */
@NullMarked
package io.weft.journal;

import org.jspecify.annotations.NullMarked;
