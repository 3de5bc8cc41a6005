// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.Collection;

/**
 * How long everything takes. A quick run has a budget: what it does once is short and fixed, and what is left is shared out
 * to the one TCP flow that every round has.
 *
 * @param isQuick true: probes that are not of every round are done in the first only
 * @param rounds of the probes
 * @param seconds of TCP in the first probe of every round; less than 1 for a quick run
 * @param onceSeconds of the other TCP probes
 * @param pings of a probe of round trips
 * @param udpSeconds of one rate of UDP
 * @param udpSteps of the search for the highest rate
 * @param udpTries of a rate
 * @param udpLimit seconds after which a search takes what it has
 * @param connectionSeconds of short connections
 */
record Plan(
        boolean isQuick,
        int rounds,
        double seconds,
        double onceSeconds,
        int pings,
        double udpSeconds,
        int udpSteps,
        int udpTries,
        double udpLimit,
        double connectionSeconds) {
    /** Seconds that a quick run may take with all that belongs to it: three minutes, less a build's check and some air. */
    static final double BUDGET = 160;

    /** A start and an end of iperf3. */
    static final double TCP_OVERHEAD = 0.2;
    /** Setting one system up and taking it down. */
    private static final double SET_UP = 2.0;
    /** Its warm-up. */
    private static final double WARM_UP = 2.0;
    /** Waiting for stragglers, and threads. */
    private static final double UDP_OVERHEAD = 0.07;
    /** Trials of a bisection step on average: those that fail are tried again. */
    private static final double TRIALS_PER_STEP = 1.7;
    /** Starting ping and reading it; a lost reply at the end costs a second, which is rare. */
    private static final double PING_OVERHEAD = 0.1;
    /** Getting a flow going. */
    private static final double LOAD_OVERHEAD = 0.5;

    private static final double PINGS_PER_SECOND = 1000;
    /** Where less is measured, the ends of a connection weigh. */
    private static final double MIN_SECONDS = 0.25;

    private static final double MAX_QUICK_SECONDS = 1.0;
    private static final int ROUNDS = 5;
    private static final int SECONDS = 3;

    /**
     * Makes the plan.
     *
     * @param pairs of a scenario and a system that will be measured
     */
    static Plan of(final Arguments arguments, final Collection<Probe> probes, final int pairs) {
        final int rounds = arguments.rounds() == null ? ROUNDS : arguments.rounds();
        if (!arguments.isQuick()) {
            final int seconds = arguments.seconds() == null ? SECONDS : arguments.seconds();
            return new Plan(false, rounds, seconds, seconds, 1000, 0.5, 7, 3, 15, Math.min(seconds, 2));
        }
        final Plan empty = new Plan(true, rounds, 0, 0.4, 200, 0.15, 4, 3, 2.0, 0.3);
        final double room = BUDGET / Math.max(1, pairs) - empty.secondsPerPair(probes);
        final double seconds = arguments.seconds() == null
                ? Math.clamp(room / rounds, MIN_SECONDS, MAX_QUICK_SECONDS)
                : arguments.seconds();
        return new Plan(true, rounds, seconds, 0.4, 200, 0.15, 4, 3, 2.0, 0.3);
    }

    /** What one pair takes with everything, in seconds, as far as can be told before. */
    double secondsPerPair(final Collection<Probe> probes) {
        double sum = SET_UP + WARM_UP;
        for (final Probe probe : probes) {
            sum += secondsOf(probe) * (isQuick && !probe.isEveryRound() ? 1 : rounds);
        }
        return sum;
    }

    /** What a probe takes in seconds. */
    double secondsOf(final Probe probe) {
        return switch (probe) {
            case TCP_1 -> seconds + TCP_OVERHEAD;
            case TCP_4, TCP_16, TCP_BIDIR -> onceSeconds + TCP_OVERHEAD;
            case UDP_64, UDP_512, UDP_1450 ->
                Math.min(udpLimit, (1 + udpSteps * TRIALS_PER_STEP) * (udpSeconds + UDP_OVERHEAD));
            case RTT -> pings / PINGS_PER_SECOND + PING_OVERHEAD;
            case LOADED_RTT -> pings / PINGS_PER_SECOND + PING_OVERHEAD + LOAD_OVERHEAD;
            case CONNECTIONS -> connectionSeconds;
            default -> 0;
        };
    }

    /**
     * The length of one TCP flow in the rounds that are left, in seconds: as planned, or less if the run is behind.
     *
     * @param secondsLeft of the budget, for the rounds that are left
     */
    double pace(final double secondsLeft, final int roundsLeft, final int pairs, final Collection<Probe> probes) {
        if (!isQuick || !probes.contains(Probe.TCP_1) || seconds > MAX_QUICK_SECONDS) {
            return seconds;
        }
        double others = TCP_OVERHEAD;
        for (final Probe probe : probes) {
            others += probe.isEveryRound() && probe != Probe.TCP_1 ? secondsOf(probe) : 0;
        }
        final double room = secondsLeft / Math.max(1, roundsLeft * pairs) - others;
        return Math.clamp(room, Math.min(MIN_SECONDS, seconds), seconds);
    }
}
