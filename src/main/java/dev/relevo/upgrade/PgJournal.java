package dev.relevo.upgrade;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.plan.Journal;
import java.util.ArrayList;
import java.util.List;

/**
 * The journal, in {@code relevo.journal} on the old server. Entries made before the schema is there
 * are kept in memory until it is. Written with {@code synchronous_commit=on}, as every session of
 * Relevo's.
 */
final class PgJournal implements Journal {
    private static final String CREATE =
            """
            CREATE TABLE IF NOT EXISTS relevo.journal (
                n        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                at       timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                operator text NOT NULL,
                plan     text NOT NULL,
                step     text NOT NULL,
                what     text NOT NULL,
                note     text NOT NULL
            )
            """;

    private final Endpoint old;
    private final String operator;
    private final List<List<String>> waiting = new ArrayList<>();

    PgJournal(Endpoint old, String operator) {
        this.old = old;
        this.operator = operator;
    }

    @Override
    public void write(String plan, String step, String what, String note) {
        waiting.add(List.of(operator, plan, step, what, note));
        try (Session session = old.openForDdl("journal")) {
            if (!session.exists(
                    "SELECT WHERE pg_catalog.to_regclass('relevo.state') IS NOT NULL")) {
                return;
            }
            session.transaction(() -> {
                session.execute(CREATE);
                for (List<String> entry : waiting) {
                    session.update(
                            "INSERT INTO relevo.journal (operator, plan, step, what, note)"
                                    + " VALUES (?, ?, ?, ?, ?)",
                            entry.toArray());
                }
            });
        }
        waiting.clear();
    }
}
