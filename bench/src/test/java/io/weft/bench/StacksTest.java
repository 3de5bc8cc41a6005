// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.bench.BenchResults.Profile;
import io.weft.bench.BenchResults.Share;
import org.junit.jupiter.api.Test;

class StacksTest {
    private static final String WRITE = """
            \tffffffff81b732cb _copy_from_iter+0x1b
            \tffffffff81db3b20 tun_get_user+0x90
            \tffffffff816b8a10 vfs_write+0x200
            \tffffffff816b8f1c __x64_sys_write+0x1c
            \tffffffff821ecb93 do_syscall_64+0x53
            \t    7f56ddc0a8f0 __GI___libc_write+0x50

            """;
    private static final String DELIVERY = """
            \tffffffff82045484 tcp_v4_rcv+0x74
            \tffffffff81e60a00 __netif_receive_skb_one_core+0x80
            \tffffffff81db3b20 tun_get_user+0x90
            \tffffffff816b8f1c ksys_write+0x1c
            \tffffffff821ecb93 do_syscall_64+0x53

            """;
    private static final String WAKE_UP = """
            \tffffffff82200809 _raw_spin_unlock_irqrestore+0x19
            \tffffffff813a6a00 try_to_wake_up+0x2a0
            \tffffffff81e60a00 __netif_receive_skb_one_core+0x80
            \tffffffff81e2c38f ____sys_sendmsg+0x1c
            \tffffffff81e2f4fb __sys_sendmsg+0x1c
            \tffffffff821ecb93 do_syscall_64+0x53

            """;
    private static final String SLEEP = """
            \tffffffff813a2313 finish_task_switch.isra.0+0x93
            \tffffffff821f8be5 schedule+0x5
            \tffffffff8172f000 __arm64_sys_epoll_pwait+0x70
            \tffffffff8172f070 invoke_syscall.constprop.0+0x70

            """;
    private static final String METHOD = """
            \t    7fba81478ef4 io.weft.frame.DropReason io.weft.port.DatagramBatch.flush()+0x1f4

            """;
    private static final String NESTED = """
            \t    7fba81478ef4 boolean io.weft.port.PathMtuSocket$Way.mtu(io.weft.frame.FrameVector, int)+0x1f4

            """;
    private static final String JVM = """
            \t    7fba81060970 [unknown]
            \t    7fba81478ef4 void io.weft.dataplane.Worker.run()+0x1f4

            """;
    private static final String ENTRY = """
            \tffffffff821ecc26 do_syscall_64+0x46
            \tffffffff8200012f entry_SYSCALL_64_after_hwframe+0x76

            """;
    private static final String INTERRUPT = """
            \tffffffff813600f2 handle_softirqs+0xd2
            \tffffffff82001a0a asm_sysvec_apic_timer_interrupt+0x1a

            """;

    @Test
    void shouldSayWhatAThreadWasAt() throws BenchException {
        assertThat(placeOf(WRITE)).isEqualTo("write: copying");
        assertThat(placeOf(DELIVERY)).isEqualTo("write: the receiver's protocols");
        assertThat(placeOf(WAKE_UP)).isEqualTo("sendmsg: waking others up");
        assertThat(placeOf(SLEEP)).isEqualTo("epoll_pwait: going to sleep");
        assertThat(placeOf(METHOD)).isEqualTo("port.DatagramBatch");
        assertThat(placeOf(NESTED)).isEqualTo("port.PathMtuSocket");
        assertThat(placeOf(JVM)).isEqualTo("JVM and C library");
        assertThat(placeOf(ENTRY)).isEqualTo("entering and leaving the kernel");
        assertThat(placeOf(INTERRUPT)).isEqualTo("interrupts");
    }

    @Test
    void shouldShareOutAllSamples() throws BenchException {
        final Profile profile = Stacks.profile("two-nodes", WRITE + (METHOD + WRITE).repeat(250) + JVM);

        assertThat(profile.scenario()).isEqualTo("two-nodes");
        assertThat(profile.samples()).isEqualTo(502);
        assertThat(profile.shares())
                .containsExactly(
                        new Share("write: copying", 251 / 502.0),
                        new Share("port.DatagramBatch", 250 / 502.0),
                        new Share("all else", 1 / 502.0));
    }

    @Test
    void shouldRefuseWhatHasNoStacks() {
        assertThatThrownBy(() -> Stacks.profile("two-nodes", "\n\n"))
                .isInstanceOf(BenchException.class)
                .hasMessage("perf saw nothing");
    }

    private static String placeOf(final String stack) throws BenchException {
        return Stacks.profile("x", stack).shares().getFirst().place();
    }
}
