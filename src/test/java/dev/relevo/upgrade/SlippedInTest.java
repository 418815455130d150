package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.relevo.catalog.Side;
import dev.relevo.handover.HandoverEvent;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * DDL that somebody gives while clients are handed over: whatever it changes is found before the
 * commit point, or waits for the end.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SlippedInTest {
    private static final String IMPATIENT = "SET lock_timeout = '200ms'; ";

    private Ground ground;

    @BeforeAll
    void start() {
        ground = Ground.prepared(14, 16);
        Ground.run(
                ground.superuser(Side.OLD),
                "CREATE TABLE public.t (id int PRIMARY KEY, n int, v varchar(10));"
                        + " CREATE SEQUENCE public.numbers; CREATE SEQUENCE public.\"Num\"\"bers\" AS"
                        + " smallint INCREMENT -1; SELECT setval('public.numbers', 7);");
        ground.upgrade.start(_ -> {});
    }

    @AfterAll
    void stop() {
        ground.close();
    }

    /** Between the list of tables and the first locks. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "ALTER TABLE public.t ADD COLUMN more int; ALTER TABLE public.t DROP COLUMN more",
                "ALTER TABLE public.t ALTER n TYPE bigint; ALTER TABLE public.t ALTER n TYPE int",
                "CREATE TABLE public.late (id int); DROP TABLE public.late"
            })
    void ddlBeforeTheFirstLocksIsFound(String change, String back) {
        refused("way back", session -> session.execute(change), back);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "CREATE TABLE public.late (id int); DROP TABLE public.late",
                "CREATE SEQUENCE public.late; DROP SEQUENCE public.late",
                "ALTER SEQUENCE public.numbers INCREMENT 5; ALTER SEQUENCE public.numbers INCREMENT 1",
                "ALTER SEQUENCE public.\"Num\"\"bers\" CYCLE; ALTER SEQUENCE public.\"Num\"\"bers\" NO CYCLE",
            })
    void ddlInTheOverlapIsFound(String change, String back) {
        refused("overlap", session -> session.execute(change), back);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "CREATE TABLE public.late (id int); DROP TABLE public.late",
                "ALTER SEQUENCE public.numbers MAXVALUE 99; ALTER SEQUENCE public.numbers NO MAXVALUE"
            })
    void ddlInTheDrainIsFound(String change, String back) {
        try (Session client = ground.superuser(Side.OLD).open("client")) {
            client.begin();
            client.execute("UPDATE public.pgbench_branches SET bbalance = bbalance");
            refused(
                    "drain",
                    _ -> {
                        client.execute(change);
                        client.commit();
                    },
                    back);
        }
    }

    @Test
    void ddlOnATableOfTheHandoverWaitsForItsEnd() {
        List<String> told = new ArrayList<>();
        List<String> changes =
                List.of(
                        "ALTER TABLE public.t ADD COLUMN more int",
                        "ALTER TABLE public.t DROP COLUMN v",
                        "ALTER TABLE public.t ALTER n TYPE bigint",
                        "DROP TABLE public.t",
                        "DROP SEQUENCE public.numbers");
        Consumer<HandoverEvent> listener =
                event -> {
                    if (event.step().equals("overlap")) {
                        try (Session session = ground.superuser(Side.OLD).open("client")) {
                            changes.forEach(change -> told.add(answer(session, change)));
                        }
                    }
                };
        ground.upgrade.switchOver(listener);
        ground.upgrade.rollback(_ -> {});
        assertThat(told).hasSameSizeAs(changes).containsOnly("55P03");
    }

    private static String answer(Session session, String change) {
        try {
            session.execute(IMPATIENT + change);
            return "";
        } catch (PgException e) {
            return e.sqlState();
        }
    }

    @Test
    void whatIsDrawnFromASequenceInTheOverlapIsNotDrawnAgain() {
        List<String> drawn = new ArrayList<>();
        ground.upgrade.switchOver(event -> {
            if (event.step().equals("overlap")) {
                drawn.add(ground.text(Side.OLD, "SELECT nextval('public.numbers')"));
                drawn.add(ground.text(Side.OLD, "SELECT nextval('public.\"Num\"\"bers\"')"));
            }
        });
        assertThat(ground.text(Side.NEW, "SELECT nextval('public.numbers')"))
                .isEqualTo(Long.toString(Long.parseLong(drawn.getFirst()) + 1));
        assertThat(ground.text(Side.NEW, "SELECT nextval('public.\"Num\"\"bers\"')"))
                .isEqualTo(Long.toString(Long.parseLong(drawn.getLast()) - 1));
        ground.upgrade.rollback(_ -> {});
    }

    /** Hands over, lets somebody slip in when a step begins, and takes his change back. */
    private void refused(String step, Consumer<Session> slipsIn, String back) {
        boolean[] done = {false};
        ProblemException refusal =
                catchThrowableOfType(
                        ProblemException.class,
                        () ->
                                ground.upgrade.switchOver(event -> {
                                    if (event.step().equals(step) && !done[0]) {
                                        done[0] = true;
                                        try (Session session =
                                                ground.superuser(Side.OLD).open("client")) {
                                            slipsIn.accept(session);
                                        }
                                    }
                                }));
        Ground.run(ground.superuser(Side.OLD), back);
        assertThat(done[0]).as("somebody slipped in").isTrue();
        assertThat(refusal.problem().code()).isEqualTo("schema-changed");
        assertThat(refusal.problem().status()).isEqualTo(ExitStatus.ABORTED);
        ground.requireTidy(Side.OLD);
    }
}
