// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.util.Optional;

/**
 * What came by a {@link UnixSocket}.
 *
 * @param octets empty: the other side has closed the socket, and nothing more comes
 * @param descriptors that came along, the receiver's to close
 */
public record UnixMessage(byte[] octets, Descriptors descriptors) implements AutoCloseable {
    /** True for the end of the connection. */
    public boolean isEnd() {
        return octets.length == 0;
    }

    /** As {@link UnixSocket#receive} returns it. */
    static Optional<UnixMessage> of(final byte[] octets, final Descriptors descriptors) {
        return Optional.of(new UnixMessage(octets, descriptors));
    }

    /** Closes the descriptors that nobody has taken over. */
    @Override
    public void close() {
        descriptors.close();
    }
}
