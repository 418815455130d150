package dev.relevo.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.lab.Wire;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What takes longer than a second says whom it waits for, and nobody waits for a silent server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LongStatementsTest {
    private static final Duration MINUTE = Duration.ofSeconds(60);
    private static final Map<String, String> PATIENT =
            Map.of("statement_timeout", "0", "lock_timeout", "0");
    private static final Executor THREADS = work -> Thread.ofPlatform().daemon().start(work);

    private final Queue<String> notes = new ConcurrentLinkedQueue<>();
    private Lab lab;

    @BeforeAll
    void start() {
        lab = Lab.start(ServerSpec.of(11).unsafe(), ServerSpec.of(18).unsafe());
    }

    @AfterAll
    void stop() {
        lab.close();
    }

    private Endpoint database(int index) {
        return lab.server(index).superuser(LabServer.APPLICATION);
    }

    private static <T> CompletableFuture<T> meanwhile(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, THREADS);
    }

    private <T> T telling(Supplier<T> work) {
        notes.clear();
        return LongStatements.telling(notes::add, work);
    }

    private void awaitNote(String... parts) {
        Awaitility.await(List.of(parts).toString())
                .atMost(Duration.ofSeconds(20))
                .until(() ->
                        notes.stream()
                                .anyMatch(
                                        note -> List.of(parts).stream().allMatch(note::contains)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void tellsWhoHoldsTheLock(int index) {
        telling(() -> {
            try (Session holder = database(index).open("holder");
                    Session waiter = database(index).open("waiter", PATIENT)) {
                holder.execute("CREATE TABLE IF NOT EXISTS public.locked ()");
                holder.begin();
                holder.execute("LOCK TABLE public.locked");
                CompletableFuture<Void> waiting =
                        CompletableFuture.runAsync(
                                () -> waiter.execute("DROP TABLE public.locked"), THREADS);
                awaitNote(
                        "DROP TABLE public.locked waits for a lock (relation)",
                        "pid " + holder.pid() + " (relevo holder by ",
                        "idle in transaction for ");
                holder.rollback();
                waiting.join();
            }
            return true;
        });
    }

    /** The session that looks would stay for good, and be in the way of DROP DATABASE. */
    @Test
    void looksNoLongerWhenWhatItBeganToLookAtHadEndedAlready() {
        Running ended = statement();
        ended.close();
        Attention.begin("ended", ended);
        awaitNobodyWhoLooks("ended");

        Running first = statement();
        Attention attention = Attention.begin("first", first);
        assertThat(attention.attend(ended)).isTrue();
        first.close();
        awaitNobodyWhoLooks("first");
    }

    private Running statement() {
        return new Running(database(1), 1, "a statement", Running.Kind.LOOKED_AT, _ -> {});
    }

    private static void awaitNobodyWhoLooks(String place) {
        Awaitility.await("the end of relevo-look " + place)
                .atMost(MINUTE)
                .until(() ->
                        Thread.getAllStackTraces().keySet().stream()
                                .noneMatch(
                                        thread -> thread.getName().equals("relevo-look " + place)));
    }

    @Test
    void tellsThatASlotWaitsForATransactionThatIsOpen() {
        telling(() -> {
            try (Session writer = database(1).open("writer");
                    ReplicationSession walsender =
                            ReplicationSession.open(database(1), "slot", Map.of())) {
                writer.begin();
                writer.text("SELECT pg_catalog.txid_current()");
                CompletableFuture<ReplicationSession.Slot> slot =
                        meanwhile(() -> walsender.createSlot("waits"));
                awaitNote("CREATE_REPLICATION_SLOT", "pid " + writer.pid(), "relevo writer");
                writer.rollback();
                slot.join();
                writer.text("SELECT pg_catalog.pg_drop_replication_slot('waits')");
            }
            return true;
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void tellsOfASynchronousStandbyThatIsNotThere(int index) {
        telling(() -> {
            try (Session administrator = database(index).open("administrator");
                    Session session = database(index).open("writer")) {
                administrator.execute("ALTER SYSTEM SET synchronous_standby_names = '*'");
                administrator.execute("SELECT pg_catalog.pg_reload_conf()");
                Awaitility.await()
                        .until(() ->
                                administrator.text("SHOW synchronous_standby_names").equals("*"));
                CompletableFuture<Void> waiting =
                        CompletableFuture.runAsync(
                                () -> session.execute("CREATE TABLE public.replicated ()"),
                                THREADS);
                awaitNote("CREATE TABLE public.replicated", "synchronous_standby_names is '*'");
                administrator.execute("ALTER SYSTEM RESET synchronous_standby_names");
                administrator.execute("SELECT pg_catalog.pg_reload_conf()");
                waiting.join();
            }
            return true;
        });
    }

    @Test
    void saysNothingOfWhatIsMerelyAtWork() {
        telling(() -> {
            try (Session session = database(1).open("worker", PATIENT)) {
                session.text("SELECT pg_catalog.pg_sleep(3)");
            }
            return true;
        });
        assertThat(notes).isEmpty();
    }

    @Test
    void tellsWithWhomItConnectsAndGivesUpOnce() {
        try (Wire wire = Wire.to(lab.server(1).port())) {
            wire.fallSilent();
            Endpoint silent = wire.through(database(1));
            long begun = System.nanoTime();
            assertThatThrownBy(() -> telling(() -> silent.open("nobody")))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().status()).isEqualTo(ExitStatus.CONNECTION);
                                assertThat(e.problem().code()).isEqualTo("timeout");
                            });
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(Duration.ofSeconds(15));
            assertThat(notes).containsExactly("connecting to " + silent.display() + " …");
        }
    }

    /** Statements that may take hours by themselves, of every kind, all at once. */
    @Test
    void noStatementWaitsLongerThanAMinuteForAServerThatIsSilent() {
        try (Wire wire = Wire.to(lab.server(1).port());
                Session sleeper = wire.through(database(1)).open("sleeper", PATIENT);
                Session idle = wire.through(database(1)).open("idle", PATIENT);
                Session copier = wire.through(database(1)).open("copier", PATIENT);
                Session there = database(1).open("reader", PATIENT);
                Session writer = database(1).open("writer");
                ReplicationSession walsender =
                        ReplicationSession.open(wire.through(database(1)), "slot", Map.of())) {
            there.execute("CREATE TABLE public.copied (v text)");
            writer.begin();
            writer.text("SELECT pg_catalog.txid_current()");
            List<CompletableFuture<?>> all = new ArrayList<>();
            all.add(meanwhile(() -> sleeper.text("SELECT pg_catalog.pg_sleep(3600)")));
            all.add(meanwhile(() -> walsender.createSlot("silent")));
            all.add(
                    meanwhile(() ->
                            CopyPipe.run(
                                    copier,
                                    "COPY (SELECT pg_catalog.pg_sleep(0.1) FROM pg_catalog.generate_series(1, 100000)) TO STDOUT",
                                    there,
                                    "COPY public.copied FROM STDIN",
                                    CopyPipe.AS_THEY_ARE,
                                    _ -> {})));
            CompletableFuture<String> program = new CompletableFuture<>();
            all.add(program);
            try (var _ =
                    LongStatements.program(
                            wire.through(database(1)),
                            "pg_dump",
                            why -> program.completeExceptionally(new IllegalStateException(why)))) {
                Awaitility.await()
                        .until(() ->
                                there.text(
                                                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                                                        + " AND application_name IN ('relevo sleeper', 'relevo slot', 'relevo copier')")
                                        .equals("3"));
                wire.fallSilent();
                long begun = System.nanoTime();
                all.add(meanwhile(() -> idle.text("SELECT 1"))); // which is never acknowledged
                for (CompletableFuture<?> each : all) {
                    assertThat(each)
                            .failsWithin(MINUTE)
                            .withThrowableThat()
                            .withMessageContaining(
                                    "no answer from "
                                            + wire.through(database(1)).display()
                                            + " for ");
                }
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(MINUTE);
            }
            writer.rollback();
        }
    }

    @Test
    void goesOnWhenTheLineIsBack() {
        try (Wire wire = Wire.to(lab.server(1).port());
                Session session = wire.through(database(1)).open("sleeper", PATIENT)) {
            CompletableFuture<String> answer =
                    meanwhile(() -> session.text("SELECT pg_catalog.pg_sleep(2) IS NOT NULL"));
            wire.fallSilent();
            assertThat(answer).failsWithin(Duration.ofSeconds(12)); // not yet
            wire.speak();
            assertThat(answer).succeedsWithin(Duration.ofSeconds(10));
        }
    }

    @Test
    void noticesThatTheServerHasEndedTheSessionWithoutAWord() {
        try (Wire wire = Wire.to(lab.server(1).port());
                Session session = wire.through(database(1)).open("sleeper", PATIENT);
                Session there = database(1).open("administrator")) {
            CompletableFuture<String> answer =
                    meanwhile(() -> session.text("SELECT pg_catalog.pg_sleep(3600)"));
            Awaitility.await()
                    .until(() ->
                            there.exists(
                                    "SELECT FROM pg_stat_activity WHERE application_name = 'relevo look'"));
            wire.strand();
            there.text("SELECT pg_catalog.pg_terminate_backend(?)", session.pid());
            assertThat(answer)
                    .failsWithin(Duration.ofSeconds(20))
                    .withThrowableThat()
                    .withMessageContaining("has ended without a word");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void everySessionsServerNoticesWithinAMinuteThatWeAreGone(int index) {
        try (Session session = database(index).open("any")) {
            assertThat(session.text("SHOW tcp_keepalives_idle")).isEqualTo("30");
            assertThat(session.text("SHOW tcp_keepalives_interval")).isEqualTo("10");
            assertThat(session.text("SHOW tcp_keepalives_count")).isEqualTo("3");
            if (session.version().atLeast(12)) {
                assertThat(session.text("SHOW tcp_user_timeout")).isEqualTo("60000");
            }
        }
    }
}
