package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.drift.Difference;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** What clients do to their tables, and to DDL, does not undo the fence, nor is undone by it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FencedTablesTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private static final String NOTES_DDL =
            """
            CREATE TABLE public.ddl (id serial PRIMARY KEY, tag text, at timestamptz);
            CREATE FUNCTION public.note_ddl() RETURNS event_trigger LANGUAGE plpgsql AS
                $$ BEGIN INSERT INTO public.ddl (tag, at) VALUES (tg_tag, now()); END $$;
            CREATE EVENT TRIGGER note_ddl ON ddl_command_end EXECUTE FUNCTION public.note_ddl();
            CREATE EVENT TRIGGER note_ddl_start ON ddl_command_start EXECUTE FUNCTION public.note_ddl();
            """;

    private static final String ALL_TRIGGERS =
            "ALTER TABLE public.pgbench_accounts %1$s TRIGGER ALL; ALTER TABLE public.probe %1$s TRIGGER ALL;";

    private Ground ground;

    @BeforeAll
    void start() {
        ground = Ground.prepared(14, 16);
        Ground.run(ground.superuser(Side.OLD), NOTES_DDL);
        ground.upgrade.start(_ -> {});
    }

    @AfterAll
    void stop() {
        ground.close();
    }

    @Test
    @Order(1)
    void whoDisablesAndEnablesAllTriggersGoesOnWriting() {
        Ground.run(
                ground.superuser(Side.OLD),
                ALL_TRIGGERS.formatted("DISABLE") + ALL_TRIGGERS.formatted("ENABLE"));
        assertThat(ground.client(Side.OLD).write()).isEmpty();
    }

    @Test
    @Order(2)
    void fenceIsRaisedOnTablesWhoseTriggersAreDisabled() {
        Ground.run(
                ground.superuser(Side.OLD),
                ALL_TRIGGERS.formatted("DISABLE")
                        + "DROP TRIGGER relevo_fence ON public.pgbench_tellers");
        // On the side that follows it would let clients in.
        try (Session session = ground.superuser(Side.NEW).openForDdl("test")) {
            session.execute(ALL_TRIGGERS.formatted("DISABLE"));
        }
        ground.handOver(Side.OLD);
        ground.awaitServing(Side.NEW, SOON);
        ground.requireTidy(Side.NEW);
        for (String role : List.of("origin", "replica")) {
            try (Session client =
                    ground.superuser(Side.OLD)
                            .open("client", Map.of("session_replication_role", role))) {
                for (String table : List.of("pgbench_accounts", "pgbench_tellers")) {
                    assertThatThrownBy(() -> client.execute("TRUNCATE public." + table))
                            .isInstanceOfSatisfying(
                                    PgException.class,
                                    e -> assertThat(e.sqlState()).isEqualTo("25006"));
                }
            }
        }
    }

    @Test
    @Order(3)
    void truncateIsAppliedBehindTheFenceOfARoleThatIsNoSuperuser() {
        Ground.run(
                ground.superuser(Side.NEW),
                "SET ROLE pgbench; INSERT INTO public.probe VALUES ('old', 1); TRUNCATE public.probe;"
                        + " INSERT INTO public.probe VALUES ('new', 2)");
        ground.upgrade.awaitFollowing();
        assertThat(ground.text(Side.OLD, "SELECT string_agg(side || n, ',') FROM public.probe"))
                .isEqualTo("new2");
    }

    @Test
    @Order(4)
    void eventTriggerThatNotesDownDdlHasNoSay() {
        String before = ground.text(Side.NEW, "SELECT count(*) FROM public.ddl");
        ground.handOver(Side.NEW);
        ground.awaitServing(Side.OLD, SOON);
        ground.requireTidy(Side.OLD);
        assertThat(ground.text(Side.OLD, "SELECT count(*) FROM public.ddl")).isEqualTo(before);
    }

    @Test
    @Order(5)
    void eventTriggerThatFiresInAReplicaIsRefusedByName() {
        Ground.run(ground.superuser(Side.OLD), "ALTER EVENT TRIGGER note_ddl ENABLE ALWAYS");
        // One that fires in a replica would meet what Relevo does there, so nobody carries it.
        assertThat(ground.upgrade.sync(false, _ -> {}).differences()).hasSize(1);
        ground.upgrade.ignoreDifferences(
                new Alike(Pair.prove(ground.settings, "test"), Side.OLD)
                        .look().differences().stream().map(Difference::id).toList());
        assertThatThrownBy(() -> ground.handOver(Side.OLD))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> {
                            assertThat(e.problem().code()).isEqualTo("event-trigger-always");
                            assertThat(e.problem().detail()).isEqualTo("note_ddl");
                        });
        assertThat(ground.client(Side.OLD).write()).isEmpty();
    }
}
