// SPDX-License-Identifier: Apache-2.0
/**
 * Segmentation and coalescing in software, for ports that can't take or give super-frames.
 *
 * <h2>Theory of operation</h2>
 *
 * A super-frame ({@link io.weft.frame.Frame#isSuperFrame}) stands for a run of segments of one flow: one set of headers,
 * the payloads one behind the other, and a transport checksum that is partial. It costs a stage as much as one frame.
 * {@link io.weft.offload.Segmenter} makes the run, {@link io.weft.offload.Coalescer} makes a super-frame of a run. Both
 * are functions over one frame; neither takes, gives back nor holds one.
 *
 * <p>Segments differ from the super-frame in few fields (RFC 9293, RFC 768, RFC 791, RFC 8200): lengths, IPv4
 * identification and header checksum, TCP sequence number, FIN, PSH and CWR, transport checksum. So the headers are copied
 * as they are and these are patched. Sums over what does not change are taken once; per segment only the payload is read.
 *
 * <p>Invariants: coalescing what was cut gives the same super-frame. A segment whose checksum is wrong never becomes part
 * of a super-frame, because the checksum of the whole is written anew and would hide it. The total of a super-frame's
 * IP packet is at most 65,535 octets.
 *
 * <p>Not handled: tunnels inside (the inner packet is payload), UDP fragmentation offload, IPv6 jumbograms, SCTP. TCP
 * segments with SYN, FIN, RST, URG, ECE or CWR, IPv4 options and IPv6 extension headers are passed on but not coalesced.
 */
@NullMarked
package io.weft.offload;

import org.jspecify.annotations.NullMarked;
