// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.zip.CRC32;

/** One TCP connection between two namespaces, over the kernel's own stack: octets in, octets out, compared by CRC. */
final class Transfer {
    private static final int CHUNK = 1 << 16;
    private static final int TIMEOUT_MILLIS = 20_000;

    private Transfer() {}

    /** Sends {@code octets} from one namespace to an address of the other; true if they arrive as they were sent. */
    static boolean tcp(final String from, final String to, final String address, final long octets) throws Exception {
        try (ServerSocket server = NetworkNamespace.call(to, () -> listen(address));
                Socket client = NetworkNamespace.call(from, () -> connect(server))) {
            client.setSoTimeout(TIMEOUT_MILLIS);
            final long[] sent = new long[1];
            final Thread sender = Thread.ofPlatform().start(() -> sent[0] = send(client, octets));
            try (Socket accepted = server.accept()) {
                accepted.setSoTimeout(TIMEOUT_MILLIS);
                final long received = receive(accepted, octets);
                sender.join();
                return received == sent[0];
            }
        }
    }

    private static ServerSocket listen(final String address) {
        try {
            final ServerSocket server = new ServerSocket();
            server.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
            server.setSoTimeout(TIMEOUT_MILLIS);
            return server;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Socket connect(final ServerSocket server) {
        try {
            final Socket socket = new Socket();
            socket.connect(server.getLocalSocketAddress(), TIMEOUT_MILLIS);
            return socket;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long send(final Socket socket, final long octets) {
        final CRC32 crc = new CRC32();
        final Random random = new Random(octets);
        final byte[] chunk = new byte[CHUNK];
        try {
            final OutputStream out = socket.getOutputStream();
            for (long left = octets; left > 0; left -= CHUNK) {
                random.nextBytes(chunk);
                final int length = (int) Math.min(CHUNK, left);
                crc.update(chunk, 0, length);
                out.write(chunk, 0, length);
            }
        } catch (final IOException e) {
            return -1;
        }
        return crc.getValue();
    }

    private static long receive(final Socket socket, final long octets) throws IOException {
        final CRC32 crc = new CRC32();
        final byte[] chunk = new byte[CHUNK];
        final InputStream in = socket.getInputStream();
        for (long left = octets; left > 0; ) {
            final int length = in.read(chunk, 0, (int) Math.min(CHUNK, left));
            if (length < 0) {
                return -2;
            }
            crc.update(chunk, 0, length);
            left -= length;
        }
        return crc.getValue();
    }
}
