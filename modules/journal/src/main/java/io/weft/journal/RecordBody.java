// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

/** Bodies of records that were found. */
final class RecordBody {
    private RecordBody() {}

    /** A copy. */
    static byte[] octets(final RecordFile file) {
        final byte[] octets = new byte[RecordHeader.body(file.buffer(), file.record())];
        file.buffer().getBytes(file.body(), octets);
        return octets;
    }
}
