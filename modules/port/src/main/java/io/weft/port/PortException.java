// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

/** A port could not be set up. The message is one line that says what was tried, what the system said, and what helps. */
public final class PortException extends Exception {
    private static final long serialVersionUID = 1;

    /** With a message of one line. */
    public PortException(final String message) {
        super(message);
    }

    /** With a message of one line and what lies behind it. */
    public PortException(final String message, final Throwable cause) {
        super(message, cause);
    }

    /** {@code what: No such device (hint)}. */
    static PortException of(final String what, final int errno) {
        return new PortException(what + ": " + Errno.text(errno) + hint(errno));
    }

    private static String hint(final int errno) {
        return errno == Errno.EPERM || errno == Errno.EACCES ? " (grant CAP_NET_ADMIN and the device)" : "";
    }
}
