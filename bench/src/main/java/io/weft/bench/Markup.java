// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes HTML with inline SVG that is well-formed XML too: every text and attribute is escaped, every element closed once.
 * Attributes are pairs of name and value.
 */
final class Markup {
    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    Markup open(final String name, final String... attributes) {
        start(name, attributes);
        out.append('>');
        open.push(name);
        return this;
    }

    /** Ends the element that was opened last. */
    Markup close() {
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    /** Ends the element that was opened last and starts a new line, for those who read the source. */
    Markup closeLine() {
        close();
        out.append('\n');
        return this;
    }

    Markup text(final String text) {
        escape(text);
        return this;
    }

    /** An element with nothing but text in it. */
    Markup element(final String name, final String text, final String... attributes) {
        return open(name, attributes).text(text).close();
    }

    /** An element without content: in HTML only void ones, such as {@code meta}. */
    Markup empty(final String name, final String... attributes) {
        start(name, attributes);
        out.append("/>");
        return this;
    }

    /** What is markup already, made by this class or kept with it. */
    Markup raw(final String markup) {
        out.append(markup);
        return this;
    }

    /** All of it. */
    String finish() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("not closed: " + open);
        }
        return out.toString();
    }

    private void start(final String name, final String... attributes) {
        out.append('<').append(name);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            escape(attributes[i + 1]);
            out.append('"');
        }
    }

    private void escape(final String text) {
        for (int i = 0; i < text.length(); ) {
            final int symbol = text.codePointAt(i);
            i += Character.charCount(symbol);
            switch (symbol) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(isCharacter(symbol) ? symbol : 0xFFFD);
            }
        }
    }

    /** What XML 1.0 allows; C1 controls too are nothing for a reader. */
    private static boolean isCharacter(final int symbol) {
        if (symbol < 0x20) {
            return symbol == '\t' || symbol == '\n' || symbol == '\r';
        }
        final boolean isControl = symbol >= 0x7F && symbol < 0xA0;
        final boolean isLoneSurrogate = symbol >= Character.MIN_SURROGATE && symbol <= Character.MAX_SURROGATE;
        return !isControl && !isLoneSurrogate && symbol != 0xFFFE && symbol != 0xFFFF;
    }
}
