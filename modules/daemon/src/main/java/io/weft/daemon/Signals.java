// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.IntConsumer;

/**
 * Takes signals instead of the JVM, which would only end. By reflection: {@code sun.misc.Signal} is the only way that Java has, and
 * one that a compiler warns of.
 */
final class Signals {
    private Signals() {}

    /** From now on {@code action} is run with the number of each signal of these names ({@code TERM}). */
    static void handle(final IntConsumer action, final String... names) {
        try {
            final Class<?> signal = Class.forName("sun.misc.Signal");
            final Class<?> handler = Class.forName("sun.misc.SignalHandler");
            final MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            final MethodHandle number = lookup.findVirtual(signal, "getNumber", MethodType.methodType(int.class));
            final MethodHandle accept = lookup.findVirtual(
                            IntConsumer.class, "accept", MethodType.methodType(void.class, int.class))
                    .bindTo(action);
            final Object proxy =
                    MethodHandleProxies.asInterfaceInstance(handler, MethodHandles.filterArguments(accept, 0, number));
            for (final String name : names) {
                final Object one = signal.getConstructor(String.class).newInstance(name);
                signal.getMethod("handle", signal, handler).invoke(null, one, proxy);
            }
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("signals can't be taken", e);
        }
    }
}
