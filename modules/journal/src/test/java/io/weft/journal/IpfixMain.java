// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemEpochNanoClock;

/**
 * A process of its own that exports random flows: {@code COLLECTOR SEED FLOWS DIRECTIONS}; prints the status. It gives up where
 * an exporter would wait and try again.
 */
final class IpfixMain {
    private static final int DOMAIN = 7;

    private IpfixMain() {}

    public static void main(final String[] arguments) {
        final MadeSource source =
                new MadeSource(RandomFlows.events(Long.parseLong(arguments[1]), Integer.parseInt(arguments[2])));
        try (IpfixExporter exporter = new IpfixExporter(
                FlowQuery.ALL,
                IpfixCollector.parse(arguments[0]),
                new IpfixExporter.Settings(DOMAIN, IpfixExporter.Directions.valueOf(arguments[3]), 500),
                SystemEpochNanoClock.INSTANCE,
                IpfixMain::pause,
                reason -> {},
                FlowDeltas.DEFAULT_LIMIT)) {
            try {
                exporter.export(source);
            } catch (final InterruptedException e) {
                System.out.println("gave up");
            }
            System.out.println(exporter.status());
        }
    }

    private static void pause(final long nanos) throws InterruptedException {
        if (nanos >= TimeUnit.SECONDS.toNanos(1)) {
            throw new InterruptedException();
        }
        TimeUnit.NANOSECONDS.sleep(nanos);
    }
}
