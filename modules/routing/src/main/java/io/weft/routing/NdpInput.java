// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.Ipv6;
import io.weft.wire.MacAddress;
import io.weft.wire.Ndp;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Neighbor Discovery (RFC 4861), one message at a time. */
final class NdpInput {
    private static final int HOP_LIMIT = 255;

    private final FramePool pool;
    private final RouterInterfaces legs;
    private final NeighborTable table;
    private final NeighborOutput output;
    private final NeighborClaims claims;
    private final RouterAdvertiser advertiser;

    // Of the message at hand.
    private int message;
    private int length;
    private long sourceHigh;
    private long sourceLow;
    private long targetHigh;
    private long targetLow;

    NdpInput(
            final FramePool pool,
            final RouterInterfaces legs,
            final NeighborTable table,
            final NeighborOutput output,
            final NeighborClaims claims,
            final RouterAdvertiser advertiser) {
        this.pool = pool;
        this.legs = legs;
        this.table = table;
        this.output = output;
        this.claims = claims;
        this.advertiser = advertiser;
    }

    /** True if the frame goes on to the bridge; otherwise it has been consumed or dropped. */
    boolean process(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        message = frame.l4Offset;
        length = ip + Ipv6.HEADER_LENGTH + Ipv6.payloadLength(buffer, ip) - message;
        sourceHigh = Ipv6.sourceHigh(buffer, ip);
        sourceLow = Ipv6.sourceLow(buffer, ip);
        if (!isValid(frame)) {
            pool.drop(frame, DropReason.ND_MALFORMED);
            return false;
        }
        final RouterInterface leg = legs.get(frame.network);
        final int type = Icmp.type(buffer, message);
        if (type == Icmp.NEIGHBOR_SOLICITATION || type == Icmp.NEIGHBOR_ADVERTISEMENT) {
            targetHigh = Ndp.targetHigh(buffer, message);
            targetLow = Ndp.targetLow(buffer, message);
        }
        if (leg != null && leg.isOwn(sourceHigh, sourceLow)) {
            return fromOwnAddress(frame, leg, type);
        }
        return switch (type) {
            case Icmp.NEIGHBOR_SOLICITATION -> solicitation(frame, leg);
            case Icmp.NEIGHBOR_ADVERTISEMENT -> advertisement(frame, leg);
            case Icmp.ROUTER_SOLICITATION -> routerSolicitation(frame, leg);
            case Icmp.ROUTER_ADVERTISEMENT -> learnSource(frame, leg, true);
            default -> true;
        };
    }

    /** RFC 4861 sections 6.1.1, 6.1.2, 7.1.1, 7.1.2 and 8.1. */
    private boolean isValid(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        return Ipv6.hopLimit(buffer, frame.l3Offset) == HOP_LIMIT
                && Ndp.isValid(buffer, message, length)
                && Icmp.code(buffer, message) == 0
                && !isMulticast(sourceHigh)
                && isTypeValid(frame)
                && isChecksumValid(frame);
    }

    private boolean isTypeValid(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int type = Icmp.type(buffer, message);
        final boolean unspecified = isUnspecified();
        final long toHigh = Ipv6.destinationHigh(buffer, frame.l3Offset);
        final long toLow = Ipv6.destinationLow(buffer, frame.l3Offset);
        return switch (type) {
            case Icmp.ROUTER_SOLICITATION -> !unspecified || linkLayerAddress(frame, true) == Ndp.NO_ADDRESS;
            case Icmp.ROUTER_ADVERTISEMENT -> isLinkLocal(sourceHigh);
            case Icmp.NEIGHBOR_SOLICITATION ->
                !isMulticast(Ndp.targetHigh(buffer, message))
                        && (!unspecified
                                || (Ndp.isSolicitedNode(toHigh, toLow)
                                        && linkLayerAddress(frame, true) == Ndp.NO_ADDRESS));
            case Icmp.NEIGHBOR_ADVERTISEMENT ->
                !isMulticast(Ndp.targetHigh(buffer, message))
                        && !(isMulticast(toHigh) && (Ndp.flags(buffer, message) & Ndp.SOLICITED) != 0);
            default -> isRedirectValid(buffer);
        };
    }

    private boolean isRedirectValid(final UnsafeBuffer buffer) {
        final long high = Ndp.targetHigh(buffer, message);
        final long toHigh = Ndp.destinationHigh(buffer, message);
        return isLinkLocal(sourceHigh)
                && !isMulticast(toHigh)
                && (isLinkLocal(high)
                        || (high == toHigh && Ndp.targetLow(buffer, message) == Ndp.destinationLow(buffer, message)));
    }

    private boolean isChecksumValid(final Frame frame) {
        return frame.checksumState != Frame.CHECKSUM_COMPLETE
                || Checksum.finish(Checksum.pseudoHeaderIpv6(frame.buffer, frame.l3Offset, Ipv6.PROTOCOL_ICMPV6, length)
                                + Checksum.sum(frame.buffer, message, length))
                        == 0;
    }

    private boolean isUnspecified() {
        return (sourceHigh | sourceLow) == 0;
    }

    private static boolean isMulticast(final long high) {
        return high >>> 56 == 0xFF;
    }

    private static boolean isLinkLocal(final long high) {
        return high >>> 54 == RouterInterface.linkLocalHigh() >>> 54;
    }

    private long linkLayerAddress(final Frame frame, final boolean ofSource) {
        return Ndp.linkLayerAddress(frame.buffer, message, length, ofSource ? Ndp.SOURCE_ADDRESS : Ndp.TARGET_ADDRESS);
    }

    /** A sibling has our global address too; our link-local one is made of our MAC and nobody else's. */
    private static boolean isSibling(final Frame frame, final long high) {
        return NeighborClaims.isFromTunnel(frame) && !isLinkLocal(high);
    }

    private boolean fromOwnAddress(final Frame frame, final RouterInterface leg, final int type) {
        final long mac = Ethernet.source(frame.buffer, frame.offset);
        if (mac == leg.mac) {
            return true;
        }
        if (!isSibling(frame, sourceHigh)) {
            claims.dropDuplicate(frame, sourceHigh, sourceLow, mac);
            return false;
        }
        if (type == Icmp.NEIGHBOR_SOLICITATION) {
            claims.answerSibling(leg, frame, targetHigh, targetLow);
        }
        pool.consumed(frame);
        return false;
    }

    /**
     * Learns from the source link-layer address, if there is one (RFC 4861 section 7.2.3).
     *
     * @return false if the frame was dropped, because somebody else has that address
     */
    private boolean learnSource(final Frame frame, final @Nullable RouterInterface leg, final boolean isRouter) {
        final long mac = linkLayerAddress(frame, true);
        if (mac == Ndp.NO_ADDRESS) {
            return true;
        }
        if (claims.contradictsPermanent(frame, sourceHigh, sourceLow, mac)) {
            claims.dropDuplicate(frame, sourceHigh, sourceLow, mac);
            return false;
        }
        if (NeighborClaims.isCredible(frame, leg, mac)) {
            table.learn(frame, sourceHigh, sourceLow, mac);
            if (Icmp.type(frame.buffer, message) != Icmp.NEIGHBOR_SOLICITATION) {
                table.router(frame.network, sourceHigh, sourceLow, isRouter);
            }
        }
        return true;
    }

    private boolean solicitation(final Frame frame, final @Nullable RouterInterface leg) {
        if (!learnSource(frame, leg, false)) {
            return false;
        }
        if (leg != null && leg.isOwn(targetHigh, targetLow)) {
            answer(frame, leg);
            return false;
        }
        if (isUnspecified()) {
            return true;
        }
        final long asker = Ethernet.source(frame.buffer, frame.offset);
        final long known = claims.suppressedMac(frame, targetHigh, targetLow, asker);
        if (known == NeighborTable.NO_MAC) {
            return true;
        }
        // RFC 4861 section 7.2.8: who answers for another leaves the override flag to him.
        final int flags = Ndp.SOLICITED | (table.isRouter(frame.network, targetHigh, targetLow) ? Ndp.ROUTER : 0);
        advertise(frame, known, asker, sourceHigh, sourceLow, flags);
        claims.answered(frame, WorkerCounter.NEIGHBOR_SUPPRESSED);
        return false;
    }

    /** To all nodes if the asker has no address yet (RFC 4861 section 7.2.4), but in a frame for him alone (RFC 6085). */
    private void answer(final Frame frame, final RouterInterface leg) {
        final long asker = Ethernet.source(frame.buffer, frame.offset);
        final int flags = Ndp.ROUTER | Ndp.OVERRIDE;
        if (isUnspecified()) {
            advertise(frame, leg.mac, asker, Ndp.MULTICAST_HIGH, Ndp.ALL_NODES_LOW, flags);
        } else {
            advertise(frame, leg.mac, asker, sourceHigh, sourceLow, flags | Ndp.SOLICITED);
        }
        claims.answered(frame, WorkerCounter.NEIGHBOR_ANSWERED);
    }

    private void advertise(
            final Frame frame, final long mac, final long toMac, final long toHigh, final long toLow, final int flags) {
        output.advertise(frame.network, frame.port, mac, targetHigh, targetLow, toMac, toHigh, toLow, flags, false);
    }

    private boolean advertisement(final Frame frame, final @Nullable RouterInterface leg) {
        final long option = linkLayerAddress(frame, false);
        final long sender = Ethernet.source(frame.buffer, frame.offset);
        final long mac = option == Ndp.NO_ADDRESS ? sender : option;
        if (leg != null && leg.isOwn(targetHigh, targetLow)) {
            return forOwnAddress(frame, leg, mac);
        }
        if (claims.contradictsPermanent(frame, targetHigh, targetLow, mac)) {
            claims.dropDuplicate(frame, targetHigh, targetLow, mac);
            return false;
        }
        final boolean toUs = NeighborClaims.isToUs(frame, leg);
        if (NeighborClaims.isCredible(frame, leg, mac)) {
            final int flags = Ndp.flags(frame.buffer, message);
            table.advertise(
                    frame,
                    targetHigh,
                    targetLow,
                    option == Ndp.NO_ADDRESS ? NeighborTable.NO_MAC : option,
                    toUs ? flags : flags & ~Ndp.SOLICITED);
        }
        if (toUs) {
            pool.consumed(frame);
        }
        return !toUs;
    }

    private boolean forOwnAddress(final Frame frame, final RouterInterface leg, final long mac) {
        if (mac == leg.mac) {
            return true;
        }
        if (isSibling(frame, targetHigh)) {
            pool.consumed(frame);
        } else {
            claims.dropDuplicate(frame, targetHigh, targetLow, mac);
        }
        return false;
    }

    /** RFC 4861 section 6.2.6. Consumed: a sibling's router would answer as well, and take the pod's traffic. */
    private boolean routerSolicitation(final Frame frame, final @Nullable RouterInterface leg) {
        if (!learnSource(frame, leg, false)) {
            return false;
        }
        final boolean toAll = MacAddress.isGroup(Ethernet.destination(frame.buffer, frame.offset));
        if (leg == null || !leg.hasAddress(false) || !(toAll || NeighborClaims.isToUs(frame, leg))) {
            return true;
        }
        if (NeighborClaims.isFromTunnel(frame) && !isUnspecified()) {
            advertiser.answer(leg, frame, sourceHigh, sourceLow);
        } else {
            advertiser.solicited(leg);
        }
        pool.consumed(frame);
        return false;
    }
}
