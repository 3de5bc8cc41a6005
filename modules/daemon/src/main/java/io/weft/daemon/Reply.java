// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Where a command that runs in the node writes: the standard output and error of the client. Output is gathered up to
 * 16 KiB; {@link #flush} sends what there is. Every method throws when the client has gone, which ends the command.
 */
public final class Reply {
    private static final int FLUSH_AT = 1 << 14;

    private final WritableByteChannel channel;
    private final StringBuilder pending = new StringBuilder();

    Reply(final WritableByteChannel channel) {
        this.channel = channel;
    }

    /** A line of output. */
    public synchronized void line(final String text) throws IOException {
        pending.append(text).append('\n');
        if (pending.length() >= FLUSH_AT) {
            flush();
        }
    }

    /** Octets of output, as they are. */
    public synchronized void write(final byte[] octets, final int offset, final int length) throws IOException {
        flush();
        send(ControlProtocol.STDOUT, octets, offset, length);
    }

    /** A line for the standard error. */
    public synchronized void error(final String text) throws IOException {
        flush();
        final byte[] octets = (text + "\n").getBytes(StandardCharsets.UTF_8);
        send(ControlProtocol.STDERR, octets, 0, octets.length);
    }

    /** Sends what was gathered. */
    public synchronized void flush() throws IOException {
        if (!pending.isEmpty()) {
            final byte[] octets = pending.toString().getBytes(StandardCharsets.UTF_8);
            pending.setLength(0);
            send(ControlProtocol.STDOUT, octets, 0, octets.length);
        }
    }

    synchronized void exit(final int code) throws IOException {
        flush();
        send(ControlProtocol.EXIT, new byte[] {(byte) code}, 0, 1);
    }

    /** Interrupts the command whose output this is, but not while something is written: that would close the channel. */
    synchronized void interrupt(final Thread command) {
        command.interrupt();
    }

    private void send(final int type, final byte[] octets, final int offset, final int length) throws IOException {
        // What an interrupted command has to say at its end is written as well.
        final boolean interrupted = Thread.interrupted();
        try {
            int sent = 0;
            do {
                final int part = Math.min(length - sent, ControlProtocol.MAX_LENGTH);
                ControlProtocol.writeReply(channel, type, octets, offset + sent, part);
                sent += part;
            } while (sent < length);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
