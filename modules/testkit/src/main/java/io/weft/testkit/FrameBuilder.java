// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes frames for tests, layer by layer: {@code FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2).payload(100)
 * .build()}. What is not said has a plain default; lengths and checksums are right unless said otherwise.
 */
public final class FrameBuilder {
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;

    private byte[] prefix = {};
    private long destinationMac = 0x02_00_00_00_00_02L;
    private long sourceMac = 0x02_00_00_00_00_01L;
    private final List<int[]> tags = new ArrayList<>();
    private int etherType = 0x88B5;
    private byte[] source = {};
    private byte[] destination = {};
    private byte[] ipOptions = {};
    private byte[] extensionHeaders = {};
    private int firstExtension;
    private int trafficClass;
    private int flowLabel;
    private int identification;
    private int fragment = 0x4000;
    private int ttl = 64;
    private int protocol;
    private byte[] transport = {};
    private int checksumOffset;
    private boolean withChecksum = true;
    private byte[] payload = {};
    private int padTo;
    private boolean partial;
    private int gsoSize;

    private FrameBuilder() {}

    /** An empty frame of the local experimental EtherType from 02:00:00:00:00:01 to 02:00:00:00:00:02. */
    public static FrameBuilder frame() {
        return new FrameBuilder();
    }

    /** Octets in front of the Ethernet header, such as a VXLAN header. */
    public FrameBuilder prefix(final byte[] octets) {
        prefix = octets.clone();
        return this;
    }

    /** Destination MAC. */
    public FrameBuilder to(final long mac) {
        destinationMac = mac;
        return this;
    }

    /** Destination MAC as text. */
    public FrameBuilder to(final String mac) {
        return to(MacAddress.parse(mac));
    }

    /** Source MAC. */
    public FrameBuilder from(final long mac) {
        sourceMac = mac;
        return this;
    }

    /** Source MAC as text. */
    public FrameBuilder from(final String mac) {
        return from(MacAddress.parse(mac));
    }

    /** Adds an 802.1Q tag behind those that are there. */
    public FrameBuilder tag(final int id) {
        return tag(0x8100, id);
    }

    /** Adds a tag of the given TPID; {@code control} is the whole tag control field. */
    public FrameBuilder tag(final int tpid, final int control) {
        tags.add(new int[] {tpid, control});
        return this;
    }

    /** A frame that is neither ARP nor IP. */
    public FrameBuilder etherType(final int type) {
        etherType = type;
        return this;
    }

    /** ARP for IPv4; {@code operation} 1 asks, 2 answers. */
    public FrameBuilder arp(
            final int operation,
            final long senderMac,
            final String senderIp,
            final long targetMac,
            final String targetIp) {
        etherType = 0x0806;
        payload = ByteBuffer.allocate(28)
                .putLong(0x0001_0800_0604_0000L | operation)
                .put(mac(senderMac))
                .put(address(senderIp, 4))
                .put(mac(targetMac))
                .put(address(targetIp, 4))
                .array();
        return this;
    }

    /** IPv4 with DF, TTL 64. */
    public FrameBuilder ipv4(final String from, final String to) {
        etherType = IPV4;
        source = address(from, 4);
        destination = address(to, 4);
        return this;
    }

    /** IPv6 with hop limit 64. */
    public FrameBuilder ipv6(final String from, final String to) {
        etherType = IPV6;
        source = address(from, 16);
        destination = address(to, 16);
        return this;
    }

    /** TTL or hop limit. */
    public FrameBuilder ttl(final int value) {
        ttl = value;
        return this;
    }

    /** TOS or traffic class. */
    public FrameBuilder trafficClass(final int value) {
        trafficClass = value;
        return this;
    }

    /** IPv6 flow label. */
    public FrameBuilder flowLabel(final int value) {
        flowLabel = value;
        return this;
    }

    /** IPv4 identification. */
    public FrameBuilder identification(final int value) {
        identification = value;
        return this;
    }

    /** IPv4 flags and fragment offset, 16 bits; 0x4000 (DF) is the default. */
    public FrameBuilder fragment(final int value) {
        fragment = value;
        return this;
    }

    /** IPv4 options, a multiple of 4 octets. */
    public FrameBuilder ipOptions(final byte[] options) {
        ipOptions = options.clone();
        return this;
    }

    /** IPv6 extension headers; the octets' last next-header field must name the transport. */
    public FrameBuilder extensionHeaders(final int first, final byte[] octets) {
        firstExtension = first;
        extensionHeaders = octets.clone();
        return this;
    }

    /** IP protocol without a transport header. */
    public FrameBuilder protocol(final int value) {
        protocol = value;
        return this;
    }

    /** TCP with ACK, sequence 1. */
    public FrameBuilder tcp(final int from, final int to) {
        return tcp(from, to, 1, 1, 0x10, 0xFFFF, new byte[0]);
    }

    /** TCP; options are a multiple of 4 octets. */
    public FrameBuilder tcp(
            final int from,
            final int to,
            final int sequence,
            final int acknowledgment,
            final int flags,
            final int window,
            final byte[] options) {
        final int words = 5 + options.length / 4;
        return transport(
                TCP,
                16,
                ByteBuffer.allocate(words * 4)
                        .putShort((short) from)
                        .putShort((short) to)
                        .putInt(sequence)
                        .putInt(acknowledgment)
                        .putShort((short) (words << 12 | flags))
                        .putShort((short) window)
                        .putInt(0)
                        .put(options)
                        .array());
    }

    /** UDP. */
    public FrameBuilder udp(final int from, final int to) {
        return transport(
                UDP,
                6,
                ByteBuffer.allocate(8)
                        .putShort((short) from)
                        .putShort((short) to)
                        .array());
    }

    /** ICMP or ICMPv6, by the IP header said before. {@code rest} is what follows the checksum, 4 octets. */
    public FrameBuilder icmp(final int type, final int code, final int rest) {
        return transport(
                etherType == IPV4 ? ICMP : ICMPV6,
                2,
                ByteBuffer.allocate(8)
                        .put((byte) type)
                        .put((byte) code)
                        .putShort((short) 0)
                        .putInt(rest)
                        .array());
    }

    /** Leaves the transport checksum 0. */
    public FrameBuilder withoutChecksum() {
        withChecksum = false;
        return this;
    }

    /** Content. */
    public FrameBuilder payload(final byte[] octets) {
        payload = octets.clone();
        return this;
    }

    /** Content of this length: 0, 1, 2 and so on. */
    public FrameBuilder payload(final int length) {
        payload = new byte[length];
        for (int i = 0; i < length; i++) {
            payload[i] = (byte) i;
        }
        return this;
    }

    /** Zeros at the end up to this length of the Ethernet frame; 60 is Ethernet's minimum. */
    public FrameBuilder padTo(final int length) {
        padTo = length;
        return this;
    }

    /** The checksum field holds the sum of the pseudo-header only, as from a TAP with checksum offload. */
    public FrameBuilder partialChecksum() {
        partial = true;
        return this;
    }

    /** A super-frame with {@code size} octets of payload per segment. */
    public FrameBuilder gso(final int size) {
        gsoSize = size;
        return partialChecksum();
    }

    /** The frame's octets. */
    public byte[] build() {
        final byte[] segment = concat(transport, payload);
        writeTransport(segment);
        final byte[] packet = concat(networkHeader(segment.length), segment);
        final ByteBuffer ethernet = ByteBuffer.allocate(14 + 4 * tags.size());
        ethernet.put(mac(destinationMac)).put(mac(sourceMac));
        for (final int[] tag : tags) {
            ethernet.putShort((short) tag[0]).putShort((short) tag[1]);
        }
        ethernet.putShort((short) etherType);
        final byte[] frame = concat(ethernet.array(), packet);
        return concat(prefix, Arrays.copyOf(frame, Math.max(frame.length, padTo)));
    }

    /** A frame of {@code pool} with these octets and offload fields, counted as received at {@code port}; not parsed. */
    public Frame into(final FramePool pool, final int port) {
        final Frame frame = pool.receive(port);
        if (frame == null) {
            throw new AssertionError("the pool is empty");
        }
        final byte[] octets = build();
        frame.offset -= prefix.length;
        frame.length = octets.length;
        frame.buffer.putBytes(frame.offset, octets);
        if (partial) {
            frame.checksumState = Frame.CHECKSUM_PARTIAL;
            frame.checksumStart = frame.offset + prefix.length + 14 + 4 * tags.size() + networkHeaderLength();
            frame.checksumOffset = checksumOffset;
        }
        if (gsoSize > 0) {
            frame.gsoSize = gsoSize;
            frame.gsoType = protocol == UDP ? Frame.GSO_UDP : etherType == IPV4 ? Frame.GSO_TCPV4 : Frame.GSO_TCPV6;
        }
        pool.received(frame);
        return frame;
    }

    /** {@link #into} and parsed; the prefix, if any, stands in front of the frame again after parsing. */
    public Frame parsedInto(final FramePool pool, final int port) {
        final Frame frame = into(pool, port);
        frame.pop(prefix.length);
        final DropReason reason = FrameParser.parse(frame);
        frame.push(prefix.length);
        if (reason != null) {
            throw new AssertionError("the frame does not parse: " + reason);
        }
        return frame;
    }

    private FrameBuilder transport(final int number, final int checksumAt, final byte[] header) {
        protocol = number;
        checksumOffset = checksumAt;
        transport = header;
        return this;
    }

    private void writeTransport(final byte[] segment) {
        if (transport.length == 0) {
            return;
        }
        if (protocol == UDP) {
            put16(segment, 4, segment.length);
        }
        if (!withChecksum) {
            return;
        }
        int sum = 0;
        if (protocol != ICMP) {
            sum = SlowChecksum.pseudoHeader(concat(source, destination), protocol, segment.length);
        }
        if (!partial) {
            sum = ~SlowChecksum.add(sum, SlowChecksum.sum(segment, 0, segment.length)) & 0xFFFF;
            if (sum == 0 && protocol == UDP) {
                sum = 0xFFFF;
            }
        }
        put16(segment, checksumOffset, sum);
    }

    private int networkHeaderLength() {
        return etherType == IPV4 ? 20 + ipOptions.length : etherType == IPV6 ? 40 + extensionHeaders.length : 0;
    }

    private byte[] networkHeader(final int contentLength) {
        final int length = networkHeaderLength();
        final ByteBuffer header = ByteBuffer.allocate(length);
        if (etherType == IPV4) {
            header.put((byte) (0x40 | length / 4)).put((byte) trafficClass).putShort((short) (length + contentLength));
            header.putShort((short) identification).putShort((short) fragment);
            header.put((byte) ttl).put((byte) protocol).putShort((short) 0);
            header.put(source).put(destination).put(ipOptions);
            put16(header.array(), 10, ~SlowChecksum.sum(header.array(), 0, length) & 0xFFFF);
        } else if (etherType == IPV6) {
            header.putInt(6 << 28 | trafficClass << 20 | flowLabel);
            header.putShort((short) (extensionHeaders.length + contentLength));
            header.put((byte) (extensionHeaders.length > 0 ? firstExtension : protocol))
                    .put((byte) ttl);
            header.put(source).put(destination).put(extensionHeaders);
        }
        return header.array();
    }

    private static byte[] address(final String text, final int length) {
        final byte[] octets = IpAddress.parse(text).octets();
        if (octets.length != length) {
            throw new IllegalArgumentException("not of this family: " + text);
        }
        return octets;
    }

    private static byte[] mac(final long mac) {
        return Arrays.copyOfRange(ByteBuffer.allocate(8).putLong(mac).array(), 2, 8);
    }

    private static void put16(final byte[] octets, final int index, final int value) {
        octets[index] = (byte) (value >>> 8);
        octets[index + 1] = (byte) value;
    }

    private static byte[] concat(final byte[] a, final byte[] b) {
        return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
    }
}
