package dev.relevo.schema;

import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.ServerId;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.Session;
import dev.relevo.plan.Progress;
import dev.relevo.problem.Failpoint;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A database on the new server that holds the schema of another one, without rows, for as long as
 * somebody looks at it.
 *
 * <p>It has the encoding and the locale that the real one has or will get. PUBLIC may not connect,
 * and its connection limit is 0, so that only superusers could. Schema {@code relevo}, fence
 * triggers, publications and subscriptions are not in it. What the server refuses is collected, and
 * the rest loaded all the same, each statement for itself: no lock table fills up, and nothing
 * waits for the disk.
 *
 * <p>The name proves whose it is, see {@link ScratchName}: nothing has to be written anywhere
 * before it is made. Whoever works with it holds an advisory lock in database {@code postgres}. So
 * what a killed process leaves is dropped by the next one of the same pair, and what another one is
 * at work with is left alone. Dropping it takes away the sessions there, which can only be
 * superusers'.
 *
 * <p>No event trigger of users has a say while it is loaded, nor in sessions there, and there are
 * no rows for functions to be called with. A planner may evaluate an immutable function with
 * constant arguments in an index, as the owner of its table. An owner who is missing on the new
 * server, as before the first start, is replaced by {@link #NOBODY}.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-createdatabase.html">CREATE
 *     DATABASE</a>
 */
public final class Scratch implements AutoCloseable {
    private static final String PURPOSE = "scratch";
    private static final Map<String, String> PATIENT = Map.of("statement_timeout", "10min");

    /** A role that every server has, and that may do nothing but read settings. */
    static final String NOBODY = "pg_read_all_settings";

    private static final List<String> SCHEMA =
            List.of("--section=pre-data", "--section=post-data", "--verbose", "--file=/dev/stdout");

    /** What psql is told: to go on after an error, and to tell all of it. */
    static final List<String> LOAD =
            List.of(
                    "--no-psqlrc",
                    "--quiet",
                    "--echo-errors",
                    "--set=VERBOSITY=verbose",
                    "--no-password",
                    "--output=/dev/null",
                    "--file=-");

    private final Endpoint newServer;
    private final String name;
    private final Session holder;
    private List<LoadFailure> failures = List.of();

    private Scratch(Endpoint newServer, String name, Session holder) {
        this.newServer = newServer;
        this.name = name;
        this.holder = holder;
    }

    /**
     * Makes one and loads it. First drops what killed processes of the same pair have left.
     *
     * @param source the database whose schema is loaded
     * @param newServer the database whose server it is made on; that one itself may be missing
     * @return to be closed, which drops it
     * @throws dev.relevo.problem.ProblemException when pg_dump fails, or a server is lost; the
     *     database is dropped then, if its server lets us
     */
    public static Scratch load(Endpoint source, Endpoint newServer, Progress progress) {
        dropLeftovers(source, newServer);
        progress.report(0, 0, "pg_dump of the schema");
        Session holder = newServer.maintenance(PURPOSE, PATIENT);
        Scratch scratch;
        try {
            SchemaDump dump = SchemaDump.take(source, holder.version());
            scratch = create(source, newServer, holder);
            try {
                scratch.fill(source, dump, progress);
                return scratch;
            } catch (RuntimeException | Error e) {
                closeAfter(scratch, e);
                throw e;
            }
        } catch (RuntimeException | Error e) {
            holder.close();
            throw e;
        }
    }

    private static void closeAfter(Scratch scratch, Throwable e) {
        try {
            scratch.close();
        } catch (RuntimeException suppressed) {
            e.addSuppressed(suppressed);
        }
    }

    private static Scratch create(Endpoint source, Endpoint newServer, Session holder) {
        String name = ScratchName.random(here(source), here(newServer));
        holder.text("SELECT pg_catalog.pg_advisory_lock(" + lock(name) + ")");
        Scratch scratch = new Scratch(newServer, name, holder);
        try {
            // CREATE DATABASE is no part of a transaction: a kill here leaves a name without mark.
            holder.execute(scratch.createStatement(source));
            Failpoint.reach("scratch/created");
            holder.transaction(() -> {
                holder.execute("REVOKE ALL ON DATABASE " + Quote.ident(name) + " FROM PUBLIC");
                holder.execute(
                        "COMMENT ON DATABASE %s IS %s"
                                .formatted(
                                        Quote.ident(name),
                                        Quote.literal(
                                                "Relevo rehearses the schema of "
                                                        + source.database()
                                                        + " here and drops it.")));
            });
            return scratch;
        } catch (RuntimeException | Error e) {
            closeAfter(scratch, e);
            throw e;
        }
    }

    /**
     * Like the database the schema goes to, or like the one it comes from while that is missing.
     */
    private String createStatement(Endpoint source) {
        boolean there =
                holder.exists(
                        "SELECT FROM pg_catalog.pg_database WHERE datname = ?",
                        newServer.database());
        int newMajor = holder.version().major();
        try (Session model = (there ? newServer : source).open(PURPOSE)) {
            DatabaseLike like = DatabaseLike.read(model, newMajor);
            Optional<String> tablespace =
                    Optional.of(like.tablespace())
                            .filter(space ->
                                    holder.exists(
                                            "SELECT FROM pg_catalog.pg_tablespace WHERE spcname = ?",
                                            space));
            return like.create(name, Optional.empty(), tablespace, 0);
        }
    }

    private void fill(Endpoint source, SchemaDump dump, Progress progress) {
        Set<String> missing = missingRoles(source);
        ScratchText text =
                ScratchText.of(dump.part(SCHEMA, newServer), missing, newServer.database());
        Failpoint.reach("scratch/loading");
        Child.Result loaded =
                Child.run(
                        dump.tools().psql(),
                        LOAD,
                        database(),
                        Servers.quiet(holder.version(), passive(holder.version())),
                        text.script().getBytes(StandardCharsets.ISO_8859_1),
                        bytes -> progress.report(bytes, text.script().length(), "bytes of SQL"));
        if (loaded.status() != 0) {
            throw SchemaDump.failed("psql", dump.tools(), loaded.errors());
        }
        failures = text.failures(PsqlErrors.of(loaded.errors()));
        Failpoint.reach("scratch/loaded");
    }

    private Set<String> missingRoles(Endpoint source) {
        String sql = "SELECT rolname AS name FROM pg_catalog.pg_roles";
        Set<String> there = Set.copyOf(holder.query(sql, row -> row.text("name")));
        try (Session session = source.open(PURPOSE)) {
            return session.query(sql, row -> row.text("name")).stream()
                    .filter(role -> !there.contains(role))
                    .collect(Collectors.toSet());
        }
    }

    private Endpoint database() {
        return newServer.withDatabase(name);
    }

    /** Of psql and of sessions there: nobody else's code runs, nothing is waited for. */
    private static Map<String, String> passive(ServerVersion version) {
        Map<String, String> all = new TreeMap<>();
        all.put("session_replication_role", "replica");
        all.put("synchronous_commit", "off");
        // What an error is, is found out by its words where its code does not tell.
        all.put("lc_messages", "C");
        if (version.atLeast(17)) {
            all.put("event_triggers", "off");
        }
        return all;
    }

    /** The statements that failed, in the order of the dump; follow-ups stand with their cause. */
    public List<LoadFailure> failures() {
        return failures;
    }

    /** Does something with a session in it, in which no event trigger fires. */
    public <T> T with(Function<Session, T> work) {
        try (Session session = database().open(PURPOSE, passive(holder.version()))) {
            return work.apply(session);
        }
    }

    /** Drops it. May be called again. */
    @Override
    public void close() {
        try {
            drop(holder, name);
            holder.text("SELECT pg_catalog.pg_advisory_unlock_all()");
        } finally {
            holder.close();
        }
    }

    /**
     * Drops what killed processes have left of the same pair, and nobody is at work with.
     *
     * @return how many there were
     */
    public static int dropLeftovers(Endpoint source, Endpoint newServer) {
        try (Session session = newServer.maintenance(PURPOSE, PATIENT)) {
            List<String> left = leftovers(source, newServer, session);
            int dropped = 0;
            for (String name : left) {
                if (session.text("SELECT pg_catalog.pg_try_advisory_lock(" + lock(name) + ")")
                        .equals("t")) {
                    drop(session, name);
                    session.text("SELECT pg_catalog.pg_advisory_unlock(" + lock(name) + ")");
                    dropped++;
                }
            }
            return dropped;
        }
    }

    /** Whether there is anything for {@link #dropLeftovers}; changes nothing. */
    static boolean hasLeftovers(Endpoint source, Endpoint newServer) {
        try (Session session = newServer.maintenance(PURPOSE)) {
            return !leftovers(source, newServer, session).isEmpty();
        }
    }

    private static List<String> leftovers(Endpoint source, Endpoint newServer, Session session) {
        List<String> candidates =
                session.query(
                        "SELECT datname FROM pg_catalog.pg_database"
                                + " WHERE pg_catalog.starts_with(datname::text, ?)",
                        row -> row.text("datname"),
                        ScratchName.PREFIX);
        if (candidates.isEmpty()) {
            return candidates;
        }
        ServerId old = here(source);
        ServerId fresh = here(newServer);
        return candidates.stream().filter(name -> ScratchName.isOf(name, old, fresh)).toList();
    }

    private static void drop(Session session, String name) {
        if (!session.version().atLeast(13)) {
            session.query(
                    "SELECT pg_catalog.pg_terminate_backend(pid) AS done"
                            + " FROM pg_catalog.pg_stat_activity WHERE datname = ?",
                    row -> row.bool("done"),
                    name);
        }
        session.execute(
                "DROP DATABASE IF EXISTS "
                        + Quote.ident(name)
                        + (session.version().atLeast(13) ? " WITH (FORCE)" : ""));
    }

    private static ServerId here(Endpoint database) {
        return Ledger.look(database, PURPOSE).here();
    }

    private static String lock(String name) {
        return "pg_catalog.hashtextextended(" + Quote.literal(name) + ", 0)";
    }
}
