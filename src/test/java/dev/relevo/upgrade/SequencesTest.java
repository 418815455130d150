package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * A number comes from the side that serves, or from nobody: also when a session sets read-only off,
 * is a superuser's, and the sequence cycles, descends or was never called. On the side that serves
 * each is defined as it was. One upgrade from its beginning to its end.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SequencesTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private static final String EXHAUSTED = "2200H";

    /** Each with the step to its next value. */
    private static final Map<String, Integer> SEQUENCES =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("public.up", 1),
                            Map.entry("public.down", -1),
                            Map.entry("public.round", 1),
                            Map.entry("public.round_down", -2),
                            Map.entry("public.fresh", 1),
                            Map.entry("public.fresh_down", -3),
                            Map.entry("public.fresh_later", 7),
                            Map.entry("public.negative", 5),
                            Map.entry("public.cached", 1),
                            Map.entry("public.small", 1),
                            Map.entry("public.\"O\"\"dd\"", 1),
                            Map.entry("public.t_id_seq", 1),
                            Map.entry("public.t_serial_seq", 1)));

    private static final String PREPARE =
            """
            CREATE SEQUENCE public.up; SELECT nextval('public.up') FROM generate_series(1, 10);
            CREATE SEQUENCE public.down INCREMENT -1; SELECT nextval('public.down');
            CREATE SEQUENCE public.round MAXVALUE 1000 CYCLE; SELECT setval('public.round', 17);
            CREATE SEQUENCE public.round_down INCREMENT -2 MINVALUE -100 MAXVALUE 100 CYCLE;
            SELECT setval('public.round_down', 50);
            CREATE SEQUENCE public.fresh;
            CREATE SEQUENCE public.fresh_down INCREMENT -3;
            CREATE SEQUENCE public.fresh_later INCREMENT 7 START 100 MINVALUE 3;
            CREATE SEQUENCE public.negative INCREMENT 5 MINVALUE -1000 START -1000;
            SELECT nextval('public.negative');
            CREATE SEQUENCE public.cached CACHE 10; SELECT nextval('public.cached');
            CREATE SEQUENCE public.small AS smallint CYCLE; SELECT setval('public.small', 32766);
            CREATE SEQUENCE public."O""dd"; SELECT nextval('public."O""dd"');
            CREATE TABLE public.t (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, serial serial);
            INSERT INTO public.t DEFAULT VALUES;
            """;

    private static final String DEFINITIONS =
            "SELECT string_agg(concat_ws(' ', s.seqrelid::regclass, seqtypid, seqstart, seqincrement, seqmax, seqmin,"
                    + " seqcache, seqcycle), '; ' ORDER BY s.seqrelid::regclass::text COLLATE \"C\") FROM pg_sequence s"
                    + " JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relnamespace = 'public'::regnamespace";

    private Ground ground;
    private String defined = "";

    @BeforeAll
    void start() {
        ground = Ground.prepared(14, 18);
        Ground.run(ground.superuser(Side.OLD), PREPARE);
        defined = definitions(Side.OLD);
        ground.upgrade.start(_ -> {});
    }

    @AfterAll
    void stop() {
        ground.close();
    }

    @Test
    @Order(1)
    void nobodyDrawsFromTheNewSideBeforeItServes() {
        requireServing(Side.OLD);
    }

    @Test
    @Order(2)
    void nobodyDrawsFromTheSideThatServedBefore() {
        ground.handOver(Side.OLD);
        requireServing(Side.NEW);
        ground.handOver(Side.NEW);
        requireServing(Side.OLD);
    }

    @Test
    @Order(3)
    void sequencesMadeSinceAreHeldBackWithTheNextHandover() {
        String more = "CREATE SEQUENCE public.later MAXVALUE 5 CYCLE";
        for (Side side : Side.values()) {
            Ground.run(ground.superuser(side), more);
        }
        defined = definitions(Side.OLD);
        SEQUENCES.put("public.later", 1);
        ground.handOver(Side.OLD);
        requireServing(Side.NEW);
        ground.handOver(Side.NEW);
        requireServing(Side.OLD);
    }

    @Test
    @Order(4)
    void anUndoneHandoverLeavesThemAsTheyWere() {
        dieAt("sequences");
        ground.awaitServing(Side.OLD, SOON);
        assertThat(definitions(Side.OLD)).isEqualTo(defined);
        ground.handOver(Side.OLD);
        requireServing(Side.NEW);
        ground.handOver(Side.NEW);
    }

    @Test
    @Order(5)
    void theMarkGivesThemBackWhenRelevoDiesAtTheCommitPoint() {
        dieAt("commit-point");
        ground.awaitServing(Side.NEW, SOON);
        requireServing(Side.NEW);
        ground.awaitNobodyAtWork();
        ground.handOver(Side.OLD); // tidies up
        requireServing(Side.NEW);
    }

    @Test
    @Order(6)
    void whatSomebodyAltersOnTheHeldSideStays() {
        Ground.run(ground.superuser(Side.OLD), "ALTER SEQUENCE public.up MAXVALUE 4000 CACHE 3");
        Ground.run(ground.superuser(Side.NEW), "ALTER SEQUENCE public.up MAXVALUE 4000 CACHE 3");
        defined = definitions(Side.NEW);
        ground.handOver(Side.NEW);
        requireServing(Side.OLD);
        ground.handOver(Side.OLD);
    }

    @Test
    @Order(7)
    void finishLeavesEveryDefinitionAsItWas() {
        ground.upgrade.finish(_ -> {});
        assertThat(definitions(Side.OLD)).isEqualTo(defined);
        assertThat(definitions(Side.NEW)).isEqualTo(defined);
    }

    private void dieAt(String step) {
        try (Coordinator coordinator = Coordinator.dyingAt("handover/" + step)) {
            coordinator.give("switch", ground.settings);
            assertThat(coordinator.await(SOON)).isNotZero();
        }
        ground.awaitNobodyAtWork();
    }

    private void requireServing(Side side) {
        assertThat(definitions(side)).isEqualTo(defined);
        Map<String, String> stands = new LinkedHashMap<>();
        SEQUENCES.keySet().forEach(name -> stands.put(name, stands(side, name)));
        SEQUENCES
                .keySet()
                .forEach(name -> {
                    for (int i = 0; i < 3; i++) {
                        assertThat(draw(side.other(), name))
                                .as("%s on %s", name, side.other())
                                .isEqualTo(EXHAUSTED);
                    }
                });
        SEQUENCES.forEach((name, step) -> {
            String next = draw(side, name);
            String stood = stands.getOrDefault(name, "");
            assertThat(next)
                    .as("%s on %s", name, side)
                    .isIn(
                            stood.endsWith(" f")
                                    ? List.of(stood.replace(" f", ""))
                                    : List.of(
                                            Long.toString(
                                                    Long.parseLong(stood.replace(" t", "")) + step),
                                            "1"));
        });
        // What was not drawn before has to be free to set.
        ground.text(side, "SELECT setval('public.round', 999)");
        ground.text(side, "SELECT setval('public.round', 17)");
    }

    private String stands(Side side, String name) {
        return ground.text(
                side,
                "SELECT last_value::text || CASE WHEN is_called THEN ' t' ELSE ' f' END FROM "
                        + name);
    }

    /** As somebody who insists, with no cache of values left from before. */
    private String draw(Side side, String name) {
        try (Session session = ground.superuser(side).open("insists")) {
            session.execute("SET default_transaction_read_only = off");
            return session.text("SELECT nextval(?::regclass)", name);
        } catch (PgException e) {
            return e.sqlState();
        }
    }

    private String definitions(Side side) {
        return ground.text(side, DEFINITIONS);
    }
}
