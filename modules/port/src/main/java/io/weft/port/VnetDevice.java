// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import org.jspecify.annotations.Nullable;

/** What a {@link VnetPort} is opened on. */
interface VnetDevice {
    /** Name of the port. */
    String portName();

    /** As for {@link NetworkNamespace#call}. */
    @Nullable
    String namespace();

    /** {@link NetworkNamespace#id} where it was opened. */
    long namespaceId();

    /** Name of the interface in its namespace. */
    String interfaceName();

    /** Open, and the port's to close. */
    int fd();

    /** Octets of the virtio-net header. */
    int vnetHeaderLength();

    /** Bits {@code 1 << gsoType} of super-frames that the kernel takes. */
    int superFrames();

    /** True if the kernel completes checksums. */
    boolean partialChecksums();
}
