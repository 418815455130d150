package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Server;
import dev.relevo.handover.Installation;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.ledger.Identity;
import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.ServerId;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.schema.FenceTriggers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a transaction sees whose first statement waits at the gate, while a change arrives there by
 * replication. The answers are the table in {@code docs/handover.md}, for each kind of statement
 * and each isolation level.
 */
class GateSnapshotsTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    private static final List<String> LEVELS =
            List.of("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE");

    private static final String PREPARE =
            """
            CREATE TABLE public.t (id int PRIMARY KEY, bal int NOT NULL);
            CREATE TABLE public.notes (bal int);
            CREATE SEQUENCE public.numbers;
            INSERT INTO public.t VALUES (1, 10);
            CREATE FUNCTION public.stable() RETURNS int LANGUAGE plpgsql STABLE AS
                $$ BEGIN RETURN (SELECT bal FROM public.t); END $$;
            CREATE FUNCTION public.volatile() RETURNS int LANGUAGE plpgsql VOLATILE AS
                $$ BEGIN RETURN (SELECT bal FROM public.t); END $$;
            """;

    /** The first statement, which waits, and one that shows what it saw; or nothing. */
    private static final Map<String, List<String>> STATEMENTS = new LinkedHashMap<>();

    static {
        kind("SELECT", "SELECT bal FROM public.t");
        kind("PREPARE, EXECUTE", "PREPARE p AS SELECT bal FROM public.t", "EXECUTE p");
        kind("DECLARE, FETCH", "DECLARE c CURSOR FOR SELECT bal FROM public.t", "FETCH c");
        kind("COPY table TO", "COPY public.t (bal) TO STDOUT");
        kind("COPY (query) TO", "COPY (SELECT bal FROM public.t) TO STDOUT");
        kind(
                "CREATE TABLE AS",
                "CREATE TEMP TABLE seen AS SELECT bal FROM public.t",
                "SELECT bal FROM seen");
        kind(
                "EXPLAIN ANALYZE",
                "EXPLAIN (ANALYZE, TIMING off) SELECT FROM public.t WHERE bal = 110");
        kind("STABLE function", "SELECT public.stable()");
        kind("VOLATILE function", "SELECT public.volatile()");
        kind("DO", "DO $$ BEGIN PERFORM bal FROM public.t; END $$", "SELECT bal FROM public.t");
        kind("nextval", "SELECT nextval('public.numbers') * 0 + bal FROM public.t");
        kind("LOCK TABLE", "LOCK TABLE public.t IN ROW SHARE MODE", "SELECT bal FROM public.t");
        kind("SELECT … FOR UPDATE", "SELECT bal FROM public.t FOR KEY SHARE");
        kind("INSERT … SELECT", "INSERT INTO public.notes SELECT bal FROM public.t RETURNING bal");
        kind("COPY FROM", "COPY public.notes FROM STDIN", "SELECT bal FROM public.t");
    }

    private static void kind(String name, String... statements) {
        STATEMENTS.put(name, List.of(statements));
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 16, 18})
    void whoWaitsSeesWhatTheTableInTheDocumentSays(int major) throws IOException {
        Map<String, List<String>> seen;
        try (Lab lab = Lab.start(ServerSpec.of(major).unsafe())) {
            Endpoint database = lab.server(0).superuser(LabServer.APPLICATION);
            close(database);
            seen = open(database);
        }
        List<String> document = Files.readAllLines(Path.of("docs/handover.md"));
        seen.forEach((kind, cells) -> {
            String row =
                    document.stream()
                            .filter(line -> line.startsWith("| " + kind + " |"))
                            .findFirst()
                            .orElse("| %s | %s |".formatted(kind, String.join(" | ", cells)));
            List<String> written =
                    Stream.of(row.split("\\|", -1)).map(String::strip).skip(2).limit(3).toList();
            for (int i = 0; i < LEVELS.size(); i++) {
                assertThat(cells.get(i))
                        .as("%s, %s, PostgreSQL %d", kind, LEVELS.get(i), major)
                        .isIn(allowed(written.get(i), i > 0));
            }
            assertThat(document).contains(row);
        });
    }

    /** The keeper may be quicker than the statement, where there is something for it to end. */
    private static List<String> allowed(String written, boolean keeps) {
        return keeps && !written.equals("new") ? List.of(written, "57P01") : List.of(written);
    }

    /** A side that follows: fenced, and not open. */
    private static void close(Endpoint database) {
        Ground.run(database, PREPARE);
        ServerId here = Ledger.look(database, "test").here();
        new Installation(Server.old(database), Server.old(database), Identity.of(here, here), 1)
                .apply((_, _, _) -> {});
        FenceTriggers.onOld(
                        database,
                        List.of(
                                new QualifiedName("public", "t"),
                                new QualifiedName("public", "notes")))
                .apply((_, _, _) -> {});
        Ground.run(
                database,
                "UPDATE relevo.state SET status = 'closed'; SELECT relevo.set_fence(true)");
    }

    /** Shuts the gate, lets clients wait, lets a change arrive, opens, and tells what they saw. */
    private static Map<String, List<String>> open(Endpoint database) {
        Map<String, List<Client>> clients = new LinkedHashMap<>();
        try (Session gate = database.open("relevo switch gate");
                Session keeper = database.open("relevo switch keeper");
                Session look = database.withDatabase("postgres").open("look");
                Session apply =
                        database.open(
                                "apply",
                                Map.of(
                                        "session_replication_role",
                                        "replica",
                                        "relevo.passes_fence",
                                        "on"))) {
            apply.execute(
                    "PREPARE arrives (int) AS UPDATE public.t SET bal = $1; EXECUTE arrives(10)");
            gate.text("SELECT count(*) FROM relevo.state, relevo.marks");
            // As the keeper does: what it runs needs no name that is not known.
            keeper.text(
                    "SELECT count(relevo.await_starting()) FROM relevo.state, pg_catalog.pg_locks LIMIT 1");
            gate.begin();
            gate.text("SELECT relevo.set_fence(true)"); // as the gate's transaction, it has an xid
            gate.execute("LOCK TABLE pg_catalog.pg_namespace IN ACCESS EXCLUSIVE MODE");
            CompletableFuture<String> kept =
                    begin(() -> {
                        keeper.execute("CALL relevo.keep_gate(0, 'f')");
                        return "";
                    });
            await(look, 1);
            STATEMENTS.forEach((kind, statements) ->
                    clients.put(
                            kind,
                            LEVELS.stream()
                                    .map(level -> new Client(database, level, statements))
                                    .toList()));
            clients.values().forEach(row -> row.forEach(Client::begin));
            await(look, 1 + STATEMENTS.size() * LEVELS.size());
            apply.execute("EXECUTE arrives(110)");
            gate.text("SELECT relevo.open_at_commit('{}')");
            gate.commit();
            kept.join();
            Map<String, List<String>> seen = new LinkedHashMap<>();
            clients.forEach((kind, row) -> seen.put(kind, row.stream().map(Client::end).toList()));
            return seen;
        } finally {
            clients.values().forEach(row -> row.forEach(Client::close));
        }
    }

    private static void await(Session look, int waiting) {
        Ground.await(
                SOON,
                waiting + " wait at the gate",
                () ->
                        look.text(
                                        "SELECT count(*) FROM pg_locks WHERE relation = 2615 AND NOT granted")
                                .equals(Integer.toString(waiting)));
    }

    private static CompletableFuture<String> begin(Supplier<String> work) {
        return CompletableFuture.supplyAsync(work, Thread.ofPlatform().daemon()::start);
    }

    /** One transaction. */
    private static final class Client {
        private final Session session;
        private final List<String> statements;
        private CompletableFuture<String> first = CompletableFuture.completedFuture("");

        Client(Endpoint database, String level, List<String> statements) {
            this.session = database.open("client");
            this.statements = statements;
            session.execute("SET application_name = client; BEGIN ISOLATION LEVEL " + level);
        }

        void begin() {
            first = GateSnapshotsTest.begin(() -> answer(statements.getFirst()));
        }

        /** What the first statement showed, and whether the transaction could commit. */
        String end() {
            String shown = first.join();
            if (statements.size() > 1 && shown.equals("nothing")) {
                shown = answer(statements.getLast());
            }
            if (shown.length() == 5) {
                return shown;
            }
            String then = answer("COMMIT");
            return then.length() == 5 ? shown + ", then " + then : shown;
        }

        private String answer(String statement) {
            try {
                String text = run(statement);
                return switch (text) {
                    case "" -> "nothing";
                    case "110" -> "new";
                    case "10" -> "old";
                    default -> text.contains("actual rows=1") ? "new" : "old";
                };
            } catch (PgException e) {
                return e.sqlState();
            } catch (SQLException e) {
                // The driver's COPY tells of a lost connection, whatever the server said last.
                return "08006".equals(e.getSQLState()) ? "57P01" : String.valueOf(e.getSQLState());
            } catch (IOException e) {
                return "57P01";
            }
        }

        private String run(String statement) throws SQLException, IOException {
            if (statement.endsWith("TO STDOUT")) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                session.driver().getCopyAPI().copyOut(statement, out);
                return out.toString(StandardCharsets.UTF_8).strip();
            }
            if (statement.endsWith("FROM STDIN")) {
                session.driver()
                        .getCopyAPI()
                        .copyIn(
                                statement,
                                new ByteArrayInputStream("1\n".getBytes(StandardCharsets.UTF_8)));
                return "";
            }
            boolean rows =
                    statement.startsWith("SELECT")
                            || statement.startsWith("EXECUTE")
                            || statement.startsWith("EXPLAIN")
                            || statement.startsWith("FETCH")
                            || statement.contains("RETURNING");
            if (rows) {
                return session.text(statement);
            }
            session.execute(statement);
            return "";
        }

        void close() {
            session.close();
        }
    }
}
