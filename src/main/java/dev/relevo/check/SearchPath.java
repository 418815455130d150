package dev.relevo.check;

import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Whether constraints, indexes, generated columns and materialized views work without the
 * database's {@code search_path}. pg_restore, the copy and the apply worker have none, and from 17
 * on CREATE INDEX and REFRESH have none anywhere; a function of the users' that names others
 * without their schema fails there, which would be found when all rows are copied. (Before 17
 * Relevo refreshes materialized views as clients would.)
 *
 * <p>Each is tried in a read-only transaction that is rolled back, on one row. Only what the
 * functions cannot find counts, not what they think of the row.
 */
final class SearchPath implements Check {
    /** Undefined function, table, column, object, schema. */
    private static final Set<String> NOT_FOUND =
            Set.of("42883", "42P01", "42703", "42704", "3F000");

    @Override
    public String id() {
        return "search-path";
    }

    private record Expression(String what, String sql, int since) {}

    @Override
    public List<Finding> find(Probe probe) {
        List<Finding> findings = new ArrayList<>();
        for (Expression expression :
                probe.old()
                        .query(
                                SqlFile.load(SearchPath.class, "expressions"),
                                row ->
                                        new Expression(
                                                row.text("what"),
                                                row.text("sql"),
                                                row.integer("since")))) {
            String missing =
                    expression.since() > probe.fresh().version().major()
                            ? ""
                            : missing(probe.old(), expression.sql());
            if (!missing.isEmpty()) {
                findings.add(
                        Probe.error(
                                id(),
                                expression.what() + " needs a search_path",
                                "Without it a function says: "
                                        + missing
                                        + ". The copy, the apply worker and, from 17 on, CREATE INDEX and REFRESH run without it.",
                                "Run ALTER FUNCTION … SET search_path = …, with the schemas it needs, on the old server."));
            }
        }
        return findings;
    }

    /** What is not found, or nothing. */
    private static String missing(Session old, String sql) {
        old.execute("BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'");
        try {
            old.execute(sql);
            return "";
        } catch (PgException e) {
            if (e.isConnectionLost()) {
                throw e;
            }
            return NOT_FOUND.stream().anyMatch(e::is) ? String.valueOf(e.getMessage()) : "";
        } finally {
            old.rollback();
        }
    }
}
