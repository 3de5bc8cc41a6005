// SPDX-License-Identifier: Apache-2.0
/** To be written with its first class. */
@NullMarked
package io.weft.overlay;

import org.jspecify.annotations.NullMarked;
