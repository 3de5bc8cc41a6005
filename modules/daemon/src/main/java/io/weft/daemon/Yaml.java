// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads YAML 1.2 files so that every value knows its line.
 *
 * <p>Bounded: {@link #MAX_BYTES} octets, {@link #MAX_DEPTH} levels, one document. Aliases are refused: files that people
 * read line by line gain nothing from them, and what an alias stands for has no line of its own.
 */
public final class Yaml {
    /** Largest file that is read. */
    public static final int MAX_BYTES = 1 << 20;

    /** Deepest nesting of lists and maps. */
    public static final int MAX_DEPTH = 16;

    private Yaml() {}

    /** Reads {@code file}; messages name it as it was given. */
    public static YamlNode read(final Path file) throws ConfigException {
        final String name = file.toString();
        final byte[] octets;
        try (var in = Files.newInputStream(file)) {
            octets = in.readNBytes(MAX_BYTES + 1);
        } catch (final NoSuchFileException e) {
            throw new ConfigException(name, 0, "no such file");
        } catch (final IOException e) {
            throw new ConfigException(name, 0, "can't be read: " + e.getMessage());
        }
        if (octets.length > MAX_BYTES) {
            throw new ConfigException(name, 0, "larger than " + MAX_BYTES + " octets");
        }
        return parse(name, decode(name, octets));
    }

    /** Reads {@code text}; {@code name} stands for it in messages. */
    public static YamlNode parse(final String name, final String text) throws ConfigException {
        if (text.length() > MAX_BYTES) {
            throw new ConfigException(name, 0, "larger than " + MAX_BYTES + " octets");
        }
        final LoadSettings settings = LoadSettings.builder()
                .setLabel(name)
                .setUseMarks(true)
                .setCodePointLimit(MAX_BYTES + 1)
                .build();
        try {
            checkEvents(name, new Parse(settings).parseString(text));
            final Node root = new Compose(settings)
                    .composeString(text)
                    .orElseThrow(() -> new ConfigException(name, 1, "the file is empty"));
            return YamlNode.of(name, root);
        } catch (final MarkedYamlEngineException e) {
            final int line = e.getProblemMark().map(Mark::getLine).orElse(-1) + 1;
            throw new ConfigException(name, line, "not YAML: " + e.getProblem());
        } catch (final YamlEngineException e) {
            throw new ConfigException(name, 0, "not YAML: " + e.getMessage());
        }
    }

    /** The composer recurses and the parser does not: so depth is checked on events, before. */
    private static void checkEvents(final String name, final Iterable<Event> events) throws ConfigException {
        int depth = 0;
        for (final Event event : events) {
            final int line = event.getStartMark().map(Mark::getLine).orElse(-1) + 1;
            if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
                throw new ConfigException(name, line, "nested deeper than " + MAX_DEPTH + " levels");
            }
            if (event instanceof CollectionEndEvent) {
                depth--;
            }
            if (event.getEventId() == Event.ID.Alias) {
                throw new ConfigException(name, line, "aliases are not supported: write the value out");
            }
        }
    }

    private static String decode(final String name, final byte[] octets) throws ConfigException {
        final CharBuffer text = CharBuffer.allocate(octets.length);
        final ByteBuffer in = ByteBuffer.wrap(octets);
        final CoderResult result = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(in, text, true);
        if (result.isError()) {
            int line = 1;
            for (int i = 0; i < in.position(); i++) {
                line += octets[i] == '\n' ? 1 : 0;
            }
            throw new ConfigException(name, line, "not UTF-8");
        }
        return text.flip().toString();
    }
}
