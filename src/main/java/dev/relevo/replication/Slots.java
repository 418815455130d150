package dev.relevo.replication;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Logical replication slots of plug-in pgoutput: made without waiting for ever, dropped even when
 * in use.
 */
final class Slots {
    private Slots() {}

    static boolean exists(Session session, String slot) {
        return session.exists(
                "SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = ?", slot);
    }

    /** Whether it is there, is the one we made, and has the write-ahead log it needs. */
    static boolean isUsable(Session session, Node publisher) {
        String slot = publisher.slot();
        return SlotSeal.isOn(session, slot, publisher.tag())
                && session.exists(
                        "SELECT FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = ?"
                                + (session.version().atLeast(13)
                                        ? " AND s.wal_status <> 'lost'"
                                        : ""),
                        slot);
    }

    /**
     * Makes a slot. PostgreSQL first waits for every transaction that has an XID to end, without
     * any time-out of its own; we wait for {@code patience} and then name those transactions. A
     * slot that was not finished goes away with the statement.
     */
    static void create(Endpoint endpoint, String slot, Duration patience) {
        try (Session session =
                endpoint.open("slot", Map.of("statement_timeout", patience.toMillis() + "ms"))) {
            session.text(createStatement(slot));
        } catch (PgException e) {
            if (!e.is(SqlState.QUERY_CANCELED)) {
                throw e;
            }
            throw waits(endpoint, slot, patience, e);
        }
    }

    /** What {@link #create} runs. */
    static String createStatement(String slot) {
        return "SELECT pg_catalog.pg_create_logical_replication_slot("
                + Quote.literal(slot)
                + ", 'pgoutput')";
    }

    /** What {@link #drop} runs, again and again while somebody reads from the slot. */
    static List<String> dropStatements(String slot) {
        String ofSlot =
                " FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = "
                        + Quote.literal(slot);
        return List.of(
                "SELECT pg_catalog.pg_terminate_backend(s.active_pid)"
                        + ofSlot
                        + " AND s.active_pid IS NOT NULL",
                "SELECT pg_catalog.pg_drop_replication_slot(s.slot_name)" + ofSlot);
    }

    /** As SQL, for people to read; {@link #copy} runs the same. */
    static String copyStatement(String slot, String copy) {
        return "SELECT pg_catalog.pg_copy_logical_replication_slot("
                + Quote.literal(slot)
                + ", "
                + Quote.literal(copy)
                + ")";
    }

    /**
     * Makes a slot that stands exactly where another one stands. Nobody may have read from that one
     * yet: then both begin with the same change, and the snapshot of the one is that of the other.
     * Waits for nobody. From 12 on.
     */
    static void copy(Session session, String slot, String copy) {
        session.text(copyStatement(slot, copy));
    }

    /** What a slot that was not made within {@code patience} waits for. */
    static ProblemException waits(
            Endpoint endpoint, String slot, Duration patience, Exception cause) {
        return new Problem(
                        ExitStatus.FAILED,
                        "slot-waits",
                        "replication slot "
                                + slot
                                + " could not be made within "
                                + patience.toSeconds()
                                + " s",
                        "it waits for " + String.join("; ", writers(endpoint)),
                        "Wait for these transactions or end them, then run the same command again.")
                .toException(cause);
    }

    /** Drops a slot if it is there; a walsender that still reads from it is ended. */
    static void drop(Session session, String slot) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (exists(session, slot)) {
            try {
                for (String statement : dropStatements(slot)) {
                    session.query(statement, row -> true);
                }
                return;
            } catch (PgException e) {
                if (!e.is(SqlState.OBJECT_IN_USE) || System.nanoTime() > deadline) {
                    throw e;
                }
            }
            Pause.of(Duration.ofMillis(20));
        }
    }

    private static List<String> writers(Endpoint endpoint) {
        try (Session session = endpoint.open("slot")) {
            List<String> writers =
                    session.query(
                            "SELECT pg_catalog.format('pid %s, role %s, database %s, open since %s', a.pid,"
                                    + " a.usename, a.datname, a.xact_start) AS writer"
                                    + " FROM pg_catalog.pg_stat_activity a WHERE a.backend_xid IS NOT NULL"
                                    + " UNION ALL SELECT pg_catalog.format('prepared transaction %L of %s', p.gid,"
                                    + " p.owner) FROM pg_catalog.pg_prepared_xacts p",
                            row -> row.text("writer"));
            return writers.isEmpty() ? List.of("transactions that have ended by now") : writers;
        }
    }
}
