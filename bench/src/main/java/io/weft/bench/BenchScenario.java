// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.List;

/** Between whom is measured: a pod that asks or sends, a pod that answers, and what lies between. */
enum BenchScenario {
    SAME_NODE("same-node", "two pods on one node, switched", true),
    SAME_NODE_ROUTED("same-node-routed", "two pods on one node, in two subnets, routed", false),
    TWO_NODES("two-nodes", "two pods on two nodes, one subnet over VXLAN", true),
    OVERLAY("overlay", "two pods on two nodes, a subnet per node, routed into VXLAN", false),
    ROUTED("routed", "two pods on two nodes, a subnet per node, routed without a tunnel", false);

    private final String id;
    private final String title;
    private final boolean byDefault;

    BenchScenario(final String id, final String title, final boolean byDefault) {
        this.id = id;
        this.title = title;
        this.byDefault = byDefault;
    }

    /** Its name on the command line and in results. */
    String id() {
        return id;
    }

    /** True if it is measured where none is named. */
    boolean isByDefault() {
        return byDefault;
    }

    /** As results name it. */
    BenchResults.Scenario described() {
        return new BenchResults.Scenario(id, title);
    }

    /** All names. */
    static List<String> ids() {
        return List.of(values()).stream().map(BenchScenario::id).toList();
    }
}
