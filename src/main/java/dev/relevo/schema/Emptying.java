package dev.relevo.schema;

import static dev.relevo.ledger.OwnTable.AFTER_DATA;

import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes a database back to what it was before {@link CarrySchema}: every user's object goes, what
 * was there before stays, schema public gets its owner, privileges and comment again.
 *
 * <p>Drops in transactions of 200 statements, so that thousands of tables do not exhaust the lock
 * table; killed in between, the next run drops the rest. The row that says there is something to
 * undo goes last.
 */
final class Emptying {
    private static final int BATCH = 200;
    private static final String SCHEMA = "schema ";
    private static final String EXTENSION = "extension ";
    private static final String PUBLIC = "public ";

    private Emptying() {}

    /** What is there now, for {@link #run} to leave and to restore. */
    static List<String> before(Session session) {
        List<String> all = new ArrayList<>();
        schemas(session).forEach(name -> all.add(SCHEMA + name));
        extensions(session).forEach(name -> all.add(EXTENSION + name));
        session.query(load("public_schema"), row -> row.text("sql"))
                .forEach(sql -> all.add(PUBLIC + sql));
        return all;
    }

    static void run(Endpoint server, List<String> before) {
        Map<String, String> settings = Map.of("lock_timeout", "30s", "statement_timeout", "10min");
        try (Session session = server.open("emptying", settings)) {
            Set<String> kept = new HashSet<>(before);
            List<String> drops = session.query(load("droppable"), row -> row.text("sql"));
            inBatches(session, drops);
            List<String> rest = new ArrayList<>();
            extensions(session).stream()
                    .filter(name -> !kept.contains(EXTENSION + name))
                    .forEach(name ->
                            rest.add("DROP EXTENSION IF EXISTS " + Quote.ident(name) + " CASCADE"));
            schemas(session).stream()
                    .filter(name -> !kept.contains(SCHEMA + name))
                    .forEach(name ->
                            rest.add("DROP SCHEMA IF EXISTS " + Quote.ident(name) + " CASCADE"));
            inBatches(session, rest);
            inBatches(session, session.query(load("default_privileges"), row -> row.text("sql")));
            session.transaction(() -> {
                restorePublic(session, before);
                session.execute("DROP TABLE IF EXISTS " + AFTER_DATA);
                new Facts(session).remove(Fact.SCHEMA);
            });
        }
    }

    private static void restorePublic(Session session, List<String> before) {
        List<String> restore =
                before.stream()
                        .filter(line -> line.startsWith(PUBLIC))
                        .map(line -> line.substring(PUBLIC.length()))
                        .toList();
        if (restore.isEmpty()) {
            return;
        }
        session.execute("CREATE SCHEMA IF NOT EXISTS public");
        session.execute(restore.getFirst());
        session.query(
                        "SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE"
                                + " pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee))"
                                + " END AS grantee"
                                + " FROM pg_catalog.pg_namespace n,"
                                + " LATERAL pg_catalog.aclexplode(n.nspacl) a"
                                + " WHERE n.nspname = 'public'",
                        row -> row.text("grantee"))
                .forEach(grantee -> session.execute("REVOKE ALL ON SCHEMA public FROM " + grantee));
        restore.stream().skip(1).forEach(session::execute);
    }

    private static void inBatches(Session session, List<String> statements) {
        for (int from = 0; from < statements.size(); from += BATCH) {
            List<String> batch =
                    statements.subList(from, Math.min(from + BATCH, statements.size()));
            session.transaction(() -> batch.forEach(session::execute));
        }
    }

    private static List<String> schemas(Session session) {
        return session.query(
                "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_'"
                        + " AND nspname NOT IN ('information_schema', 'relevo') ORDER BY nspname",
                row -> row.text("nspname"));
    }

    private static List<String> extensions(Session session) {
        return session.query(
                "SELECT extname FROM pg_catalog.pg_extension ORDER BY extname",
                row -> row.text("extname"));
    }

    private static String load(String file) {
        return SqlFile.load(Emptying.class, file);
    }
}
