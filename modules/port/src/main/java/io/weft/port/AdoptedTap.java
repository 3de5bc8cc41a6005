// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.MacAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A TAP that another process made, in a network namespace that this one need not be able to enter, and whose descriptors it
 * handed over ({@link PodTap}, {@link UnixSocket}). What they are is looked at, and what can be set by them is set anew:
 * the other's word counts for nothing.
 *
 * <p>Not handled: whoever handed a descriptor over shares its file status flags. It could make reads block again, or end
 * its queue; so it has to be somebody whom the node trusts to that extent.
 */
public final class AdoptedTap implements AutoCloseable {
    private static final long TUNGETIFF = 0x8004_54D2L;
    private static final long SIOCGIFHWADDR = 0x8927;
    /** Character device 10, 200 (Documentation/admin-guide/devices.txt of the kernel). */
    private static final int TUN_DEVICE = 10 << 8 | 200;

    private static final int IFNAMSIZ = 16;
    private static final int NEEDED_FLAGS = TapDevice.flags(2);
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;

    private List<TapDevice> devices;

    private AdoptedTap(final List<TapDevice> devices) {
        this.devices = devices;
    }

    /**
     * Checks the descriptors and takes them over.
     *
     * @param config what the interface was to be; name and MAC are compared
     * @param queues how many descriptors there are to be
     * @throws PortException in one line, with the first thing that is not so; the descriptors are closed then
     */
    public static AdoptedTap of(final TapConfig config, final int queues, final Descriptors descriptors)
            throws PortException {
        try (descriptors) {
            if (descriptors.size() != queues) {
                throw new PortException(descriptors.size() + " descriptors came, " + queues + " were asked for");
            }
            final List<TapDevice> devices = new ArrayList<>();
            for (final int fd : descriptors.get()) {
                check(fd, config, TapDevice.flags(queues));
                devices.add(TapDevice.of(config, fd));
            }
            descriptors.take();
            return new AdoptedTap(devices);
        }
    }

    private static void check(final int fd, final TapConfig config, final int flags) throws PortException {
        // Before any ioctl: on another device the same number may mean something else.
        if (!isTunDevice(fd)) {
            throw new PortException("what came is no descriptor of /dev/net/tun");
        }
        final ByteBuffer interfaceRequest = Libc.bytes(40);
        if (Libc.ioctl(fd, TUNGETIFF, interfaceRequest) < 0) {
            throw new PortException("what came is a descriptor of no interface");
        }
        final String name = name(interfaceRequest);
        if ((interfaceRequest.getShort(IFNAMSIZ) & NEEDED_FLAGS) != flags) {
            throw new PortException(
                    "interface " + name + " is no TAP with virtio-net headers and as many queues as asked");
        }
        if (!name.equals(config.interfaceName())) {
            throw new PortException("interface " + name + " came, " + config.interfaceName() + " was asked for");
        }
        final ByteBuffer address = Libc.bytes(40);
        Libc.check(Libc.ioctl(fd, SIOCGIFHWADDR, address), "interface " + name + " address");
        final long mac = address.order(ByteOrder.BIG_ENDIAN).getLong(IFNAMSIZ + 2) >>> 16;
        if (mac != config.mac()) {
            throw new PortException("interface " + name + " has address " + MacAddress.format(mac) + ", "
                    + MacAddress.format(config.mac()) + " was asked for");
        }
        final int status = Libc.check(Libc.fcntl(fd, F_GETFL, 0), "F_GETFL");
        Libc.check(Libc.fcntl(fd, F_SETFL, status | Libc.O_NONBLOCK), "F_SETFL");
    }

    private static boolean isTunDevice(final int fd) {
        try {
            final Object device = Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:rdev");
            return device instanceof Long number && number == TUN_DEVICE;
        } catch (final IOException e) {
            return false;
        }
    }

    private static String name(final ByteBuffer request) {
        final byte[] octets = new byte[IFNAMSIZ];
        request.get(0, octets);
        int length = 0;
        while (length < IFNAMSIZ && octets[length] != 0) {
            length++;
        }
        return new String(octets, 0, length, StandardCharsets.UTF_8);
    }

    /** Descriptors, one a queue. */
    public int queues() {
        return devices.size();
    }

    /** The queues, which are the caller's to close from now on. */
    List<TapDevice> take() {
        final List<TapDevice> taken = devices;
        devices = List.of();
        return taken;
    }

    /** Closes what no port has taken over. */
    @Override
    public void close() {
        take().forEach(device -> Libc.close(device.fd()));
    }
}
