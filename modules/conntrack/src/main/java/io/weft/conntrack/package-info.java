// SPDX-License-Identifier: Apache-2.0
/**
 * Which flows there are, and what is told of them.
 *
 * <h2>Theory of operation</h2>
 *
 * <p><b>Goal.</b> Every IPv4 and IPv6 frame that comes in is counted in its flow: both directions are one entry, which also has what
 * became of the frames. {@link io.weft.conntrack.FlowTracker} is the stage; each worker has one, with the flows whose frames it gets.
 * {@link io.weft.conntrack.FlowEvent}s tell of flows that begin, are open, lose frames and end, through a
 * {@link io.weft.conntrack.FlowRing}; nobody has to read it.
 *
 * <p><b>What a flow is.</b> Scope, protocol, two addresses, two ports. The scope is what the caller says of the frame's network: networks
 * that are routed to each other share one. The originator is who sent the first frame, but who <em>gets</em> a SYN+ACK or an ICMP answer.
 *
 * <pre>
 *   TCP, UDP               ports
 *   ICMP question, answer  identifier at the asking end, type * 256 + code of the question at the other
 *   other ICMP             0 and type * 256 + code; each way is a flow
 *   all else               0 and 0
 *   none                   ARP, Neighbor Discovery, IGMP and MLD, what is not IP
 * </pre>
 *
 * <p><b>A frame's way.</b> Several loops over the vector, so that the memory accesses of many frames are on their way together: keys
 * and hashes; tags; entries, only read to have them; then whose they are, and counters. {@code Frame.flow} then has the
 * <em>reference</em> by which {@code sent}, {@code dropped} and {@code consumed} find the entry again.
 *
 * <pre>
 *            bucket, one cache line                              entry, two cache lines
 *   hash --&gt; [ t t t t t t t t | passed | e e e e e e e e ] --&gt;  [ key, state, flags, verdict, last time, ways ]
 *              8 tags of 8 bits           8 entry numbers        [ counters, first time, number, drops         ]
 *              0: free                                             ^
 *   full: the next bucket, and passed + 1             Frame.flow = generation (7) | entry (23) | reply (1)
 *
 *   time of the next look, an int for each entry: [ . . . . . . . . . . . . . . . . ] 16 to a cache line
 * </pre>
 *
 * A search compares the eight tags at once and goes on only where something passed. An entry stays where it is; its generation changes
 * when it ends, so that a frame that waited for a neighbor does not speak for the next flow. Memory is outside the heap and costs nothing
 * before the first flow needs it: 150 octets for each.
 *
 * <p><b>States.</b>
 *
 * <pre>
 *   TCP     SYN_SENT --answer--&gt; SYN_RECEIVED --ACK--&gt; ESTABLISHED --FIN--&gt; FIN_WAIT --FIN--&gt; CLOSED
 *           NEW (in the middle) --other direction--&gt; ESTABLISHED            RST from anywhere --&gt; CLOSED
 *           a SYN without ACK in NEW, FIN_WAIT, CLOSED: this flow ends and a new one begins
 *   others  NEW --other direction--&gt; REPLIED
 * </pre>
 *
 * <p><b>Ends.</b> A round over the times of all entries, a slice per cycle, ends what is idle (RFC 5382, 4787, 5508) and tells of what is
 * open, once a minute each. It begins only when something is due, so an idle node sleeps.
 *
 * <p><b>Full.</b> The last sixteenth is kept free: a new flow then takes the place of the least valuable of eight, closed before
 * unanswered before half open; never of what was answered. A source with more than its share takes only from itself. If there is no
 * place, its frames go on without a flow, counted. A flood of SYNs so costs itself its history, and open connections nothing. From nine
 * tenths until three quarters the alarm is on.
 *
 * <p><b>Fragments.</b> The first tells the ports; later ones follow it. Those that come before wait as counts, never as frames: until the
 * first comes, or until reassembly would give up; then they count in a flow without ports, as those do for which there is no room.
 *
 * <p><b>Invariants.</b> One worker owns everything here; nothing allocates after construction but memory is touched as it fills. What
 * close events tell, and what is open, is all that was fed and had a flow or waits for its first fragment. Of each flow the first event
 * is the open one. Numbers of events have no gaps but for those that the full ring lost, and each of those is counted.
 *
 * <p><b>Not handled.</b> TCP sequence numbers and windows: who can forge a RST ends the record early, and nothing else. Ports of SCTP,
 * DCCP and UDP-Lite. ICMP errors as a part of the flow that they are about. Flows that change from one worker to another are two.
 */
@NullMarked
package io.weft.conntrack;

import org.jspecify.annotations.NullMarked;
