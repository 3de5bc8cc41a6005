// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class MarkupTest {
    @Test
    void shouldEscapeTextAndAttributes() {
        final String nasty = "<script>alert(\"1\" & '2')</script>";
        final String escaped = "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;";
        final String page =
                new Markup().element("p", nasty, "title", nasty).empty("br").finish();
        assertThat(page).isEqualTo("<p title=\"" + escaped + "\">" + escaped + "</p><br/>");
    }

    @Test
    void shouldReplaceWhatXmlCantHold() {
        final String page = new Markup()
                .text("a\0\033b\tc\uD800d\uFFFF\u0085e\uD83D\uDE00\n")
                .finish();
        assertThat(page).isEqualTo("a\uFFFD\uFFFDb\tc\uFFFDd\uFFFD\uFFFDe\uD83D\uDE00\n");
    }

    @Test
    void shouldRefuseToEndWithOpenElement() {
        final Markup page = new Markup().open("ul").open("li").close();
        assertThatThrownBy(page::finish).hasMessage("not closed: [ul]");
    }
}
