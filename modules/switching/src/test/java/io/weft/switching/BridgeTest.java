// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Destination;
import io.weft.frame.Frame;
import io.weft.frame.WorkerCounter;
import io.weft.wire.Bytes;
import io.weft.wire.Ethernet;
import io.weft.wire.MacAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BridgeTest {
    private static final long A = 0x0200_0000_000AL;
    private static final long B = 0x0200_0000_000BL;
    private static final long C = 0x0200_0000_000CL;
    private static final long MULTICAST = 0x0100_5E00_0001L;

    private final Rig rig = new Rig();

    @Test
    void shouldFloodUnknownUnicastExceptIngressPort() {
        assertThat(rig.send(1, A, B)).isEqualTo("0:1 2:1 3:1 v0:1 v1:1");
        assertThat(rig.count(WorkerCounter.FLOODED)).isEqualTo(1);
        assertThat(rig.count(WorkerCounter.CREATED)).isEqualTo(4);
    }

    @Test
    void shouldFloodBroadcastAndMulticastFromPortOnceToEveryVtep() {
        assertThat(rig.send(0, A, MacAddress.BROADCAST)).isEqualTo("1:1 2:1 3:1 v0:1 v1:1");
        assertThat(rig.send(0, A, MULTICAST)).isEqualTo("1:1 2:1 3:1 v0:1 v1:1");
    }

    @Test
    void shouldFloodFromTunnelToPortsOnly() {
        assertThat(rig.sendFromVtep(0, A, MacAddress.BROADCAST)).isEqualTo("0:1 1:1 2:1 3:1");
        assertThat(rig.sendFromVtep(1, B, C)).isEqualTo("0:1 1:1 2:1 3:1");
        assertThat(rig.drops()).isEmpty();
    }

    @Test
    void shouldGiveEveryOutputTheSameOctets() {
        final String octets = Rig.hex(rig.fromPort(1, A, MacAddress.BROADCAST));
        rig.run();
        assertThat(rig.left(Destination.ofPort(0))).containsExactly(octets);
        assertThat(rig.left(Destination.ofPort(3))).containsExactly(octets);
        assertThat(rig.left(Destination.ofVtep(0))).containsExactly(octets);
        assertThat(rig.left(Destination.ofVtep(1))).containsExactly(octets);
    }

    @Test
    void shouldSendKnownUnicastToOneOutputWithoutCopy() {
        rig.send(1, A, B);
        rig.sendFromVtep(1, B, A);
        final long created = rig.count(WorkerCounter.CREATED);
        assertThat(rig.send(2, C, A)).isEqualTo("1:1");
        assertThat(rig.send(2, C, B)).isEqualTo("v1:1");
        assertThat(rig.count(WorkerCounter.CREATED)).isEqualTo(created);
    }

    @Test
    void shouldUseWithinOneVectorWhatAnEarlierFrameTaught() {
        rig.fromPort(0, A, B);
        rig.fromPort(1, B, A);
        rig.fromPort(0, A, B);
        rig.fromPort(2, A, B);
        rig.fromPort(1, B, A);
        // A to B floods; B to A to port 0; A to B to port 1 twice; then A is at 2.
        assertThat(rig.run()).isEqualTo("0:1 1:3 2:2 3:1 v0:1 v1:1");
    }

    @Test
    void shouldDropFrameForThePlaceWhereItCameFrom() {
        rig.send(1, A, B);
        rig.send(1, B, A);
        assertThat(rig.drops()).isEqualTo("same-port:1");
        rig.sendFromVtep(0, C, MacAddress.BROADCAST);
        rig.sendFromVtep(0, 0x02_0000_000DL, C);
        assertThat(rig.drops()).isEqualTo("same-port:2");
    }

    @Test
    void shouldNeverForwardFromTunnelToTunnel() {
        rig.sendFromVtep(0, A, MacAddress.BROADCAST);
        assertThat(rig.sendFromVtep(1, B, A)).isEmpty();
        assertThat(rig.drops()).isEqualTo("split-horizon:1");
    }

    @Test
    void shouldDropWhereNobodyElseIsInTheNetwork() {
        for (int port = 1; port < 4; port++) {
            rig.domain.removePort(port);
        }
        rig.domain.removeVtep(0);
        rig.domain.removeVtep(1);
        assertThat(rig.send(0, A, MacAddress.BROADCAST)).isEmpty();
        assertThat(rig.drops()).isEqualTo("no-output:1");
    }

    @ParameterizedTest
    @ValueSource(ints = {Frame.NONE, 0, 15, 16, 1 << 20})
    void shouldDropFrameOfNoNetwork(final int network) {
        rig.fromPort(0, A, B).network = network;
        assertThat(rig.run()).isEmpty();
        assertThat(rig.drops()).isEqualTo("no-network:1");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, MacAddress.BROADCAST, MULTICAST})
    void shouldDropInvalidSource(final long source) {
        rig.send(0, source, B);
        assertThat(rig.drops()).isEqualTo("invalid-source-mac:1");
        assertThat(rig.domain.macs().learned()).isZero();
    }

    @Test
    void shouldNotForwardReservedAddresses() {
        for (int last = 0; last < 16; last++) {
            assertThat(rig.send(0, A, 0x0180_C200_0000L + last)).isEmpty();
        }
        assertThat(rig.drops()).isEqualTo("reserved-mac:16");
        assertThat(rig.send(0, A, 0x0180_C200_0010L)).isEqualTo("1:1 2:1 3:1 v0:1 v1:1");
    }

    @Test
    void shouldFollowMacThatMoves() {
        rig.send(0, A, B);
        assertThat(rig.send(1, B, A)).isEqualTo("0:1");
        rig.sendFromVtep(1, A, MacAddress.BROADCAST);
        assertThat(rig.send(1, B, A)).isEqualTo("v1:1");
        assertThat(rig.count(WorkerCounter.LEARNED)).isEqualTo(2);
        assertThat(rig.count(WorkerCounter.MOVED)).isEqualTo(1);
    }

    @Test
    void shouldPassTaggedFramesUnchangedAndLearnThem() {
        final Frame frame = rig.fromPort(0, A, B);
        Bytes.putU16(frame.buffer, frame.offset + 12, Ethernet.TYPE_VLAN);
        Bytes.putI32(frame.buffer, frame.offset + 14, 0x6064_0800);
        final String octets = Rig.hex(frame);
        rig.run();
        assertThat(rig.left(Destination.ofPort(1))).containsExactly(octets);
        assertThat(rig.send(1, B, A)).isEqualTo("0:1");
    }

    @Test
    void shouldDropFramesWhoseSourceCouldNotBeLearned() {
        final Rig small = new Rig(FdbConfig.withLearnLimit(2), 64);
        small.send(0, A, MacAddress.BROADCAST);
        small.send(1, B, MacAddress.BROADCAST);
        assertThat(small.send(2, C, A)).isEmpty();
        assertThat(small.drops()).isEqualTo("learn-limit:1");
        assertThat(small.send(1, B, A)).isEqualTo("0:1");
        small.domain.macs().remove(B);
        assertThat(small.send(2, C, A)).isEqualTo("0:1");
    }

    @Test
    void shouldKeepStaticEntryAgainstFramesFromElsewhere() {
        assertThat(rig.domain.macs().addStatic(A, Destination.ofPort(0), rig.now))
                .isTrue();
        assertThat(rig.send(1, A, B)).isEmpty();
        assertThat(rig.drops()).isEqualTo("static-mac-moved:1");
        assertThat(rig.send(1, B, A)).isEqualTo("0:1");
        assertThat(rig.send(0, A, B)).isEqualTo("1:1");
    }

    @Test
    void shouldDampMacThatFlapsAndReportItOnce() {
        rig.send(0, A, B);
        for (int move = 1; move <= 5; move++) {
            rig.send(move % 2, A, B);
        }
        assertThat(rig.drops()).isEmpty();
        for (int frame = 0; frame < 10; frame++) {
            assertThat(rig.send(2, A, B)).isEmpty();
            rig.now++;
        }
        assertThat(rig.drops()).isEqualTo("mac-flapping:10");
        assertThat(rig.flaps).containsExactly(Rig.NETWORK + " 2000000000a 1 2");
        assertThat(rig.count(WorkerCounter.FLAPPED)).isEqualTo(1);
        assertThat(rig.send(3, B, A)).as("held where it was").isEqualTo("1:1");
        assertThat(rig.send(1, A, B)).as("served where it is held").isEqualTo("3:1");
    }

    @Test
    void shouldLetDampedMacMoveAgainWhenItsHoldIsOver() {
        rig.send(0, A, B);
        for (int move = 1; move <= 6; move++) {
            rig.send(move % 2, A, B);
        }
        rig.now += 59;
        rig.send(0, A, B);
        assertThat(rig.drops()).isEqualTo("mac-flapping:2");
        rig.now += 1;
        rig.send(0, A, B);
        assertThat(rig.drops()).isEqualTo("mac-flapping:2");
        assertThat(rig.send(3, B, A)).isEqualTo("0:1");
    }

    @Test
    void shouldNotDampMacThatMovesSeldom() {
        rig.send(0, A, B);
        for (int move = 1; move <= 100; move++) {
            rig.now += 2;
            rig.send(move % 2, A, B);
        }
        assertThat(rig.drops()).isEmpty();
        assertThat(rig.count(WorkerCounter.MOVED)).isEqualTo(100);
    }

    @Test
    void shouldNotFloodToASuspendedVtepButKeepItsMacs() {
        rig.sendFromVtep(1, B, MacAddress.BROADCAST);
        rig.domain.suspendVtep(1);
        assertThat(rig.send(1, C, MacAddress.BROADCAST)).isEqualTo("0:1 2:1 3:1 v0:1");
        assertThat(rig.send(1, C, B)).isEqualTo("v1:1");
        rig.domain.addVtep(1);
        assertThat(rig.send(1, C, MacAddress.BROADCAST)).isEqualTo("0:1 2:1 3:1 v0:1 v1:1");
    }

    @Test
    void shouldForgetMacsOfRemovedMembers() {
        rig.send(0, A, MacAddress.BROADCAST);
        rig.sendFromVtep(1, B, MacAddress.BROADCAST);
        rig.domain.macs().addStatic(0x02_0000_000DL, Destination.ofPort(0), rig.now);
        assertThat(rig.domain.removePort(0)).isEqualTo(2);
        assertThat(rig.domain.removeVtep(1)).isEqualTo(1);
        assertThat(rig.send(1, C, A)).isEqualTo("2:1 3:1 v0:1");
        assertThat(rig.send(1, C, B)).isEqualTo("2:1 3:1 v0:1");
        rig.domain.addPort(0);
        rig.domain.addPort(0);
        assertThat(rig.send(1, C, A)).isEqualTo("0:1 2:1 3:1 v0:1");
    }

    @Test
    void shouldAgeInSlices() {
        rig.send(0, A, MacAddress.BROADCAST);
        rig.now += 299;
        rig.send(1, B, MacAddress.BROADCAST);
        ageFor(20);
        assertThat(rig.count(WorkerCounter.AGED)).isEqualTo(1);
        assertThat(rig.send(2, C, A)).isEqualTo("0:1 1:1 3:1 v0:1 v1:1");
        assertThat(rig.send(2, C, B)).isEqualTo("1:1");
    }

    @Test
    void shouldAgeEveryNetworkThatIsThere() {
        final BridgeDomain other = new BridgeDomain(3, 300, "red", false, FdbConfig.DEFAULT);
        rig.bridge.addDomain(other);
        other.macs().learn(A, 0, rig.now);
        rig.domain.macs().learn(A, 0, rig.now);
        final BridgeDomain third = new BridgeDomain(4, 400, "green", false, FdbConfig.DEFAULT);
        rig.bridge.addDomain(third);
        third.macs().learn(A, 0, rig.now);
        rig.now += 290;
        ageFor(1);
        rig.bridge.removeDomain(3);
        ageFor(30);
        assertThat(rig.domain.macs().learned()).isZero();
        assertThat(third.macs().learned()).isZero();
        assertThat(other.macs().learned()).isEqualTo(1);
    }

    @Test
    void shouldKeepNetworksApart() {
        final BridgeDomain red = new BridgeDomain(8, 200, "red", false, FdbConfig.DEFAULT);
        red.addPort(10);
        red.addPort(11);
        rig.bridge.addDomain(red);
        rig.send(0, A, B);
        rig.fromPort(10, B, A).network = 8;
        assertThat(rig.run()).isEqualTo("11:1");
        rig.fromPort(0, A, B);
        rig.fromPort(10, A, B).network = 8;
        rig.fromPort(0, A, B);
        assertThat(rig.run()).isEqualTo("1:2 2:2 3:2 v0:2 v1:2");
        assertThat(rig.drops()).isEqualTo("same-port:1");
    }

    @Test
    void shouldCountCopiesThatFoundNoFrame() {
        final Rig tight = new Rig(FdbConfig.DEFAULT, 2);
        assertThat(tight.send(0, A, MacAddress.BROADCAST)).isEqualTo("1:1 v1:1");
        assertThat(tight.drops()).isEqualTo("no-frame-available:3");
    }

    @Test
    void shouldFloodFullVector() {
        final Rig wide = new Rig(FdbConfig.DEFAULT, 2048);
        for (int i = 0; i < 256; i++) {
            wide.fromPort(0, A + i, MacAddress.BROADCAST);
        }
        assertThat(wide.run()).isEqualTo("1:256 2:256 3:256 v0:256 v1:256");
    }

    private void ageFor(final int seconds) {
        for (int second = 0; second < seconds; second++) {
            rig.now++;
            for (int cycle = 0; cycle < 3; cycle++) {
                rig.bridge.age(rig.now);
            }
        }
    }
}
