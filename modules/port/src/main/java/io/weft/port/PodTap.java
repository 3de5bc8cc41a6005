// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A TAP in this process's network namespace whose frames are another process's: this one makes the interface, sets it up, and
 * lends its descriptors to be sent. It lives as long as one of the two has a descriptor open.
 */
public final class PodTap implements AutoCloseable {
    private static final long TUNGETIFF = 0x8004_54D2L;

    private final Descriptors descriptors;
    private TapConfig config;

    private PodTap(final TapConfig config, final Descriptors descriptors) {
        this.config = config;
        this.descriptors = descriptors;
    }

    /**
     * Makes the interface, which must not be there.
     *
     * @param config without a namespace
     * @param queues descriptors, 1 to {@link UnixSocket#MAX_DESCRIPTORS}
     * @throws PortException if any step fails; nothing is left behind then
     */
    public static PodTap open(final TapConfig config, final int queues) throws PortException {
        final List<TapDevice> devices = TapDevice.openNew(config, queues);
        return new PodTap(
                config, new Descriptors(devices.stream().mapToInt(TapDevice::fd).toArray()));
    }

    /** What {@link UnixSocket#send} may send; they stay open here. */
    public Descriptors descriptors() {
        return descriptors;
    }

    /** False once somebody has deleted the interface. */
    public boolean isThere() {
        final ByteBuffer request = Libc.bytes(40);
        return descriptors.size() > 0 && Libc.ioctl(descriptors.get()[0], TUNGETIFF, request) == 0;
    }

    /** True if {@link #follow} can make this interface what {@code next} asks for; else a new one has to be made. */
    public boolean canFollow(final TapConfig next, final int queues) {
        return queues == descriptors.size() && withMtuOf(next).equals(next);
    }

    /** Takes over another MTU, and the size of super-frames with it. */
    public void follow(final TapConfig next) throws PortException {
        if (!next.equals(config)) {
            try (InterfaceConfig device = new InterfaceConfig(config.interfaceName())) {
                device.mtu(next.mtu());
                if (next.gsoMaxSize() > 0) {
                    device.gsoMaxSize(next.gsoMaxSize());
                }
            }
            config = withMtuOf(next);
        }
    }

    private TapConfig withMtuOf(final TapConfig next) {
        return new TapConfig(
                config.name(),
                config.namespace(),
                config.interfaceName(),
                config.mac(),
                next.mtu(),
                next.gsoMaxSize(),
                config.addresses(),
                config.routes(),
                config.offloads());
    }

    /** Closes the descriptors; the interface ends unless another process has them too. */
    @Override
    public void close() {
        descriptors.close();
    }
}
