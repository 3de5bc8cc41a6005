// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.wire.Arp;
import io.weft.wire.Ethernet;
import io.weft.wire.Ndp;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** ARP (RFC 826, RFC 1122 section 2.3.2, RFC 5227), one packet at a time. */
final class ArpInput {
    private final FramePool pool;
    private final RouterInterfaces legs;
    private final NeighborTable table;
    private final NeighborOutput output;
    private final NeighborClaims claims;

    ArpInput(
            final FramePool pool,
            final RouterInterfaces legs,
            final NeighborTable table,
            final NeighborOutput output,
            final NeighborClaims claims) {
        this.pool = pool;
        this.legs = legs;
        this.table = table;
        this.output = output;
        this.claims = claims;
    }

    /** True if the frame goes on to the bridge; otherwise it has been consumed or dropped. */
    boolean process(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int packet = frame.offset + Ethernet.HEADER_LENGTH;
        final int length = frame.length - Ethernet.HEADER_LENGTH;
        if (!Arp.isValid(buffer, packet, length)) {
            return Arp.isOtherKind(buffer, packet, length) || malformed(frame);
        }
        final int operation = Arp.operation(buffer, packet);
        if (operation != Arp.REQUEST && operation != Arp.REPLY) {
            return true;
        }
        final int sender = Arp.senderIp(buffer, packet);
        final int target = Arp.targetIp(buffer, packet);
        if (isNoHost(sender) || isNoHost(target)) {
            return malformed(frame);
        }
        final RouterInterface leg = legs.get(frame.network);
        final long mac = Arp.senderMac(buffer, packet);
        if (leg != null && isOwn(leg, sender)) {
            return fromOwnAddress(frame, leg, operation, target, mac);
        }
        if (sender == 0) {
            return operation != Arp.REQUEST || probe(frame, leg, target);
        }
        final long low = NeighborOutput.low(sender);
        if (claims.contradictsPermanent(frame, 0, low, mac)) {
            claims.dropDuplicate(frame, 0, low, mac);
            return false;
        }
        if (!NeighborClaims.isCredible(frame, leg, mac)) {
            return true;
        }
        return operation == Arp.REQUEST ? request(frame, leg, sender, mac, target) : reply(frame, leg, low, mac);
    }

    private boolean malformed(final Frame frame) {
        pool.drop(frame, DropReason.ARP_MALFORMED);
        return false;
    }

    /** Multicast, reserved, broadcast and loopback addresses, which no neighbor has and nobody asks for. */
    private static boolean isNoHost(final int ip) {
        return ip >>> 28 >= 0xE || ip >>> 24 == 127;
    }

    private static boolean isOwn(final RouterInterface leg, final int ip) {
        return ip == leg.ipv4 && ip != 0;
    }

    private boolean fromOwnAddress(
            final Frame frame, final RouterInterface leg, final int operation, final int target, final long mac) {
        if (mac == leg.mac) {
            return true;
        }
        if (!NeighborClaims.isFromTunnel(frame)) {
            claims.dropDuplicate(frame, 0, NeighborOutput.low(leg.ipv4), mac);
            return false;
        }
        if (operation == Arp.REQUEST) {
            claims.answerSibling(leg, frame, 0, NeighborOutput.low(target));
        }
        pool.consumed(frame);
        return false;
    }

    /** RFC 5227 section 2.1.1: from 0.0.0.0, to find out whether the address is taken. Nothing is learned. */
    private boolean probe(final Frame frame, final @Nullable RouterInterface leg, final int target) {
        if (leg == null || !isOwn(leg, target)) {
            return true;
        }
        answer(frame, leg, 0);
        return false;
    }

    private boolean request(
            final Frame frame,
            final @Nullable RouterInterface leg,
            final int sender,
            final long mac,
            final int target) {
        table.learn(frame, 0, NeighborOutput.low(sender), mac);
        if (leg != null && isOwn(leg, target)) {
            answer(frame, leg, sender);
            return false;
        }
        if (target == sender) {
            return true;
        }
        final long known = claims.suppressedMac(frame, 0, NeighborOutput.low(target), mac);
        if (known == NeighborTable.NO_MAC) {
            return true;
        }
        output.arpReply(frame.network, frame.port, known, target, mac, sender);
        claims.answered(frame, WorkerCounter.NEIGHBOR_SUPPRESSED);
        return false;
    }

    private void answer(final Frame frame, final RouterInterface leg, final int toIp) {
        final long asker = Ethernet.source(frame.buffer, frame.offset);
        output.arpReply(leg.network, frame.port, leg.mac, leg.ipv4, asker, toIp);
        claims.answered(frame, WorkerCounter.NEIGHBOR_ANSWERED);
    }

    private boolean reply(
            final Frame frame, final @Nullable RouterInterface leg, final long senderLow, final long mac) {
        if (NeighborClaims.isToUs(frame, leg)) {
            table.advertise(frame, 0, senderLow, mac, Ndp.SOLICITED | Ndp.OVERRIDE);
            pool.consumed(frame);
            return false;
        }
        table.learn(frame, 0, senderLow, mac);
        return true;
    }
}
