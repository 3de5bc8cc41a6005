// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.bench.BenchResults.BenchSystem;
import io.weft.bench.BenchResults.Measure;
import io.weft.bench.BenchResults.Point;
import io.weft.bench.BenchResults.Row;
import io.weft.bench.BenchResults.Summary;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** That a page is whole, whatever is in the results. {@link BenchReportBrowserTest} looks at it. */
final class BenchReportTest {
    private static final String NASTY = "</title><script>alert('1')</script><!-- \" & \0";

    @TempDir
    private Path folder;

    @Test
    void shouldWritePageWithRawDataBeside() throws IOException {
        final Path directory = folder.resolve("a/b");
        BenchReport.write(directory, SampleResults.of(1));
        assertThat(Files.readString(directory.resolve("index.html"))).startsWith("<!DOCTYPE html>\n<html lang=\"en\">");
        assertThat(BenchJson.read(directory.resolve("results.json"))).isEqualTo(SampleResults.of(1));
    }

    @Test
    void shouldBeWellFormedWithUniqueIdsAndLinksThatLead() throws Exception {
        final Document page = parse(BenchReport.page(SampleResults.of(2)));
        final List<String> ids = attributes(page, "//@id");
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(attributes(page, "//a/@href"))
                .allSatisfy(link -> assertThat(link.startsWith("#") ? ids.contains(link.substring(1)) : isBeside(link))
                        .as(link)
                        .isTrue());
    }

    @Test
    void shouldNeedNothingBesideIt() throws Exception {
        final String text = BenchReport.page(SampleResults.of(2));
        final Document page = parse(text);
        assertThat(
                        elements(
                                page,
                                "//script | //img | //iframe | //link[@href != 'data:,'] | //@src | //@*[starts-with(name(), 'on')]"))
                .isEmpty();
        assertThat(text).doesNotContain("http:", "https:", "url(", "@import");
    }

    @Test
    void shouldDescribeEveryPlotToThoseWhoCantSeeIt() throws Exception {
        final Document page = parse(BenchReport.page(SampleResults.of(3)));
        final List<Element> plots = elements(page, "//svg");
        // 3 scenarios with 4 plots of TCP, 3 of UDP, 2 of latency, 5 of costs.
        assertThat(plots).hasSize(3 * 14).allSatisfy(plot -> {
            assertThat(plot.getAttribute("role")).isEqualTo("img");
            final String[] names = plot.getAttribute("aria-labelledby").split(" ", -1);
            assertThat(text(plot, "title[@id='" + names[0] + "']")).isNotBlank();
            assertThat(text(plot, "desc[@id='" + names[1] + "']")).contains("Weft: ");
        });
        assertThat(elements(page, "//th[not(@scope)]")).isEmpty();
        assertThat(elements(page, "//table[not(caption)]")).isEmpty();
    }

    @Test
    void shouldDrawEveryRoundAndItsSpread() throws Exception {
        final Document page = parse(BenchReport.page(SampleResults.of(3)));
        final String plot = "//svg[@aria-labelledby='scenario-same-node-tcp_1-title scenario-same-node-tcp_1-desc']";
        assertThat(elements(page, plot + "//rect[@class='bar']")).hasSize(8);
        assertThat(elements(page, plot + "//circle[@class='dot']")).hasSize(8 * SampleResults.ROUNDS);
        assertThat(elements(page, plot + "//line[@class='whisker']")).hasSize(8 * 3);
    }

    @Test
    void shouldDrawLatencyOfEverySystemThatHasAny() throws Exception {
        final Document page = parse(BenchReport.page(SampleResults.of(3)));
        final List<Element> curves =
                elements(page, "//svg[starts-with(@aria-labelledby, 'scenario-two-nodes-curve-rtt-')]//polyline");
        assertThat(curves)
                .hasSize(5)
                .allSatisfy(curve -> assertThat(curve.getAttribute("points")).matches("([0-9.]+,[0-9.]+ ?){20,}"));
        assertThat(((Element) curves.getLast().getParentNode()).getAttribute("class"))
                .as("drawn last")
                .isEqualTo("s-weft");
    }

    @Test
    void shouldSayWhyThereAreNoFigures() throws Exception {
        final Document page = parse(BenchReport.page(SampleResults.of(3)));
        assertThat(text(page, "//section[@id='scenario-two-nodes']/ul[@class='errors']"))
                .contains("Open vSwitch userspace with userspace-tso not measured: ovs-vswitchd ended: \"netdev_linux|")
                .contains("C loop, a frame at a time not measured to the end: the peer did not answer within 10 s");
    }

    @Test
    void shouldJudgeOnlyWhatRoundsTellApart() throws Exception {
        final Measure tcp = new Measure("tcp_1", "TCP", "Gbit/s", true);
        final Measure rtt = new Measure("rtt_p50", "round trip", "us", false);
        final BenchSystem weft = new BenchSystem("weft", "Weft", "1", List.of());
        final BenchResults all = SampleResults.with(List.of(tcp, rtt), weft, row("weft", 1.0, 10, 11, 12));
        final List<BenchSystem> systems =
                List.of(weft, new BenchSystem("c", "C", "1", List.of()), new BenchSystem("vde", "VDE", "1", List.of()));
        final List<Row> rows = List.of(all.results().getFirst(), row("c", 1.1, 9, 10, 10.5), row("vde", 2.2, 4, 5, 6));
        final BenchResults results = new BenchResults(
                1,
                "",
                1,
                List.of(),
                "",
                all.machine(),
                1,
                1,
                all.measures(),
                all.scenarios(),
                systems,
                rows,
                List.of());
        final Document page = parse(BenchReport.page(results));
        assertThat(attributes(page, "//table[@class='headlines']//td/span[1]/@class"))
                .containsExactly("big", "big", "ratio even", "ratio even", "ratio better", "ratio worse");
        assertThat(text(page, "//table[@class='headlines']//tr[@class='peer'][2]/td[1]"))
                .isEqualTo("2.20× ▲ (Weft is better)5.00");
    }

    @Test
    void shouldShowWhereTheTimeGoes() throws Exception {
        final Document page = parse(BenchReport.page(SampleResults.of(2)));
        assertThat(elements(page, "//table[@class='profile']")).hasSize(3);
        assertThat(text(page, "//table[@class='profile'][1]//tbody/tr[1]")).isEqualTo("read: copying52.0 %");
        assertThat(elements(parse(BenchReport.page(SampleResults.empty())), "//table[@class='profile']"))
                .isEmpty();
    }

    @Test
    void shouldEscapeWhateverItIsGiven() throws Exception {
        final Measure measure = new Measure("tcp_1", NASTY, NASTY, true);
        final BenchSystem system = new BenchSystem("weft", NASTY, NASTY, List.of(NASTY));
        final Row row = new Row(
                NASTY,
                "weft",
                NASTY,
                Map.of("tcp_1", List.of(1.0)),
                Map.of("tcp_1", new Summary(1, 1, 1, 1.0)),
                Map.of(NASTY, List.of(new Point(50, 1), new Point(90, 2))));
        final Document page = parse(BenchReport.page(SampleResults.with(List.of(measure), system, row)));
        assertThat(elements(page, "//script")).isEmpty();
        assertThat(elements(page, "//svg")).hasSize(2);
    }

    @Test
    void shouldBearWhatIsMissingOrNoNumber() throws Exception {
        assertThat(text(parse(BenchReport.page(SampleResults.empty())), "//section[@id='headlines']"))
                .contains("Nothing was measured.");
        final Measure measure = new Measure("tcp_1", "TCP", "", true);
        final BenchSystem system = new BenchSystem("kernel", "Linux", "", List.of());
        for (final double value : new double[] {0, Double.NaN, Double.POSITIVE_INFINITY, Double.MIN_VALUE, 1e300}) {
            final Row row = new Row(
                    "x",
                    "kernel",
                    null,
                    Map.of("tcp_1", List.of(value), "unknown", List.of()),
                    Map.of("tcp_1", new Summary(value, value, value, null)),
                    Map.of(
                            "rtt",
                            List.of(new Point(50, value), new Point(value, 1), new Point(100, 1)),
                            "none",
                            List.of()));
            final String page = BenchReport.page(SampleResults.with(List.of(measure), system, row));
            assertThat(elements(parse(page), "//svg")).isNotEmpty();
            assertThat(page).doesNotContain("NaN", "Infinity");
        }
        final Row nothing = new Row("x", "kernel", null, Map.of(), Map.of(), Map.of());
        final Document page = parse(BenchReport.page(SampleResults.with(List.of(measure), system, nothing)));
        assertThat(text(page, "//section[@id='scenario-x']")).contains("Nothing was measured.");
    }

    @Test
    void shouldMoveLabelsApartWithinTheirLimits() {
        assertThat(CurvePlot.apart(new double[] {50, 51, 52}, 10, 0, 100)).containsExactly(50, 60, 70);
        assertThat(CurvePlot.apart(new double[] {95, 96, 99}, 10, 0, 100)).containsExactly(80, 90, 100);
        assertThat(CurvePlot.apart(new double[] {-5, 40}, 10, 0, 100)).containsExactly(0, 40);
        assertThat(CurvePlot.apart(new double[0], 10, 0, 100)).isEmpty();
    }

    @Test
    void shouldNotJudgeWhatWasMeasuredOnce() throws Exception {
        final Document page = parse(BenchReport.page(SampleResults.of(3)));
        final String starts = "//section[@id='scenario-same-node']//table[@class='measures']//tr[last()]/td";
        assertThat(text(page, starts + "[8]")).matches("[0-9.]+[0-9.]+× +\\(measured once\\)");
        assertThat(attributes(page, starts + "[8]/span/@class")).containsExactly("median", "ratio");
    }

    private static Row row(
            final String system, final Double ratio, final double min, final double median, final double max) {
        final Summary summary = new Summary(median, min, max, ratio);
        final List<Double> values = List.of(min, median, max);
        return new Row(
                "x",
                system,
                null,
                Map.of("tcp_1", values, "rtt_p50", values),
                Map.of("tcp_1", summary, "rtt_p50", summary),
                Map.of());
    }

    private static boolean isBeside(final String link) {
        return link.equals("results.json");
    }

    private static Document parse(final String page) throws Exception {
        final DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(page)));
    }

    private static List<Element> elements(final Object from, final String path) throws Exception {
        final NodeList nodes =
                (NodeList) XPathFactory.newInstance().newXPath().evaluate(path, from, XPathConstants.NODESET);
        final List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    private static List<String> attributes(final Document page, final String path) throws Exception {
        final NodeList nodes =
                (NodeList) XPathFactory.newInstance().newXPath().evaluate(path, page, XPathConstants.NODESET);
        final List<String> values = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            values.add(nodes.item(i).getNodeValue());
        }
        return values;
    }

    private static String text(final Object from, final String path) throws Exception {
        return XPathFactory.newInstance().newXPath().evaluate(path, from);
    }
}
