// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.wire.MacAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketTest {
    private static final byte[] TEXT = "text".getBytes(StandardCharsets.UTF_8);
    private static final TapConfig CONFIG =
            new TapConfig("a", null, "weftadopt0", MacAddress.parse("02:00:00:00:00:0a"), 1450, List.of(), true);

    @TempDir
    private Path directory;

    private UnixSocket listener;
    private UnixSocket here;
    private UnixSocket there;
    private long before;

    @BeforeEach
    void connect() throws Exception {
        final Path path = directory.resolve("s");
        listener = UnixSocket.listen(path, 1);
        here = UnixSocket.connect(path);
        there = Objects.requireNonNull(listener.accept());
        Libc.close(Libc.open("/dev/null", Libc.O_RDONLY));
        before = open();
    }

    @AfterEach
    void close() {
        here.close();
        there.close();
        listener.close();
    }

    /** Descriptors of what is sent here. The JVM has others, which come and go as it likes. */
    private static long open() throws Exception {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(UnixSocketTest::isSentHere).count();
        }
    }

    private static boolean isSentHere(final Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().matches("/dev/(null|net/tun)");
        } catch (final IOException e) {
            // Closed meanwhile: that of the list itself.
            return false;
        }
    }

    private static Descriptors files(final int count) {
        final int[] fds = new int[count];
        Arrays.setAll(fds, i -> Libc.open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC));
        return new Descriptors(fds);
    }

    @Test
    void shouldCarryMessagesWithDescriptorsAndTellTheEnd() throws Exception {
        assertThat(there.receive()).isEmpty();
        try (Descriptors files = files(3)) {
            here.send(TEXT, files);
        }
        try (UnixMessage message = there.receive().orElseThrow()) {
            assertThat(message.octets()).isEqualTo(TEXT);
            assertThat(message.descriptors().size()).isEqualTo(3);
        }
        assertThat(there.peer().uid()).isEqualTo(UnixSocket.ownUid());
        assertThat(there.peer().pid()).isEqualTo((int) ProcessHandle.current().pid());
        assertThat(open()).isEqualTo(before);
        here.close();
        assertThat(there.receive().orElseThrow().isEnd()).isTrue();
    }

    @Test
    void shouldRefuseWhatIsTooLongOrTooMany() throws Exception {
        assertThatThrownBy(() -> here.send(new byte[UnixSocket.MAX_LENGTH + 1])).isInstanceOf(PortException.class);
        assertThatThrownBy(() -> here.send(new byte[0])).isInstanceOf(PortException.class);
        try (Descriptors files = files(UnixSocket.MAX_DESCRIPTORS + 1)) {
            assertThatThrownBy(() -> here.send(TEXT, files)).isInstanceOf(PortException.class);
        }
        assertThat(open()).isEqualTo(before);
    }

    @Test
    void shouldRefuseDescriptorsThatAreNoTapAndCloseThem() throws Exception {
        assertRefused(1, files(1), "what came is no descriptor of /dev/net/tun");
        assertRefused(2, files(1), "1 descriptors came, 2 were asked for");
        assertRefused(1, files(0), "0 descriptors came, 1 were asked for");
    }

    @Test
    @Tag("netns")
    void shouldRefuseOtherInterfacesThanWereAskedFor() throws Exception {
        try (TestNamespaces namespaces = new TestNamespaces()) {
            NetworkNamespace.call(namespaces.add("adopt"), () -> {
                refuseOthers();
                return "";
            });
        } finally {
            assertThat(open()).isEqualTo(before);
        }
    }

    private static void refuseOthers() throws PortException {
        assertRefused(1, new Descriptors(tun(0, "")), "what came is a descriptor of no interface");
        final String flags = "interface weftadopt0 is no TAP with virtio-net headers and as many queues as asked";
        final int tun = 1;
        assertRefused(1, new Descriptors(tun((TapDevice.flags(1) & ~TapDevice.IFF_TAP) | tun, "weftadopt0")), flags);
        assertRefused(1, new Descriptors(tun(TapDevice.flags(1) & ~TapDevice.IFF_VNET_HDR, "weftadopt0")), flags);
        assertRefused(1, new Descriptors(tun(TapDevice.flags(2), "weftadopt0")), flags);
        assertRefused(
                1,
                new Descriptors(tun(TapDevice.flags(1), "other0")),
                "interface other0 came, weftadopt0 was asked for");
        assertThatThrownBy(() -> AdoptedTap.of(CONFIG, 1, new Descriptors(tun(TapDevice.flags(1), "weftadopt0"))))
                .hasMessageEndingWith(", 02:00:00:00:00:0a was asked for");
        try (PodTap pod = PodTap.open(CONFIG, 2)) {
            assertThat(pod.isThere()).isTrue();
            assertThatThrownBy(() -> PodTap.open(CONFIG, 2)).hasMessageContaining("interface weftadopt0 exists");
            assertThat(pod.canFollow(CONFIG, 1)).isFalse();
            try (AdoptedTap tap =
                    AdoptedTap.of(CONFIG, 2, new Descriptors(pod.descriptors().take()))) {
                assertThat(tap.queues()).isEqualTo(2);
            }
            assertThat(pod.isThere()).isFalse();
        }
    }

    private static void assertRefused(final int queues, final Descriptors descriptors, final String reason) {
        assertThatThrownBy(() -> AdoptedTap.of(CONFIG, queues, descriptors))
                .isInstanceOf(PortException.class)
                .hasMessage(reason);
        assertThat(descriptors.size()).isZero();
    }

    private static int tun(final int flags, final String name) throws PortException {
        final int fd = Libc.open("/dev/net/tun", Libc.O_RDWR | Libc.O_CLOEXEC);
        if (!name.isEmpty()) {
            Libc.check(Libc.ioctl(fd, 0x4004_54CA, Libc.ifreq(name).putShort(16, (short) flags)), name);
        }
        return fd;
    }
}
