// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import org.jspecify.annotations.Nullable;

/** What an error of sendmsg(2) means for the frames, and its text, which is made once per error number. */
final class SendErrors {
    private static final int LIMIT = 134;

    private final @Nullable String[] texts = new String[LIMIT];

    DropReason reason(final int errno) {
        return switch (errno) {
            case Errno.EAGAIN, Errno.ENOBUFS, Errno.ENOMEM -> DropReason.TX_FULL;
            case Errno.EMSGSIZE -> DropReason.MTU_EXCEEDED;
            // EINVAL of a plain datagram: the local address is gone. EACCES, EPERM: a prohibiting route, a filter.
            case Errno.EINVAL,
                    Errno.EAFNOSUPPORT,
                    Errno.EADDRNOTAVAIL,
                    Errno.ENETDOWN,
                    Errno.ENETUNREACH,
                    Errno.EHOSTUNREACH,
                    Errno.ECONNREFUSED,
                    Errno.ENODEV,
                    Errno.EACCES,
                    Errno.EPERM -> DropReason.UNDERLAY_UNREACHABLE;
            default -> DropReason.TX_ERROR;
        };
    }

    String text(final int errno) {
        if (errno >= LIMIT) {
            return "send failed";
        }
        String text = texts[errno];
        if (text == null) {
            text = errno == Errno.EINVAL ? "send: the local address is gone" : "send: " + Errno.text(errno);
            texts[errno] = text;
        }
        return text;
    }
}
