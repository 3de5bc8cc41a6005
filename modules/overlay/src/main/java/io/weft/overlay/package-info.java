// SPDX-License-Identifier: Apache-2.0
/**
 * VXLAN (RFC 7348) between this node and the others.
 *
 * <h2>Theory of operation</h2>
 *
 * <p><b>Goal.</b> Carry a network's Ethernet frames to remote VTEPs and take theirs in, with no packet parsed twice and no
 * super-frame cut before the last port.
 *
 * <pre>
 *   out  Bridge -&gt; tunnel vector -&gt; {@link io.weft.overlay.VxlanEncap} -&gt; underlay port (UDP, IP, Ethernet by the kernel)
 *   in   underlay port -&gt; {@link io.weft.overlay.VxlanDecap} -&gt; Bridge
 * </pre>
 *
 * {@link io.weft.overlay.VtepTable} says who may send to us and how long a frame each VTEP takes,
 * {@link io.weft.overlay.VniTable} which network a VNI is, {@link io.weft.overlay.Mtu} what is left for pods. A VTEP may be at no
 * address for a time ({@code withdraw}): it keeps its networks, and nothing is accepted from it or sent to it.
 *
 * <p><b>What is accepted.</b> A packet is dropped, by this order of reasons, unless its outer source is a configured VTEP,
 * it holds a VXLAN and an inner Ethernet header, the I flag is set, a network has the VNI, and the VTEP takes part in that
 * network. Reserved bits are ignored on receipt and zero on transmission. Inner tags are dropped in both directions unless
 * the network carries them (RFC 7348 section 6.1).
 *
 * <p><b>MTU.</b> VXLAN packets are never fragmented (RFC 7348 section 4.3): what is too long for the VTEP is dropped before
 * it gets a header. A super-frame is judged by its longest segment.
 *
 * <p><b>Checksums.</b> The kernel has verified the outer UDP checksum or accepted zero. A single datagram's inner frame is
 * content: nothing in it is verified or changed; but where its sender left the checksum to an interface that never wrote
 * it (a kernel tunnel over veth), it goes on as a partial one. Where segments become a super-frame, each is verified first, because
 * nobody can afterwards.
 *
 * <p><b>Invariants.</b> One worker owns everything here. Nothing allocates per frame. Every frame handed in leaves by exactly
 * one of the output vector, {@code drop} and {@code refused}. Both tables are bounded.
 *
 * <p><b>Not handled.</b> VXLAN-GPE and group policy bits (ignored as reserved), multicast underlay, learning of VTEPs,
 * DSCP and ECN of the outer header (RFC 6040), ICMP "too big" to the pod for what exceeds the MTU.
 */
@NullMarked
package io.weft.overlay;

import org.jspecify.annotations.NullMarked;
