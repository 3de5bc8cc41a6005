// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What went wrong, in words of one line. */
final class Reasons {
    private Reasons() {}

    static String of(final Throwable e) {
        if (e instanceof AccessDeniedException) {
            return e.getMessage() + ": permission denied";
        }
        if (e instanceof NoSuchFileException) {
            return e.getMessage() + ": no such file";
        }
        final String message = e instanceof final FileSystemException f && f.getReason() == null
                ? f.getFile() + ": " + e.getClass().getSimpleName()
                : e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
