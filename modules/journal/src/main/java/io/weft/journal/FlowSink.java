// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;

/** Takes events one after the other. */
public interface FlowSink {
    /** The next one, valid during the call only, and what its numbers stood for. */
    void event(FlowEvent event, FlowNames names);
}
