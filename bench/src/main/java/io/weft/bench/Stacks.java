// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.Profile;
import io.weft.bench.BenchResults.Share;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What stacks of {@code perf script -F ip,sym} say of a thread: which system call it was in and what the kernel did there, or
 * which class of Weft it ran. Stacks are parted by an empty line, the innermost function first.
 */
final class Stacks {
    /** Address, name; what perf can't name stands in brackets. */
    private static final Pattern LINE = Pattern.compile("\\s+([0-9a-f]+) (.+)");

    /** What calls the function of a system call, on either side of a table of pointers. */
    private static final Pattern DISPATCHER =
            Pattern.compile("(?:do_syscall_64|x64_sys_call|invoke_syscall)(?:\\.\\w+)*");

    /** That function, whose outermost layers the compiler may have taken away. */
    private static final Pattern SYSTEM_CALL =
            Pattern.compile("(?:__x64_sys|__arm64_sys|__do_sys|__sys|ksys|do)_(\\w+?)(?:\\.\\w+)*");

    /** A method as the JVM names it: {@code int io.weft.port.TapPort.receive(io.weft.frame.FrameVector, int)}. */
    private static final Pattern METHOD = Pattern.compile("(?:^|.* )io\\.weft\\.(\\w+\\.\\w+)[.$].*");

    private static final Pattern INTERRUPT = Pattern.compile("asm_(?:sysvec|common|exc).*|el\\d.*irq.*");
    private static final Pattern COPY = Pattern.compile(".*(?:copy|memcpy|rep_movs|csum_partial).*");
    private static final Pattern WAKE_UP =
            Pattern.compile("try_to_wake_up|__wake_up.*|sock_def_readable|ep_poll_callback");
    private static final Pattern SLEEP = Pattern.compile("schedule|__schedule|schedule_.*");
    private static final Pattern RECEIVER = Pattern.compile("__?netif_receive_skb.*|process_backlog|.*do_softirq.*");

    /** Kernels live in the upper half of the addresses. */
    private static final int KERNEL_DIGITS = 16;

    /** Less is not worth a line. */
    private static final double LEAST = 0.005;

    private Stacks() {}

    /** The shares of all stacks, the greatest first; small ones in one. */
    static Profile profile(final String scenario, final String stacks) throws BenchException {
        final Map<String, Integer> counts = new LinkedHashMap<>();
        final List<Call> stack = new ArrayList<>();
        int samples = 0;
        for (final String line : (stacks + "\n\n").split("\n", -1)) {
            final Matcher call = LINE.matcher(line);
            if (call.matches()) {
                stack.add(new Call(call.group(1).length() == KERNEL_DIGITS, symbol(call.group(2))));
            } else if (!stack.isEmpty()) {
                counts.merge(place(stack), 1, Integer::sum);
                samples++;
                stack.clear();
            }
        }
        if (samples == 0) {
            throw new BenchException("perf saw nothing");
        }
        return new Profile(scenario, samples, shares(counts, samples));
    }

    private record Call(boolean isKernel, String symbol) {}

    private static String symbol(final String name) {
        return name.replaceFirst("\\+0x[0-9a-f]+$", "").strip();
    }

    private static List<Share> shares(final Map<String, Integer> counts, final int samples) {
        final List<Share> shares = new ArrayList<>();
        double rest = 0;
        for (final Map.Entry<String, Integer> count : counts.entrySet()) {
            final double share = (double) count.getValue() / samples;
            if (share < LEAST) {
                rest += share;
            } else {
                shares.add(new Share(count.getKey(), share));
            }
        }
        shares.sort(Comparator.comparingDouble(Share::share).reversed());
        if (rest > 0) {
            shares.add(new Share("all else", rest));
        }
        return shares;
    }

    private static String place(final List<Call> stack) {
        final Call leaf = stack.getFirst();
        final String name = systemCall(stack);
        if (name != null) {
            return name + ": " + part(stack);
        }
        if (leaf.isKernel) {
            return any(stack, INTERRUPT) ? "interrupts" : "entering and leaving the kernel";
        }
        final Matcher method = METHOD.matcher(beforeArguments(leaf.symbol));
        return method.matches() ? method.group(1) : "JVM and C library";
    }

    private static @Nullable String systemCall(final List<Call> stack) {
        for (int i = 1; i < stack.size(); i++) {
            final Matcher name = SYSTEM_CALL.matcher(stack.get(i - 1).symbol);
            if (DISPATCHER.matcher(stack.get(i).symbol).matches() && name.matches()) {
                return name.group(1);
            }
        }
        return null;
    }

    private static String beforeArguments(final String symbol) {
        final int arguments = symbol.indexOf('(');
        return arguments < 0 ? symbol : symbol.substring(0, arguments);
    }

    /** What the kernel was at, in a system call. */
    private static String part(final List<Call> stack) {
        if (COPY.matcher(stack.getFirst().symbol).matches()) {
            return "copying";
        }
        if (any(stack, WAKE_UP)) {
            return "waking others up";
        }
        if (any(stack, SLEEP)) {
            return "going to sleep";
        }
        return any(stack, RECEIVER) ? "the receiver's protocols" : "all else";
    }

    private static boolean any(final List<Call> stack, final Pattern name) {
        return stack.stream().anyMatch(call -> name.matcher(call.symbol).matches());
    }
}
