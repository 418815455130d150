package dev.relevo.ledger;

import static dev.relevo.ledger.OwnTable.UPGRADE;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Row;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Reads and writes whose upgrade a database belongs to ({@link OwnTable#UPGRADE}).
 *
 * <p>Looking takes no lock, changes nothing and runs no code of the users'.
 */
public final class Ledger {
    /** Of schema {@code relevo}; raised with every change that an older Relevo must not meet. */
    public static final int FORMAT = 2;

    private static final String PREPARED =
            "SELECT WHERE pg_catalog.to_regclass('" + UPGRADE + "') IS NOT NULL";

    private Ledger() {}

    /** Looks at the database of an endpoint, or at its server when the database is not there. */
    public static Found look(Endpoint endpoint, String purpose) {
        try (Session session = endpoint.open(purpose)) {
            return look(session);
        } catch (ProblemException e) {
            if (!e.problem().code().equals("no-database")) {
                throw e;
            }
        }
        try (Session session = endpoint.maintenance(purpose)) {
            ServerId server = identity(session).here();
            return new Found(
                    endpoint.display(),
                    new ServerId(server.system(), server.timeline(), 0, endpoint.database()),
                    new Found.Nothing());
        }
    }

    /** Looks at the database that a session is connected to. */
    public static Found look(Session session) {
        Looked looked = identity(session);
        Found.Schema schema =
                looked.ours()
                        ? ours(session)
                        : looked.taken()
                                ? new Found.Foreign("a schema relevo that Relevo did not make")
                                : new Found.Nothing();
        return new Found(session.endpoint().display(), looked.here(), schema);
    }

    private record Looked(ServerId here, boolean taken, boolean ours) {}

    private static Looked identity(Session session) {
        return session.one(
                OwnTable.load(Ledger.class, "identity"),
                row ->
                        new Looked(
                                new ServerId(
                                        row.bigint("system_identifier"),
                                        row.integer("timeline"),
                                        row.bigint("database"),
                                        row.text("name")),
                                row.bool("taken"),
                                row.bool("ours")));
    }

    private static Found.Schema ours(Session session) {
        return session.first(
                        "SELECT u.*, pg_catalog.date_part('epoch', begun) AS begun_at,"
                                + " pg_catalog.date_part('epoch', ready) AS ready_at,"
                                + " pg_catalog.date_part('epoch', finished) AS finished_at"
                                + " FROM "
                                + UPGRADE
                                + " u",
                        Ledger::entry)
                .<Found.Schema>map(ours -> ours)
                .orElseGet(
                        () -> new Found.Foreign("a schema relevo that says nothing of an upgrade"));
    }

    private static Found.Ours entry(Row row) throws SQLException {
        return new Found.Ours(
                new Identity(
                        UUID.fromString(row.text("id")), server(row, "old"), server(row, "new")),
                row.text("side").equals(Side.OLD.label()) ? Side.OLD : Side.NEW,
                row.integer("format"),
                row.text("version"),
                instant(row.real("begun_at")),
                row.isNull("ready_at")
                        ? Optional.empty()
                        : Optional.of(instant(row.real("ready_at"))),
                row.isNull("finished_at")
                        ? Optional.empty()
                        : Optional.of(instant(row.real("finished_at"))));
    }

    private static ServerId server(Row row, String side) throws SQLException {
        return new ServerId(
                row.bigint(side + "_system"),
                row.integer(side + "_timeline"),
                row.bigint(side + "_database"),
                row.text(side + "_name"));
    }

    private static Instant instant(double epoch) {
        return Instant.ofEpochMilli(Math.round(epoch * 1000));
    }

    /**
     * Writes down that the database of a session is a side of an upgrade. On the new side it
     * completes the identity by the OID of the database.
     *
     * @param name of the database, which it may be given a moment later
     * @return the identity as it was written, or as it was written before
     * @throws ProblemException when there is a schema {@code relevo} that is not of this upgrade
     */
    public static Identity mark(Session session, Side side, Identity identity, String name) {
        Found found = look(session);
        Identity whole =
                side == Side.NEW ? identity.withDatabase(found.here().database(), name) : identity;
        return switch (found.schema()) {
            case Found.Foreign(String what) -> throw taken(found, what);
            case Found.Ours ours when ours.identity().id().equals(identity.id()) -> ours.identity();
            case Found.Ours ours ->
                    throw taken(found, "schema relevo of another upgrade, " + ours.identity().id());
            case Found.Nothing _ -> write(session, side, whole);
        };
    }

    private static Identity write(Session session, Side side, Identity whole) {
        session.execute(OwnTable.load(Ledger.class, "upgrade"));
        session.update(
                "INSERT INTO "
                        + UPGRADE
                        + " (id, side, old_system, old_timeline, old_database,"
                        + " old_name, new_system, new_timeline, new_database, new_name, format,"
                        + " version) VALUES (?::uuid, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                whole.id().toString(),
                side.label(),
                whole.old().system(),
                whole.old().timeline(),
                whole.old().database(),
                whole.old().name(),
                whole.fresh().system(),
                whole.fresh().timeline(),
                whole.fresh().database(),
                whole.fresh().name(),
                FORMAT,
                Release.VERSION);
        return whole;
    }

    /** What {@link #mark} runs, for people to read. */
    public static String markStatement(Side side, Identity identity) {
        return OwnTable.load(Ledger.class, "upgrade")
                + "INSERT INTO "
                + UPGRADE
                + " (id, side, …) VALUES ('"
                + identity.id()
                + "', '"
                + side.label()
                + "', …)";
    }

    /** Whether the new database, as the old side knows it, has been recorded there. */
    public static boolean knowsNewDatabase(Session old) {
        return old.exists(PREPARED)
                && old.exists("SELECT FROM " + UPGRADE + " WHERE new_database <> 0");
    }

    /** Tells the old side which database on the new server is ours. */
    public static void recordNewDatabase(Session old, long oid) {
        old.update("UPDATE " + UPGRADE + " SET new_database = ?", oid);
    }

    /** Makes the other tables. Part of the caller's transaction. */
    public static void makeTables(Session session) {
        session.execute(tables());
    }

    /** What {@link #makeTables} runs. */
    public static String tables() {
        return OwnTable.load(Ledger.class, "tables");
    }

    /** Whether the functions of schema {@code relevo} are those whose text has this hash. */
    public static boolean hasFunctions(Session session, String hash) {
        return session.exists(
                "SELECT FROM " + UPGRADE + " WHERE functions = ? AND format = ?", hash, FORMAT);
    }

    /** Says that they are now. Part of the caller's transaction. */
    public static void recordFunctions(Session session, String hash) {
        session.update(
                "UPDATE " + UPGRADE + " SET functions = ?, format = ?, version = ?",
                hash,
                FORMAT,
                Release.VERSION);
    }

    /** {@code start} is under way: what it makes is not to be relied on until it has ended. */
    public static void notReady(Session old) {
        if (old.exists(PREPARED)) {
            old.update("UPDATE " + UPGRADE + " SET ready = NULL WHERE ready IS NOT NULL");
        }
    }

    /** {@code start} has come to its end. */
    public static void ready(Session old) {
        old.update(
                "UPDATE " + UPGRADE + " SET ready = coalesce(ready, pg_catalog.clock_timestamp())");
    }

    /**
     * Drops what is not needed any more on the old side of an upgrade that is finished. What stays
     * says so to whoever starts it again, and keeps the journal. Part of the caller's transaction.
     */
    public static void finish(Session old) {
        old.execute(finish());
    }

    /** What {@link #finish(Session)} runs. */
    public static String finish() {
        return OwnTable.load(Ledger.class, "finish");
    }

    private static ProblemException taken(Found found, String what) {
        return new Problem(
                        ExitStatus.STATE,
                        "schema-taken",
                        "there is a schema named relevo at "
                                + found.address()
                                + " that is not ours",
                        "it is " + what,
                        "Rename it: ALTER SCHEMA relevo RENAME TO …; then run the same command again.")
                .toException();
    }
}
