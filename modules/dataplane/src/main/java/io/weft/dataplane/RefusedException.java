// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/** The node will not do it; the message says why, in one line, for the user. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    /** For a refusal with its reason. */
    public RefusedException(final String message) {
        super(message);
    }

    /** For a refusal that another exception explains. */
    public RefusedException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
