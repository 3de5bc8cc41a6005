// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.conntrack.CloseCause;
import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowEventType;
import io.weft.frame.DropReason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class FlowPrinterTest {
    private static final FlowEvent CLOSE = MadeEvent.of(FlowEventType.CLOSE, 0xABCDL, 2_000)
            .life(1_000, 1_900)
            .counters(5, 500, 4, 4_000)
            .cause(CloseCause.FIN)
            .event();
    private static final FlowEvent DROP = MadeEvent.of(FlowEventType.DROP, 2, 3_000)
            .protocol(58)
            .ends("fd00::1", 77, "fd00::99", 0x8000)
            .ways(0, FlowEvent.VTEP)
            .dropped(DropReason.NO_ROUTE, 3)
            .event();

    private static List<String> print(final FlowFormat format, final FlowNames names, final FlowEvent... events)
            throws IOException {
        final List<String> lines = new ArrayList<>();
        final FlowPrinter printer = new FlowPrinter(format, lines::add);
        printer.begin();
        for (final FlowEvent event : events) {
            printer.event(event, names);
        }
        printer.end();
        return lines;
    }

    @Test
    void shouldPrintColumnsThatStayInPlace() throws IOException {
        assertThat(print(FlowFormat.COMPACT, MadeSource.NAMES, CLOSE, DROP, CLOSE))
                .containsExactly(
                        "1970-01-01T00:00:02.000000Z close  blue a:40000          -> b:80             tcp  established SPA/SA"
                                + "     forwarded 5/500      4/4000     fin",
                        "1970-01-01T00:00:03.000000Z drop   blue a                -> fd00::99         icmpv6:128/0 established"
                                + " -          dropped:no-route*3 0/0        0/0",
                        "1970-01-01T00:00:02.000000Z close  blue a:40000          -> b:80             tcp          established"
                                + " SPA/SA     forwarded          5/500      4/4000     fin");
    }

    @Test
    void shouldPutAnIpv6AddressWithAPortInBrackets() throws IOException {
        final FlowEvent event = MadeEvent.of(FlowEventType.OPEN, 1, 1)
                .ends("fd00::9", 1, "fd00::2", 443)
                .event();
        assertThat(print(FlowFormat.COMPACT, MadeSource.NAMES, event).get(0))
                .contains("[fd00::9]:1 ")
                .contains("-> b:443 ");
    }

    @Test
    void shouldWriteOneObjectALineWithoutEmptyFields() throws IOException {
        assertThat(print(FlowFormat.JSONL, MadeSource.NAMES, CLOSE, DROP))
                .containsExactly(
                        "{\"timestamp\":\"1970-01-01T00:00:02.000000000Z\",\"event\":\"close\",\"flow\":\"abcd\",\"node\":\"n1\","
                                + "\"network\":\"blue\",\"protocol\":\"tcp\",\"source\":\"10.0.0.1\",\"source_pod\":\"a\","
                                + "\"source_port\":40000,\"destination\":\"10.0.0.2\",\"destination_pod\":\"b\","
                                + "\"destination_port\":80,\"state\":\"established\",\"flags\":\"SPA\",\"reply_flags\":\"SA\","
                                + "\"ingress\":\"a\",\"egress\":\"b\",\"verdict\":\"forwarded\",\"drops\":0,\"frames\":5,"
                                + "\"bytes\":500,\"reply_frames\":4,\"reply_bytes\":4000,"
                                + "\"first\":\"1970-01-01T00:00:01.000000000Z\",\"last\":\"1970-01-01T00:00:01.900000000Z\","
                                + "\"cause\":\"fin\",\"worker\":0,\"number\":0}",
                        "{\"timestamp\":\"1970-01-01T00:00:03.000000000Z\",\"event\":\"drop\",\"flow\":\"2\",\"node\":\"n1\","
                                + "\"network\":\"blue\",\"protocol\":\"icmpv6\",\"source\":\"fd00::1\",\"source_pod\":\"a\","
                                + "\"destination\":\"fd00::99\",\"icmp_type\":128,\"icmp_code\":0,\"icmp_id\":77,"
                                + "\"state\":\"established\",\"ingress\":\"a\",\"egress\":\"vtep n2\",\"verdict\":\"dropped\","
                                + "\"reason\":\"no-route\",\"drops\":3,\"frames\":0,\"bytes\":0,\"reply_frames\":0,"
                                + "\"reply_bytes\":0,\"first\":\"1970-01-01T00:00:03.000000000Z\","
                                + "\"last\":\"1970-01-01T00:00:03.000000000Z\",\"worker\":0,\"number\":0}");
    }

    @Test
    void shouldWriteAnArrayOfAnyNumber() throws IOException {
        assertThat(print(FlowFormat.JSON, MadeSource.NAMES)).containsExactly("[]");
        final String text = String.join("\n", print(FlowFormat.JSON, MadeSource.NAMES, CLOSE, DROP, CLOSE));
        assertThat(JsonMapper.shared().readTree(text).size()).isEqualTo(3);
    }

    @Test
    void shouldQuoteInCsvWhatNeedsIt() throws IOException {
        final FlowNames names = new FlowNames("n,\"1\"", Map.of(), Map.of(), Map.of());
        final List<String> lines = print(FlowFormat.CSV, names, CLOSE);
        assertThat(lines.get(0)).isEqualTo(String.join(",", FlowFields.NAMES));
        assertThat(lines.get(1))
                .startsWith(
                        "1970-01-01T00:00:02.000000000Z,close,abcd,\"n,\"\"1\"\"\",1,tcp,10.0.0.1,,40000,10.0.0.2,,80,,,,");
        assertThat(lines.get(1).replaceAll("\"[^\"]*\"", "").split(",", -1)).hasSize(FlowFields.NAMES.size());
    }

    @Test
    void shouldKnowItsFormatsByLabel() {
        assertThat(FlowFormat.parse("jsonl")).isEqualTo(FlowFormat.JSONL);
        assertThatThrownBy(() -> FlowFormat.parse("xml"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("-o must be one of compact json jsonl csv, not 'xml'");
    }
}
