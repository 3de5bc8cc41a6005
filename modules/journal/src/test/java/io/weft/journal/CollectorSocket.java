// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A collector on the loopback address that keeps messages as they are. */
final class CollectorSocket implements AutoCloseable {
    private final DatagramSocket socket;

    CollectorSocket(final int port) throws IOException {
        socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setReceiveBufferSize(1 << 20);
    }

    int port() {
        return socket.getLocalPort();
    }

    String text() {
        return "127.0.0.1:" + port();
    }

    /** What has arrived, in order; does not wait longer than for a datagram on its way. */
    List<byte[]> messages() throws IOException {
        final List<byte[]> messages = new ArrayList<>();
        socket.setSoTimeout(100);
        try {
            while (true) {
                final DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
                socket.receive(packet);
                messages.add(Arrays.copyOf(packet.getData(), packet.getLength()));
            }
        } catch (final SocketTimeoutException e) {
            return messages;
        }
    }

    static boolean isTemplates(final byte[] message) {
        return ByteBuffer.wrap(message).getShort(16) == 2;
    }

    static long sequence(final byte[] message) {
        return ByteBuffer.wrap(message).getInt(8) & 0xFFFF_FFFFL;
    }

    @Override
    public void close() {
        socket.close();
    }
}
