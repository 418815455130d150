package dev.relevo.cli.output;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes one JSON document. Jackson is loaded here and nowhere else, when it is needed. */
public final class Json {
    private Json() {}

    /** Indented, with a line end. */
    public static void print(Console console, Object document) {
        console.out()
                .println(
                        JsonMapper.builder()
                                .enable(SerializationFeature.INDENT_OUTPUT)
                                .build()
                                .writeValueAsString(document));
        console.out().flush();
    }
}
