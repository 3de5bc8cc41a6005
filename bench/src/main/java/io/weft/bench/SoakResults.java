// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.Machine;
import java.util.List;
import java.util.Map;

/**
 * What a soak came to: the content of {@code --soak --json}, of which these records are the schema. Names in JSON are those
 * of the components, in snake_case. All counts are those of the run alone, without warm-up.
 *
 * @param schema version of this layout, {@value #SCHEMA}; additions don't change it
 * @param started when, ISO 8601 with zone
 * @param command the command line, as a reader would repeat it
 * @param weft version and commit of what was run
 * @param seconds that the load lasted
 * @param warmUpSeconds that the same load lasted before
 * @param load what was sent and what became of it
 * @param nodes in the order of the way
 * @param kernelDrops frames that the kernel lost on the way, by where and how; each may be a train of up to 64
 * @param promises what was to hold
 */
record SoakResults(
        int schema,
        String started,
        List<String> command,
        String weft,
        Machine machine,
        double seconds,
        double warmUpSeconds,
        Load load,
        List<Node> nodes,
        Map<String, Long> kernelDrops,
        List<Promise> promises) {
    /** Version of the layout. */
    static final int SCHEMA = 1;

    /**
     * What the generators did.
     *
     * @param tcpOctets that iperf3's receivers got, both directions
     * @param udpSent frames, those too that the pod's interface refused
     * @param udpReceived frames, each counted once
     * @param udpRefused frames that the sending pod's interface refused
     * @param pings requests
     * @param pingsMissing requests without a reply
     * @param connections short TCP connections, from connect to close
     * @param retries times that a generator failed and was started again, with what it said
     */
    record Load(
            double tcpOctets,
            long udpSent,
            long udpReceived,
            long udpRefused,
            long pings,
            long pingsMissing,
            long connections,
            List<String> retries) {
        /** Frames that were sent and never seen again. */
        long lost() {
            return udpSent - udpReceived + pingsMissing;
        }
    }

    /**
     * One node.
     *
     * @param frames that it received
     * @param allocated octets that its worker allocated, without what the question after them cost
     * @param allocatedPerFrame of these, for each frame
     * @param questionOctets that the worker allocates when it is asked for them
     * @param collections of garbage in the whole process
     * @param resident memory
     * @param drops frames, by reason
     * @param imbalance frames that its ledger does not account for, at the end
     * @param samples from the first after warm-up to the last under load
     */
    record Node(
            String node,
            long frames,
            long allocated,
            double allocatedPerFrame,
            long questionOctets,
            long collections,
            Resident resident,
            Map<String, Long> drops,
            long imbalance,
            List<Sample> samples) {}

    /**
     * Resident memory (VmRSS) in KiB.
     *
     * @param change last minus first, in percent of the first
     * @param span greatest minus least, in percent of the first
     */
    record Resident(long first, long last, long least, long greatest, double change, double span) {
        /** Of samples in their order, at least one. */
        static Resident of(final List<Sample> samples) {
            final long first = samples.getFirst().resident();
            final long last = samples.getLast().resident();
            final long least =
                    samples.stream().mapToLong(Sample::resident).min().orElse(first);
            final long greatest =
                    samples.stream().mapToLong(Sample::resident).max().orElse(first);
            return new Resident(
                    first, last, least, greatest, 100.0 * (last - first) / first, 100.0 * (greatest - least) / first);
        }
    }

    /**
     * One look at a node from outside; counts are since it started.
     *
     * @param seconds since the run began
     * @param resident memory in KiB
     * @param frames received
     * @param drops by reason
     */
    record Sample(double seconds, long resident, long frames, Map<String, Long> drops) {}

    /**
     * Something that was to hold.
     *
     * @param id short name
     * @param text how it was, with the figures that say so
     */
    record Promise(String id, boolean holds, String text) {}

    /** True if everything held. */
    boolean isKept() {
        return promises.stream().allMatch(Promise::holds);
    }
}
