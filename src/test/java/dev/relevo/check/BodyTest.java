package dev.relevo.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BodyTest {
    private static Body body(String source) {
        return Body.of(source, List.of("item"));
    }

    @Test
    void callsAreToldFromColumnsAliasesAndStrings() {
        assertThat(
                        body("""
                        -- not_this(1) /* nor this( */
                        BEGIN /* a /* nested_call(1) */ b(2) */
                          x := 'no_call(1)' || E'it\\'s no_call(2)' || $t$ no_call(3) $t$;
                          RETURN Is_More(a.b) AND s.qualified (1) AND "Odd""Name"(2)
                            AND EXISTS (SELECT FROM unnest(c) AS t(a, b), generate_series(1, 2) u(v));
                        END
                        """)
                                .functions())
                .contains("is_more", "Odd\"Name", "unnest", "generate_series")
                .doesNotContain("not_this", "nested_call", "no_call", "b", "qualified", "t", "u");
        assertThat(body("SELECT s.qualified (1), a.\"B\".c(2)").qualified())
                .contains("s.qualified");
    }

    @Test
    void relationsAreToldFromValuesVariablesAndQueriesOfWith() {
        Body body =
                body(
                        """
                        DECLARE
                          v_row words%ROWTYPE;
                          v_col codes.code%TYPE;
                          total integer := 0;
                          kind mood;
                        BEGIN
                          WITH recent AS (SELECT * FROM events) SELECT count(*) INTO total FROM recent;
                          IF a IS DISTINCT FROM item OR extract(year FROM birthday) > 1 THEN
                            INSERT INTO log VALUES (1); UPDATE stock SET n = 1; DELETE FROM s.gone;
                          END IF;
                          PERFORM 1 FROM ONLY parent JOIN child USING (id);
                          RETURN 'x'::state;
                        END
                        """);
        assertThat(body.relations())
                .containsExactlyInAnyOrder(
                        "words", "codes", "events", "log", "stock", "parent", "child");
        assertThat(body.types()).contains("mood", "state");
    }

    @Test
    void whatIsNotClosedEndsWithTheBody() {
        for (String open : List.of("'", "\"", "/* ", "$a$ ", "E'\\", "-- ", "::", "$", "e'", "(")) {
            assertThat(body("SELECT f(1) " + open).functions()).as(open).contains("f");
        }
    }
}
