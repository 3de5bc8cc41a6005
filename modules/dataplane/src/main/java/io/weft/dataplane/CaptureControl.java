// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.capture.CaptureContext;
import io.weft.capture.CaptureRing;
import io.weft.capture.CaptureSelection;
import io.weft.capture.DroppedFrame;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The part of {@link Dataplane} for captures and for the frames that were dropped last. */
public final class CaptureControl {
    private final Dataplane dataplane;
    private final Workers workers;

    CaptureControl(final Dataplane dataplane, final Workers workers) {
        this.dataplane = dataplane;
        this.workers = workers;
    }

    /**
     * Whose frames a capture wants.
     *
     * @param ports names; none: of all ports
     * @param networks names
     * @param vnis of networks; with {@code networks} they are taken together, and none at all means all networks
     * @throws RefusedException naming what there is not
     */
    public CaptureSelection select(final List<String> ports, final List<String> networks, final List<Integer> vnis)
            throws RefusedException {
        final List<Integer> portIndices = new ArrayList<>();
        for (final String port : ports) {
            portIndices.add(dataplane.portIndex(port, null));
        }
        final List<String> names = new ArrayList<>(networks);
        for (final int vni : vnis) {
            names.add(dataplane.networkOf(vni));
        }
        final List<Integer> domains = new ArrayList<>();
        final List<Integer> theirVnis = new ArrayList<>();
        for (final String name : names) {
            for (final int domain : dataplane.domainsOf(name)) {
                domains.add(domain);
                final NetworkSpec spec = dataplane.networkSpec(domain);
                if (spec != null && spec.vni() != NetworkSpec.NO_VNI) {
                    theirVnis.add(spec.vni());
                }
            }
        }
        return CaptureSelection.of(portIndices, domains, theirVnis);
    }

    /** Starts copying frames into rings, one for each worker. */
    public void attach(final List<CaptureRing> rings) throws RefusedException {
        if (workers.ask(lane -> lane.pipeline().attachCapture(rings.get(lane.number())))
                .contains(false)) {
            detach(rings);
            throw new RefusedException("no more captures at the same time");
        }
    }

    /** Stops copying frames into rings. */
    public void detach(final List<CaptureRing> rings) throws RefusedException {
        workers.change(lane -> lane.pipeline().detachCapture(rings.get(lane.number())));
    }

    /** The last frames that were dropped, by all workers, oldest first. Asks no worker. */
    public List<DroppedFrame> drops(final CaptureContext context) {
        final List<DroppedFrame> frames = new ArrayList<>();
        for (int worker = 0; worker < workers.count(); worker++) {
            frames.addAll(workers.pipeline(worker).drops().read(context));
        }
        frames.sort(Comparator.comparingLong(DroppedFrame::epochNanos));
        return frames;
    }

    /** Forgets the frames that were dropped until now. */
    public void clearDrops() {
        for (int worker = 0; worker < workers.count(); worker++) {
            workers.pipeline(worker).drops().clear();
        }
    }
}
