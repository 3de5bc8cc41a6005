// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RefusedException;
import io.weft.dataplane.VtepControl;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up the names of VTEPs, once a second, and tells the dataplane for what they stand. What a round has found is told as one
 * set, so that two nodes that swap their addresses are no conflict for longer than the two answers are apart.
 *
 * <p>A resolver may hang: every name is looked up by a thread of a pool, and who has not answered yet is not asked again and waited
 * for by nobody. Nothing here runs on a worker, and no lock is held while a name is looked up.
 */
final class Peers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);
    private static final long PERIOD_MILLIS = 1_000;
    /** How long a round waits for the answers that belong together. */
    private static final long ROUND_MILLIS = 250;

    private static final int MAX_LOOKUPS = 16;
    private static final int IDLE_SECONDS = 30;

    private final VtepControl vteps;
    private final Resolver resolver;
    private final IpPrefix underlay;
    private final ThreadPoolExecutor lookups;
    private final Thread thread;

    /** Names that are being looked up, and what others stand for: this object's lock covers both. */
    private final Set<String> pending = new HashSet<>();

    private final Map<String, List<IpAddress>> answers = new HashMap<>();
    private boolean wanted = true;
    private boolean closing;

    /** Of the VTEPs whose addresses are of one family, the underlay's. */
    Peers(final VtepControl vteps, final Resolver resolver, final IpPrefix underlay) {
        this.vteps = vteps;
        this.resolver = resolver;
        this.underlay = underlay;
        this.lookups = new ThreadPoolExecutor(
                MAX_LOOKUPS,
                MAX_LOOKUPS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("weft-lookup-", 0).factory());
        lookups.allowCoreThreadTimeOut(true);
        this.thread = Thread.ofPlatform().daemon().name("weft-peers").unstarted(this::run);
    }

    /** Begins to look names up. */
    void start() {
        thread.start();
    }

    /** Looks up at once: there may be a name that is new. */
    synchronized void wake() {
        wanted = true;
        notifyAll();
    }

    private void run() {
        try {
            while (pause()) {
                round();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until the next round; false: there is none. The first comes at once. */
    private synchronized boolean pause() throws InterruptedException {
        final long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS);
        long left = PERIOD_MILLIS;
        while (!closing && !wanted && left > 0) {
            wait(left);
            left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        }
        wanted = false;
        return !closing;
    }

    /** One round: asks whoever is not asked yet, and tells what is known a moment later. */
    void round() throws InterruptedException {
        try {
            final Map<String, @Nullable IpAddress> names = vteps.names();
            names.keySet().forEach(this::ask);
            final Map<String, @Nullable IpAddress> found = new HashMap<>();
            answers(names.keySet())
                    .forEach((name, addresses) -> found.put(name, choose(addresses, names.get(name), underlay)));
            vteps.resolved(found);
        } catch (final RefusedException | RuntimeException e) {
            LOG.error("peers", e);
        }
    }

    private void ask(final String name) {
        synchronized (this) {
            if (!pending.add(name)) {
                return;
            }
        }
        lookups.execute(() -> {
            List<IpAddress> addresses = List.of();
            try {
                addresses = resolver.resolve(name);
            } catch (final RuntimeException e) {
                LOG.warn("look-up of {}: {}", name, e.toString());
            } finally {
                answer(name, addresses);
            }
        });
    }

    private synchronized void answer(final String name, final List<IpAddress> addresses) {
        pending.remove(name);
        answers.put(name, addresses);
        notifyAll();
    }

    private synchronized Map<String, List<IpAddress>> answers(final Set<String> names) throws InterruptedException {
        final long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ROUND_MILLIS);
        long left = ROUND_MILLIS;
        while (!Collections.disjoint(pending, names) && !closing && left > 0) {
            wait(left);
            left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        }
        final Map<String, List<IpAddress>> taken = Map.copyOf(answers);
        answers.clear();
        return taken;
    }

    /**
     * Of several addresses of the underlay's family those in its own prefix, if there are any: a node that is on several
     * networks has one of each under one name. Of these the present one, else the lowest; null if there is none.
     */
    static @Nullable IpAddress choose(
            final List<IpAddress> addresses, final @Nullable IpAddress present, final IpPrefix underlay) {
        final List<IpAddress> family = addresses.stream()
                .filter(address -> address.isIpv4() == underlay.address().isIpv4())
                .sorted()
                .toList();
        final List<IpAddress> near = family.stream().filter(underlay::contains).toList();
        final List<IpAddress> candidates = near.isEmpty() ? family : near;
        if (present != null && candidates.contains(present)) {
            return present;
        }
        return candidates.isEmpty() ? null : candidates.getFirst();
    }

    /** Ends the rounds. Look-ups that hang are left to end by themselves: no thread of theirs keeps the process. */
    @Override
    public void close() {
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        lookups.shutdownNow();
    }
}
