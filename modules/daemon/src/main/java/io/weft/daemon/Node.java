// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.CaptureContext;
import io.weft.conntrack.FlowRing;
import io.weft.dataplane.Dataplane;
import io.weft.dataplane.Options;
import io.weft.dataplane.PortStatus;
import io.weft.dataplane.RefusedException;
import io.weft.frame.Counters;
import io.weft.port.PortException;
import io.weft.port.PortState;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running node: its dataplane, what was asked of it, its conductor and its control socket. The socket is opened last:
 * when it is there, the node is ready. What start has made is undone in reverse, at the end and when start fails halfway.
 */
final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    private final NodeConfig config;
    private final RunDirectory directory;
    private final EventLog events = new EventLog();
    private final Map<String, String> whyDown = new ConcurrentHashMap<>();
    private final long startedNanos = System.nanoTime();

    /** What has to be undone, the last first. */
    private final Deque<Undo> undo = new ArrayDeque<>();

    private final Counters counters;
    private final Dataplane dataplane;
    private final MachinePorts machine;
    private final NodeSetup setup;
    private final AttachServer attachments;
    private final NodeJournal journal;
    private final Tracer tracer = new Tracer(this);
    private @Nullable Peers peers;
    private final Baseline statsBaseline = new Baseline();
    private final Baseline dropBaseline = new Baseline();

    @FunctionalInterface
    private interface Undo {
        void run() throws IOException;
    }

    private Node(final NodeConfig config, final RunDirectory directory) throws RefusedException, IOException {
        this.config = config;
        this.directory = directory;
        directory.create();
        if (!directory.socketFits(config.name())) {
            throw new RefusedException(
                    "the path of the attach socket is too long: " + directory.attachSocket(config.name()));
        }
        lock(directory.lock(config.name()));
        try {
            final int ring = config.journal() == null ? 0 : FlowRing.DEFAULT_CAPACITY;
            final Options options = Options.of(config.workers()).with(config.flows(), ring);
            final Path file = directory.counters(config.name());
            final long[] eventsBefore = NodeJournal.madeBefore(file, options.workers());
            this.counters = Counters.create(file.toFile(), options.maxPorts(), options.workers());
            undo.push(() -> Files.deleteIfExists(file));
            undo.push(counters::close);
            this.dataplane = new Dataplane(config.name(), counters, options);
            undo.push(dataplane::close);
            this.journal = NodeJournal.open(this, eventsBefore);
            // Workers end first: the journal hears how every flow has ended.
            undo.pop();
            undo.push(journal::close);
            undo.push(dataplane::close);
            this.machine = new MachinePorts(config);
            this.setup = new NodeSetup(config, dataplane, machine);
            undo.push(tracer::close);
            this.attachments = new AttachServer(this, directory.attachSocket(config.name()));
        } catch (final PortException e) {
            close();
            throw new RefusedException(String.valueOf(e.getMessage()), e);
        } catch (final RefusedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Starts a node whose machine was checked ({@link Preflight}).
     *
     * @throws ConfigException what the file asks for can't be done; nothing is left behind
     * @throws RefusedException a node of this name runs, or the machine refuses
     */
    static Node start(final NodeConfig config, final RunDirectory directory)
            throws ConfigException, RefusedException, IOException {
        final Node node = new Node(config, directory);
        try {
            node.dataplane.start();
            node.setup.build();
            final Conductor conductor = Conductor.start(node);
            node.undo.push(conductor::close);
            node.attachments.open();
            node.undo.push(node.attachments::close);
            node.startFollowing();
            final ControlServer server = ControlServer.open(directory.socket(config.name()), new CommandRunner(node));
            node.undo.push(server::close);
            return node;
        } catch (final ConfigException | RefusedException | IOException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    /** Where the node itself and the others are, while that may change. */
    private void startFollowing() throws RefusedException {
        final NodeConfig.Underlay underlay = config.underlay();
        if (underlay == null) {
            return;
        }
        final Peers names = new Peers(dataplane.vteps(), new SystemResolver(), underlay.prefix());
        undo.push(names::close);
        names.start();
        peers = names;
        if (!underlay.isFixed()) {
            try {
                undo.push(UnderlayWatch.start(this, underlay)::close);
            } catch (final PortException e) {
                throw new RefusedException(String.valueOf(e.getMessage()), e);
            }
        }
    }

    private void lock(final Path file) throws RefusedException, IOException {
        final FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!isLocked(channel)) {
            channel.close();
            throw new RefusedException("node " + config.name() + " runs already");
        }
        undo.push(() -> {
            Files.deleteIfExists(file);
            channel.close();
        });
    }

    private static boolean isLocked(final FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (final OverlappingFileLockException e) {
            return false;
        }
    }

    /** What the file asks for, and what was asked of the running node since. */
    NodeSetup setup() {
        return setup;
    }

    /** Devices of this machine for the node's ports. */
    MachinePorts machine() {
        return machine;
    }

    /** The journal of flows, if there is one. */
    NodeJournal journal() {
        return journal;
    }

    /** Where the node meets its command lines. */
    RunDirectory directory() {
        return directory;
    }

    /** Where pods attach their interfaces. */
    AttachServer attachments() {
        return attachments;
    }

    /** Removes a port, and what is known of why it was down. */
    void removePort(final String name) throws RefusedException {
        setup.removePort(name);
        machine.forget(name);
        attachments.forget(name);
        whyDown.remove(name);
    }

    /** Why a port is not up: that it could not be opened again tells more than that it was closed. */
    String whyDown(final PortStatus port) {
        final String refusal = port.state() == PortState.DOWN ? whyDown.getOrDefault(port.name(), "") : "";
        return refusal.isEmpty() ? port.reason() : refusal;
    }

    void whyDown(final String port, final String reason) {
        whyDown.put(port, reason);
    }

    /** Looks up the names of VTEPs now. */
    void lookUpPeers() {
        final Peers names = peers;
        if (names != null) {
            names.wake();
        }
    }

    NodeConfig config() {
        return config;
    }

    Dataplane dataplane() {
        return dataplane;
    }

    Counters counters() {
        return counters;
    }

    EventLog events() {
        return events;
    }

    Tracer tracer() {
        return tracer;
    }

    Baseline statsBaseline() {
        return statsBaseline;
    }

    Baseline dropBaseline() {
        return dropBaseline;
    }

    long uptimeSeconds() {
        return (System.nanoTime() - startedNanos) / 1_000_000_000;
    }

    /** Names for what a capture shows. */
    CaptureContext captureContext() {
        return new NodeCaptureContext(this);
    }

    /** Ends the node: socket first, files last. */
    @Override
    public void close() {
        while (!undo.isEmpty()) {
            try {
                undo.pop().run();
            } catch (final IOException | RuntimeException e) {
                LOG.warn("at the end: {}", e.getMessage());
            }
        }
    }
}
