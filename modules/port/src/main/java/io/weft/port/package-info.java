// SPDX-License-Identifier: Apache-2.0
/**
 * Ports: where frames enter and leave. The only module that makes system calls.
 *
 * <h2>Theory of operation</h2>
 *
 * Octets per system call decide how fast a node in userspace is, so a port moves super-frames of up to 64 KB whole
 * wherever it can:
 *
 * <ul>
 *   <li>{@link io.weft.port.TapPort}: a TAP with virtio-net headers. read(2) puts a frame behind a slot's headroom, its
 *       header just in front; write(2) sends the same memory. Nothing is copied, summed or cut in between. Several frames
 *       go by one io_uring_enter(2), each done or refused on the spot and in order.
 *       {@link io.weft.port.PodTap} and {@link io.weft.port.AdoptedTap} are the two ends of one that a process in the pod
 *       makes and hands over by {@link io.weft.port.UnixSocket}; {@link io.weft.port.WaitingPort} is its place until then.
 *   <li>{@link io.weft.port.PacketPort}: an interface that is there already, a veth or a real one, taken over by a packet
 *       socket. The same headers, and many frames per recvmmsg(2) and sendmmsg(2). The kernel's stack sees the frames too
 *       and has to be kept quiet; how, it says there.
 *   <li>{@link io.weft.port.UdpUnderlay}: VXLAN packets over the kernel's UDP. Out: segments as iovecs into the
 *       super-frame, one sendmsg(2) with UDP_SEGMENT, from one of 16 source ports by flow. In: UDP_GRO, one recvmsg(2)
 *       per datagram train.
 *   <li>{@link io.weft.port.MemoryPort}, {@link io.weft.port.WireUnderlay}, {@link io.weft.port.PcapPort}: the same
 *       contracts without a kernel, for tests, benchmarks and replay.
 * </ul>
 *
 * What a port can't send as it is, it segments or completes in software first; it never drops a frame for being a
 * super-frame.
 *
 * <h2>States</h2>
 *
 * {@link io.weft.port.PortState#UP} and {@link io.weft.port.PortState#NO_CARRIER} follow the outcome of sending: the
 * interface is set down, the underlay has no route; the next success is UP again, so the worker keeps trying.
 * {@link io.weft.port.PortState#WAITING} is that of a {@link io.weft.port.WaitingPort}, which stands in for one that is not there
 * yet: an interface that nobody has handed over, an address that the machine has not got. A new port ends it.
 * {@link io.weft.port.PortState#DOWN} is final: the interface is gone, or the port was closed. A TAP outlives the name of
 * its namespace, and a packet socket that waits does not hear that its interface was deleted after it was set down: only
 * {@link io.weft.port.Port#isOrphaned} can tell.
 *
 * <h2>Path MTU of the underlay</h2>
 *
 * Outer packets are never fragmented. What a router on the way can't forward is lost once, unseen; the kernel learns from
 * its ICMP message and refuses the next one. Then {@link io.weft.port.UdpUnderlay} asks the kernel what the path takes and
 * tells the {@link io.weft.port.PathMtuListener}, so that the overlay can tell the pods. The control side asks from time to
 * time, since a path gets wider without a sound.
 *
 * <h2>System calls</h2>
 *
 * What is called per frame goes by {@code java.lang.foreign}: addresses as numbers, errors as negative numbers, no
 * allocation. What is called at set-up goes by JNA, in the thread of {@link io.weft.port.NetworkNamespace#call} that
 * belongs to the namespace and ends there; descriptors stay valid everywhere. Interfaces are configured by ioctl(2) and
 * rtnetlink(7), never by other programs; a TAP's addresses and routes are usable when it opens and end with it.
 *
 * <h2>Invariants</h2>
 *
 * Every frame given to {@code transmit} is counted as transmitted or dropped, once, before it returns; every frame taken
 * from the pool is received or given back. One thread uses a port; {@code state}, {@code reason} and what says "any
 * thread" may be asked by others. Lengths and offsets that the kernel reports are bounded by the slot; what they mean is
 * judged by the frame parser.
 *
 * <p>Not handled: several queues per TAP, GSO of tunnels in the kernel (virtio-net headers of 24 octets), ICMP errors of
 * remotes but those of the path MTU, link-local VTEPs, jumbograms. pcap4j logs much: set the logger {@code org.pcap4j} to
 * WARN.
 */
@NullMarked
package io.weft.port;

import org.jspecify.annotations.NullMarked;
