// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import java.util.List;
import java.util.Set;

/** What a lab's nodes and pods are made of: network namespaces, or containers. */
interface LabRuntime {
    /** As it is typed. */
    String label();

    /** Refuses with one clear line when the machine can't run labs of this kind. */
    void check() throws LabException;

    /** Refuses who may not enter a lab of this kind, or take it away. */
    void checkRights() throws LabException;

    /** Refuses when traffic can't be sent for want of a tool. */
    void checkTools() throws LabException;

    /** True if the lab is complete and all of it runs. */
    boolean isUp(LabState state) throws LabException;

    /** Makes everything of {@code lab} and starts its nodes; returns when each answers commands. */
    void make(Topology lab, LabState state) throws LabException;

    /** Takes away what there is of the lab, also after a crash. */
    void takeAway(LabState state) throws LabException;

    /** The words that run a command in a node or pod, in front of the command's own. */
    List<String> enter(Topology lab, String member) throws LabException;

    /** The same for ping and iperf3, which a node or pod may not have itself; no word has a blank in it. */
    List<String> tools(Topology lab, String member) throws LabException;

    /** The names, as {@link Topology#namespace} gives them, of the nodes and pods that run. */
    Set<String> running(Topology lab, LabState state) throws LabException;

    /** The process of a weft node, as this machine sees it; 0 if it does not run. */
    long pid(LabState state, String node) throws LabException;
}
