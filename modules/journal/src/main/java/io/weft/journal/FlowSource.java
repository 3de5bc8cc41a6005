// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import org.jspecify.annotations.Nullable;

/** Events in the order in which they were written: of a journal, or made up by a test. */
public interface FlowSource {
    /** The next event, valid until the next call; null if there is none at present. */
    @Nullable
    FlowEvent next();

    /** What its numbers stood for when it was written. */
    FlowNames names();
}
