// SPDX-License-Identifier: Apache-2.0
/** Ports: the only module that makes system calls. */
@NullMarked
package io.weft.port;

import org.jspecify.annotations.NullMarked;
