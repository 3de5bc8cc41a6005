// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.wire.Tcp;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class VnetHeaderTest {
    private final FramePool pool = new FramePool(1, Counters.inMemory(1));
    private final Frame frame = Objects.requireNonNull(pool.create(0));
    private final int position = frame.offset - VnetHeader.LENGTH;

    private byte[] octets() {
        final byte[] octets = new byte[VnetHeader.LENGTH];
        frame.buffer.getBytes(position, octets);
        return octets;
    }

    private void put(final int... values) {
        for (int i = 0; i < values.length; i++) {
            frame.buffer.putByte(position + i, (byte) values[i]);
        }
    }

    @Test
    void shouldWriteASuperFrameWithItsRealHeaderLength() {
        TestFrames.tcpSuperFrame(frame, 3000, 1400);
        frame.gsoEcn = true;
        VnetHeader.write(frame, position, VnetHeader.LENGTH);
        assertThat(octets()).containsExactly(1, 0x81, 54, 0, 0x78, 5, 34, 0, 16, 0, 0, 0);
    }

    @Test
    void shouldWriteOrdinaryFrames() {
        frame.length = 60;
        put(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9);
        VnetHeader.write(frame, position, VnetHeader.LENGTH);
        assertThat(octets()).containsOnly(0);
        frame.checksumState = Frame.CHECKSUM_VERIFIED;
        VnetHeader.write(frame, position, VnetHeader.LENGTH);
        assertThat(octets()).startsWith(2, 0, 0, 0);
        frame.length = 9000;
        VnetHeader.write(frame, position, VnetHeader.LENGTH);
        assertThat(octets()).startsWith(2, 0, 128, 0);
    }

    @Test
    void shouldReadWithoutTrustingTheHeaderLength() {
        frame.length = 3054;
        put(1, 0x81, 0xFF, 0xFF, 0x78, 5, 34, 0, 16, 0, 0, 0);
        VnetHeader.read(frame, position);
        assertThat(frame.gsoType).isEqualTo(Frame.GSO_TCPV4);
        assertThat(frame.gsoSize).isEqualTo(1400);
        assertThat(frame.gsoEcn).isTrue();
        assertThat(frame.checksumState).isEqualTo(Frame.CHECKSUM_PARTIAL);
        assertThat(frame.checksumStart).isEqualTo(frame.offset + 34);
        assertThat(frame.checksumOffset).isEqualTo(Tcp.CHECKSUM_OFFSET);
    }

    @Test
    void shouldMaskGsoBitsWithoutAMeaning() {
        put(1, 0x10 | 0x60 | 5, 0, 0, 0, 4, 34, 0, 6, 0, 0, 0);
        VnetHeader.read(frame, position);
        assertThat(frame.gsoType).isEqualTo(Frame.GSO_UDP);
        assertThat(frame.gsoEcn).isFalse();
    }

    @Test
    void shouldReadWhatTheKernelVerified() {
        put(2, 0, 0, 0, 7, 7, 0, 0, 0, 0, 0, 0);
        VnetHeader.read(frame, position);
        assertThat(frame.checksumState).isEqualTo(Frame.CHECKSUM_VERIFIED);
        assertThat(frame.isSuperFrame()).isFalse();
        assertThat(frame.gsoSize).isZero();
    }

    @Test
    void shouldCountSegmentsEvenOfNonsense() {
        frame.length = 60;
        put(1, 1, 0, 0, 1, 0, 0xFF, 0xFF, 16, 0, 0, 0);
        VnetHeader.read(frame, position);
        assertThat(AbstractPort.segmentsOf(frame)).isEqualTo(1);
        put(1, 1, 0, 0, 1, 0, 34, 0, 16, 0, 0, 0);
        VnetHeader.read(frame, position);
        assertThat(AbstractPort.segmentsOf(frame)).isEqualTo(6);
    }
}
