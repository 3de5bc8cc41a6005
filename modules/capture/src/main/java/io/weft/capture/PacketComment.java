// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.Destination;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/** Says in words what a node knows of a packet and its octets don't show. */
final class PacketComment {
    private final CaptureContext context;
    private final StringBuilder text = new StringBuilder(256);

    PacketComment(final CaptureContext context) {
        this.context = context;
    }

    /** The comment on packet {@code part}, from 1, of a record. Parts are separated by "; "; empty if there is nothing. */
    String of(final CaptureRecord record, final int part) {
        where(record);
        offload(record, part);
        return text.toString();
    }

    /** The same without what is said of a super-frame and of checksums. */
    String of(final CaptureRecord record) {
        where(record);
        return text.toString();
    }

    private void where(final CaptureRecord record) {
        text.setLength(0);
        verdict(record);
        network(record.network());
        ports(record);
        if (record.isTunnelReceive()) {
            next().append("from VTEP ").append(new IpAddress(record.remoteHigh(), record.remoteLow()));
        }
    }

    private void verdict(final CaptureRecord record) {
        final @Nullable DropReason reason = record.reason();
        if (reason != null) {
            next().append("dropped, ").append(reason.label()).append(": ").append(reason.sentence());
            vtep(record);
        } else if (record.point() == CapturePoint.TX) {
            next().append("sent to port ").append(context.portName(record.port()));
        } else if (record.point() == CapturePoint.TUNNEL_TX) {
            vtep(record);
        } else if (record.fate().isKnown()) {
            fate(record.fate(), record);
        }
    }

    private void fate(final CaptureRecord.Fate fate, final CaptureRecord record) {
        final @Nullable DropReason reason = fate.reason();
        if (fate.outputs() > 0) {
            outputs(fate, record.isTunnelForm() && record.isSuperFrame());
        }
        if (fate.isConsumed()) {
            next().append("consumed by the node");
        }
        if (reason != null) {
            next().append(fate.outputs() > 0 ? "part of it dropped, " : "dropped, ");
            text.append(reason.label()).append(": ").append(reason.sentence());
        }
        if (text.isEmpty()) {
            next().append("held by the node until its next hop is known");
        }
    }

    private void outputs(final CaptureRecord.Fate fate, final boolean isTrain) {
        final int destination = fate.destination();
        if (fate.isSpread()) {
            next().append(isTrain ? "sent to " : "flooded to ").append(fate.outputs());
            text.append(" outputs");
            return;
        }
        next().append(fate.isRouted() ? "routed to " : "forwarded to ");
        if (Destination.isVtep(destination)) {
            final @Nullable IpAddress address = context.vtepAddress(Destination.index(destination));
            text.append("VTEP ").append(address == null ? "that is gone" : address);
        } else {
            text.append("port ").append(context.portName(Destination.index(destination)));
        }
        if (fate.outputs() > 1) {
            text.append(" in ").append(fate.outputs()).append(" parts");
        }
    }

    private void network(final int network) {
        if (network == Frame.NONE) {
            return;
        }
        final String name = context.networkName(network);
        if (!name.isEmpty()) {
            next().append("network ").append(name);
            if (context.vni(network) >= 0) {
                text.append(", VNI ").append(context.vni(network));
            }
        }
    }

    /** The interface's name says where the packet was seen; this says where it came from if that is elsewhere. */
    private void ports(final CaptureRecord record) {
        final int ingress = record.ingressPort();
        if (ingress != Frame.NONE && ingress != record.port()) {
            next().append("from port ").append(context.portName(ingress));
        }
    }

    private void vtep(final CaptureRecord record) {
        if (!record.isTunnelReceive() && record.vtep() != Frame.NONE) {
            final @Nullable IpAddress address = context.vtepAddress(record.vtep());
            if (address != null) {
                next().append(record.reason() == null ? "sent to VTEP " : "to VTEP ")
                        .append(address);
            }
        }
    }

    private void offload(final CaptureRecord record, final int part) {
        if (!record.isSuperFrame()) {
            if (record.hasPartialChecksum() && record.isWhole()) {
                next().append("checksum completed by the capture");
            }
            return;
        }
        final int size = record.gsoSize();
        if (!record.isTunnelForm()) {
            next().append("super-frame of ").append(record.frameLength());
            text.append(" octets, segments of ").append(size).append(" octets of payload");
        } else if (record.hasPartialChecksum()) {
            next().append("segment ")
                    .append(part)
                    .append(" of a super-frame of ")
                    .append(record.frameLength());
            text.append(" octets, cut at ").append(size).append(" octets of payload");
        } else {
            next().append("datagram ").append(part).append(" of ");
            text.append((record.frameLength() + size - 1) / Math.max(size, 1)).append(" received together");
        }
    }

    private StringBuilder next() {
        return text.isEmpty() ? text : text.append("; ");
    }
}
