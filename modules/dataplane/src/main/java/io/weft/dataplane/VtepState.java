// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/** What keeps a VTEP from being used, if anything does. */
public enum VtepState {
    /** It has an address: frames go there, and are accepted from there. */
    READY,
    /** Its name stands for no address, or for one that another VTEP's name stands for by now. */
    UNRESOLVED,
    /** Its name stands for this node's own address. */
    SELF,
    /** Its name stands for an address that another VTEP has. */
    CONFLICT
}
