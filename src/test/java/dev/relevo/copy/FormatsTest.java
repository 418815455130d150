package dev.relevo.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Column;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may travel in binary, by the type as {@code format_type} writes it. */
class FormatsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "integer",
                "numeric(10,2)",
                "numeric(3,-2)",
                "character varying(20)[]",
                "\"char\"",
                "timestamp(3) with time zone",
                "time(0) without time zone",
                "interval day to second(3)",
                "interval(6)",
                "bit varying(7)",
                "double precision[]"
            })
    void builtInTypesTravelInBinary(String type) {
        assertThat(Formats.isSame(type)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "regclass",
                "regtype[]",
                "oid",
                "name",
                "money",
                "xml",
                "aclitem",
                "tsvector",
                "int4range",
                "public.\"integer\"",
                "public.mood",
                "public.mood[]",
                "\"interval x\""
            })
    void othersTravelAsText(String type) {
        assertThat(Formats.isSame(type)).isFalse();
    }

    @Test
    void oneColumnDecidesForTheTable() {
        Column safe = new Column("a", "integer", false, true, false, false);
        Column other = new Column("b", "regclass", false, true, false, false);
        assertThat(Formats.isBinary(List.of(safe), true)).isTrue();
        assertThat(Formats.isBinary(List.of(safe), false)).isFalse();
        assertThat(Formats.isBinary(List.of(safe, other), true)).isFalse();
        assertThat(Formats.isBinary(List.of(), true)).isFalse();
    }
}
