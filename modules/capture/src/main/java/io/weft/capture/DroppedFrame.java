// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.wire.IpAddress;
import io.weft.wire.Vxlan;
import org.jspecify.annotations.Nullable;

/**
 * A frame that was dropped, from the ring of the last ones.
 *
 * @param port by which it came in; empty if by none
 * @param network empty if it was in none yet
 * @param vtep whence it came or where it should have gone; null for a pod's frame
 * @param packetId number that it has in captures, too
 * @param length octets that it had, a VXLAN header left out
 * @param summary MAC addresses, IP addresses, protocol, ports
 */
public record DroppedFrame(
        long epochNanos,
        DropReason reason,
        String port,
        String network,
        @Nullable IpAddress vtep,
        long packetId,
        int length,
        String summary) {
    static DroppedFrame of(final CaptureRecord record, final long epochOffset, final CaptureContext context) {
        final DropReason reason = record.reason();
        if (reason == null) {
            throw new IllegalStateException("a drop without a reason");
        }
        final boolean isInner = record.isTunnelForm() && record.captured() > Vxlan.HEADER_LENGTH;
        final int header = isInner ? Vxlan.HEADER_LENGTH : 0;
        final FrameLine line =
                FrameLine.of(record.buffer(), CaptureRecord.HEADER_LENGTH + header, record.captured() - header);
        return new DroppedFrame(
                record.epochNanos() + epochOffset,
                reason,
                record.port() == Frame.NONE ? "" : context.portName(record.port()),
                record.network() == Frame.NONE ? "" : context.networkName(record.network()),
                vtep(record, context),
                record.packetId(),
                record.frameLength() - header,
                line.source().isEmpty() ? line.text() : line.source() + " > " + line.destination() + " " + line.text());
    }

    private static @Nullable IpAddress vtep(final CaptureRecord record, final CaptureContext context) {
        if (record.isTunnelReceive()) {
            return new IpAddress(record.remoteHigh(), record.remoteLow());
        }
        return record.vtep() == Frame.NONE ? null : context.vtepAddress(record.vtep());
    }
}
