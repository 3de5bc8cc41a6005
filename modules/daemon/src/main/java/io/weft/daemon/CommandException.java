// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

/** A command that can't be understood: one line for the user, exit code 1. */
final class CommandException extends Exception {
    CommandException(final String message) {
        super(ConfigException.oneLine(message));
    }
}
