// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.conntrack.FlowCursor;
import io.weft.conntrack.FlowEvent;
import io.weft.frame.Counters;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;

/** The control side of the flow tables: what is in them, without holding up a worker for long. Any thread. */
public final class FlowControl {
    /** What a worker copies between two of its cycles. */
    private static final int PIECE = 256;

    private final Workers workers;
    private final Counters counters;
    private final int maxFlows;

    FlowControl(final Workers workers, final Counters counters, final int maxFlows) {
        this.maxFlows = maxFlows;
        this.workers = workers;
        this.counters = counters;
    }

    /** How full a worker's table is. */
    public record Usage(int worker, int flows, int max, boolean isAlarmed, long octets, Counters counters) {}

    /** Each worker's table. */
    public List<Usage> usage() throws RefusedException {
        return workers.ask(lane -> new Usage(
                lane.number(),
                lane.pipeline().flows().size(),
                maxFlows,
                lane.pipeline().flows().isAlarmed(),
                lane.pipeline().flows().memory(),
                counters.worker(lane.number())));
    }

    /**
     * Shows every flow as an update, one worker's after the other's. Flows come and go meanwhile: those that were there all the time are
     * shown once. The event is the consumer's for the time of the call.
     */
    public void forEach(final Consumer<FlowEvent> consumer) throws RefusedException {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[PIECE * FlowEvent.LENGTH]);
        final FlowEvent event = new FlowEvent(buffer, 0);
        for (int worker = 0; worker < workers.count(); worker++) {
            final FlowCursor cursor = new FlowCursor();
            while (!cursor.isDone()) {
                final int copied =
                        workers.ask(worker, lane -> lane.pipeline().flows().copy(cursor, PIECE, buffer));
                for (int i = 0; i < copied; i++) {
                    consumer.accept(event.wrap(buffer, i * FlowEvent.LENGTH));
                }
            }
        }
    }
}
