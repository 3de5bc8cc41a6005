// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.testkit.TcpTransfer;
import java.net.InetAddress;

/** One TCP connection between two namespaces, over the kernel's own stack. */
final class Transfer {
    private Transfer() {}

    /** Sends {@code octets} from one namespace to an address of the other; true if they arrive as they were sent. */
    static boolean tcp(final String from, final String to, final String address, final long octets) throws Exception {
        final InetAddress receiver = InetAddress.getByName(address);
        try (TcpTransfer transfer = new TcpTransfer(
                NetworkNamespace.call(to, () -> TcpTransfer.receiver(receiver)),
                NetworkNamespace.call(from, () -> TcpTransfer.sender(receiver)))) {
            return transfer.run(octets) == octets;
        }
    }
}
