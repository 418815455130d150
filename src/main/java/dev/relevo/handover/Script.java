package dev.relevo.handover;

import static dev.relevo.ledger.OwnTable.STATE;

import dev.relevo.pg.Quote;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The statements of a handover: what its two sides run, and what {@link HandoverPlan} prints. A
 * {@code ?} is a value.
 */
final class Script {
    /** Returns the backends that may have read their settings before. */
    static final String AWAIT_STARTING =
            "SELECT pid FROM pg_catalog.unnest(relevo.await_starting()) AS e (pid)";

    /** ?: backends that are ours, how long to wait, backends that may write. */
    static final String DRAIN = "SELECT relevo.drain(?::int[], ?::interval, ?::int[]) AS remaining";

    /** ?: backends that are ours, backends that may write. */
    static final String EXPEL = "SELECT relevo.expel(?::int[], ?::int[]) AS ended";

    /** ?: the mark, and as above. */
    static final String EXPEL_AND_SEND =
            "SELECT relevo.send(?) FROM relevo.expel(?::int[], ?::int[])";

    /** ?: the mark. */
    static final String SEND = "SELECT relevo.send(?)";

    /** ?: the sequences. Returns where each stands. */
    static final String NOTE_SEQUENCES =
            "SELECT name, last_value, is_called FROM relevo.note_sequences(?::text[])";

    /** Of what there is, before and behind the hold. */
    static final String RELATIONS_STAMP = "SELECT relevo.relations_stamp()";

    static final String SCHEMA_STAMP = "SELECT relevo.schema_stamp()";

    /** ?: the way back's subscriptions, the fenced mark, and the sequences to hold. */
    static final String FENCE =
            "SELECT stamp, name, last_value, is_called"
                    + " FROM relevo.fence_and_hold(?::name[], ?, ?::text[])";

    /** ?: the way back's subscriptions. The same without a sequence, to be taken back. */
    static final String FENCE_REHEARSAL =
            "SELECT relevo.fence_and_hold(?::name[], 'rehearsal', '{}')";

    /** ?: the mark, the forward subscriptions, the slots of the way back, the slice. */
    static final String AWAIT =
            "SELECT relevo.await_and_advance(?, ?::name[], ?::name[], ?::interval) AS lsn";

    /** ?: the same. */
    static final String PASS_BARRIER =
            "SELECT relevo.pass_barrier(?, ?::name[], ?::name[], ?::interval) AS lsn";

    /**
     * ?: the forward subscriptions. Only {@code relevo.open_gate()} takes this lock behind the
     * gate: a worker that merely waits there may be one that has just started, and knows of no
     * mark.
     */
    static final String MARK_WAITS =
            """
            SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_subscription s ON s.pid = l.pid
            WHERE s.subname = ANY (?::name[]) AND l.locktype = 'advisory' AND l.granted
              AND l.classid = 735386 AND l.objid = 3 AND l.objsubid = 2
              AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
            """;

    /** ?: the forward subscriptions. */
    static final String WORKERS =
            "SELECT s.pid FROM pg_catalog.pg_stat_subscription s WHERE s.subname = ANY (?::name[])"
                    + " AND s.relid IS NULL AND s.pid IS NOT NULL";

    /** ?: apply workers. */
    static final String ONE_HAS_ENDED =
            "SELECT FROM pg_catalog.unnest(?::int[]) w WHERE NOT EXISTS (SELECT FROM"
                    + " pg_catalog.pg_stat_subscription s WHERE s.pid = w)";

    static final String LOCK_STATE = "LOCK TABLE " + STATE + " IN EXCLUSIVE MODE";

    /** ?: names of tables. */
    static final String WITHOUT_FENCE = "SELECT t AS name FROM relevo.without_fence(?::text[]) t";

    static final String RAISE_FENCE = "SELECT relevo.set_fence(true)";

    /** On a side that does not serve; an older Relevo's installation has none of it. */
    static final String HOLD_BACK_SEQUENCES = ifThere("hold_back_sequences");

    static final String GIVE_BACK_SEQUENCES = "SELECT relevo.give_back_sequences()";

    /** The same where schema relevo is about to go. */
    static final String LAST_GIVE_BACK = ifThere("give_back_sequences");

    static final String CLOSE_SCHEMAS = "SELECT relevo.close_schemas()";
    static final String OPEN_SCHEMAS = "SELECT relevo.open_schemas()";

    static final String FLUSH_LOG =
            "SELECT pg_catalog.pg_logical_emit_message(true, 'relevo', 'flush')";

    /** Behind it, the gate may be let go and taken again. */
    static final String BEFORE_GATE = "SAVEPOINT relevo_gate";

    /** ?: a backend that may wait for a lock. */
    static final String WAITS = "SELECT FROM pg_catalog.pg_locks WHERE NOT granted AND pid = ?";

    /** Behind it a session needs nothing more from pg_namespace. */
    static final String LOOK_UP =
            "SELECT count(relevo.await_starting()) FROM " + STATE + ", pg_catalog.pg_locks LIMIT 1";

    /** Kept by the watchdog of {@code to} as long as it has work to do. */
    static final String WATCHDOG_AT_WORK = "SELECT pg_catalog.pg_advisory_lock(735386, 4)";

    static String watchFrom(Object held, Object free, Object lock) {
        return "CALL relevo.watch_from(%s, %s, %s)".formatted(held, free, lock);
    }

    static String watchTo(Object gate, Object free, Object lock) {
        return "CALL relevo.watch_to(%s, %s, %s)".formatted(gate, free, lock);
    }

    static String keepGate(Object lock, String fenced) {
        return "CALL relevo.keep_gate(%s, %s)".formatted(lock, fenced);
    }

    static final String SHUT_GATE = "LOCK TABLE pg_catalog.pg_namespace IN ACCESS EXCLUSIVE MODE";

    /** ?: names, last values, and whether each was called. */
    static final String SET_SEQUENCES =
            "SELECT pg_catalog.setval(v.name::regclass, v.last_value, v.is_called)"
                    + " FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::int8[]), pg_catalog.unnest(?::bool[]))"
                    + " AS v (name, last_value, is_called)";

    private Script() {}

    /** New clients with several hosts go elsewhere; harmless for those that are connected. */
    static String readOnly(String database) {
        return "ALTER DATABASE "
                + Quote.ident(database)
                + " SET default_transaction_read_only = on";
    }

    static String readWrite(String database) {
        return "ALTER DATABASE " + Quote.ident(database) + " RESET default_transaction_read_only";
    }

    /**
     * What is like the things that are run while clients wait, on our own tables, to be taken back:
     * the first ALTER of a session costs its server three times as much as the second.
     */
    static String rehearsal(String subscription) {
        return """
        SET LOCAL lock_timeout = '1s';
        SET LOCAL session_replication_role = replica;
        SELECT relevo.set_fence(true);
        ALTER SUBSCRIPTION %s DISABLE;
        UPDATE %s SET status = status, since = pg_catalog.clock_timestamp();
        SELECT relevo.send('rehearsal')
        """
                .formatted(Quote.ident(subscription), STATE);
    }

    private static String ifThere(String function) {
        return """
        DO $relevo$ BEGIN
            IF pg_catalog.to_regprocedure('relevo.%1$s()') IS NOT NULL THEN
                PERFORM relevo.%1$s();
            END IF;
        END $relevo$\
        """
                .formatted(function);
    }

    /**
     * Lets nobody draw a first value from a sequence here, lets the way back start behind {@code
     * start}, a literal, and commits.
     */
    static String commitPoint(List<String> wayBack, String start) {
        return """
        SELECT relevo.seal_sequences();
        SELECT pg_catalog.pg_replication_origin_advance('pg_' || s.oid, %s::pg_lsn)
        FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
        WHERE d.datname = pg_catalog.current_database() AND s.subname IN (%s);
        COMMIT
        """
                .formatted(
                        start,
                        wayBack.stream().map(Quote::literal).collect(Collectors.joining(", ")));
    }
}
