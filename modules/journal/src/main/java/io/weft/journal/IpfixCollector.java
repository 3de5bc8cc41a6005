// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A collector, to which messages go by UDP. Whether one is there shows only when it isn't: by an ICMP error, which the socket
 * reports at the next call. So when it is opened, and after each error, a message is sent ahead, and an error waited for.
 */
final class IpfixCollector implements Closeable {
    /** RFC 7011 section 10.3.4. */
    private static final int DEFAULT_PORT = 4739;

    private static final int MAX_PORT = 65_535;
    /** How long an ICMP error may take that says that nobody listens. */
    private static final int ERROR_MILLIS = 200;

    private final String host;
    private final int port;
    private @Nullable DatagramSocket socket;
    private int attempts;

    private IpfixCollector(final String host, final int port) {
        this.host = host;
        this.port = port;
    }

    /**
     * Reads {@code HOST:PORT}, {@code [IPV6]:PORT}, or either without port, which is 4739 then. The name is not looked up yet.
     *
     * @throws IllegalArgumentException if the text is neither
     */
    static IpfixCollector parse(final String text) {
        final int bracket = text.lastIndexOf(']');
        final int colon = text.indexOf(':', Math.max(bracket, 0));
        final String host = colon < 0 ? text : text.substring(0, colon);
        final String port = colon < 0 ? Integer.toString(DEFAULT_PORT) : text.substring(colon + 1);
        final String bare = bracket < 0 ? host : host.replaceFirst("^\\[([0-9A-Fa-f:.]+)]$", "$1");
        if (!bare.matches(bracket < 0 ? "[A-Za-z0-9._-]+" : "[0-9A-Fa-f:.]+")
                || !port.matches("\\d{1,5}")
                || Integer.parseInt(port) < 1
                || Integer.parseInt(port) > MAX_PORT) {
            throw new IllegalArgumentException(
                    "a collector is HOST:PORT, ADDRESS:PORT or [IPV6]:PORT, not '" + text + "'");
        }
        return new IpfixCollector(bare, Integer.parseInt(port));
    }

    boolean isOpen() {
        return socket != null;
    }

    /**
     * Looks the name up, takes its next address, and sends a message.
     *
     * @throws IOException if there is no address, no way, or nobody who listens
     */
    void open(final byte[] message, final int length) throws IOException {
        close();
        final InetAddress[] addresses = InetAddress.getAllByName(host);
        final DatagramSocket opened = new DatagramSocket();
        try {
            opened.connect(new InetSocketAddress(addresses[attempts++ % addresses.length], port));
            opened.send(new DatagramPacket(message, length));
            opened.setSoTimeout(ERROR_MILLIS);
            opened.receive(new DatagramPacket(new byte[1], 1));
        } catch (final SocketTimeoutException e) {
            // No error came.
        } catch (final IOException e) {
            opened.close();
            throw e;
        }
        socket = opened;
        attempts = 0;
    }

    /** Sends to the address that {@link #open} took. */
    void send(final byte[] message, final int length) throws IOException {
        final DatagramSocket to = socket;
        if (to == null) {
            throw new SocketException("not open");
        }
        to.send(new DatagramPacket(message, length));
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }

    /** HOST:PORT. */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    /** Nanoseconds between two attempts: 1 s, twice as much after each, 60 s at most. */
    static long backOffNanos(final int failures) {
        return TimeUnit.SECONDS.toNanos(Math.min(60, 1L << Math.min(failures - 1, 6)));
    }
}
