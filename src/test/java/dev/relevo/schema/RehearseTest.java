package dev.relevo.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the new server refuses, each with what helps; and that it does help. */
class RehearseTest {
    private static final Pattern STATEMENTS =
            Pattern.compile("(?:[Rr]un |: )((?:DROP|ALTER|CREATE) .*?;)(?: Or| on| there|\\.|$)");

    @Test
    void eachHintMakesItsRefusalGoAway() {
        try (Pair pair = new Pair(13, 18)) {
            pair.onOld(
                    """
                    CREATE SCHEMA bad;
                    CREATE TABLE bad.t (a bigint PRIMARY KEY);
                    CREATE UNLOGGED TABLE bad.parted (a int DEFAULT 1, b text) PARTITION BY RANGE (a);
                    CREATE TABLE bad.part PARTITION OF bad.parted DEFAULT;
                    CREATE VIEW bad."Lost column" AS SELECT a, buffers_backend FROM bad.t, pg_stat_bgwriter;
                    CREATE VIEW bad.upon AS SELECT a FROM bad."Lost column";
                    CREATE AGGREGATE bad.array_accum (anyelement)
                        (SFUNC = array_append, STYPE = anyarray, INITCOND = '{}');
                    CREATE OPERATOR bad.!!! (FUNCTION = numeric_fac, LEFTARG = bigint);
                    CREATE VIEW bad.factorial AS SELECT a ! AS f FROM bad.t;
                    CREATE FUNCTION bad.library(a integer, b text DEFAULT 'x') RETURNS integer LANGUAGE sql AS 'SELECT 1';
                    UPDATE pg_proc SET prolang = (SELECT oid FROM pg_language WHERE lanname = 'c'),
                        prosrc = 'f', probin = '$libdir/gone' WHERE oid = 'bad.library'::regproc;
                    CREATE TEXT SEARCH DICTIONARY bad.dictionary (TEMPLATE = simple);
                    UPDATE pg_ts_dict SET dictinitoption = 'stopwords = ''gone''' WHERE dictname = 'dictionary';
                    CREATE COLLATION bad.locale (LOCALE = 'C');
                    UPDATE pg_collation SET collcollate = 'xx_YY', collctype = 'xx_YY' WHERE collname = 'locale';
                    CREATE FUNCTION bad.setting() RETURNS integer LANGUAGE sql
                        SET operator_precedence_warning = 'on' AS 'SELECT 1';
                    """);
            List<LoadRemedy> remedies = remedies(pair);
            assertThat(remedies)
                    .extracting(LoadRemedy::message)
                    .satisfiesExactlyInAnyOrder(
                            m -> assertThat(m).contains("view bad.Lost column", "buffers_backend"),
                            m ->
                                    assertThat(m)
                                            .contains("aggregate bad.array_accum", "array_append"),
                            m -> assertThat(m).contains("operator bad.!!!"),
                            m -> assertThat(m).contains("view bad.factorial", "syntax error"),
                            m -> assertThat(m).contains("function bad.library", "file \"gone\""),
                            m -> assertThat(m).contains("dictionary bad.dictionary", "gone.stop"),
                            m -> assertThat(m).contains("collation bad.locale", "xx_YY"),
                            m ->
                                    assertThat(m)
                                            .contains(
                                                    "function bad.setting",
                                                    "operator_precedence_warning"));
            List<String> statements = new ArrayList<>();
            for (LoadRemedy remedy : remedies) {
                Matcher statement = STATEMENTS.matcher(remedy.hint());
                assertThat(statement.find()).as(remedy.hint()).isTrue();
                statements.add(statement.group(1));
                pair.onOld(statement.group(1));
            }
            assertThat(remedies(pair)).as(statements.toString()).isEmpty();
            assertThat(statements)
                    .contains("DROP VIEW \"bad\".\"Lost column\" CASCADE;")
                    .anyMatch(sql -> sql.contains("CREATE OR REPLACE AGGREGATE"))
                    .anyMatch(sql -> sql.contains("RESET"));
            pair.onOld("SELECT bad.array_accum(g) FROM generate_series(1, 3) g");
        }
    }

    private static List<LoadRemedy> remedies(Pair pair) {
        return Rehearse.remedies(pair.old, pair.fresh, (_, _, _) -> {});
    }
}
