package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Failpoint;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A start that fails because of the schema goes on when that is put right on the old server. */
class RehearsalTest {
    private static final String DATABASES =
            "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database";

    @Test
    void aFailedStartIsNoDeadEnd() {
        try (Ground ground = Ground.prepared(14, 18)) {
            run(
                    ground,
                    """
                    CREATE TABLE public.a (id int PRIMARY KEY, x int);
                    CREATE TABLE public.b (id int PRIMARY KEY, aid int REFERENCES public.a);
                    DO $do$ BEGIN EXECUTE $$
                    CREATE FUNCTION public.parsed() RETURNS TABLE (id int, x int, n bigint) LANGUAGE sql
                        BEGIN ATOMIC
                            SELECT a.id, a.x, count(*) FROM a JOIN b ON b.aid = a.id GROUP BY a.id;
                            SELECT a.id, a.x, count(*) FROM a JOIN b ON b.aid = a.id GROUP BY a.id;
                        END $$; END $do$;
                    CREATE TABLE public.c (id int PRIMARY KEY, aid int);
                    ALTER TABLE public.c ADD CONSTRAINT c_aid_fkey FOREIGN KEY (aid) REFERENCES public.a;
                    CREATE TABLE public.d (id int PRIMARY KEY, aid int);
                    ALTER TABLE public.d ADD CONSTRAINT d_aid_fkey FOREIGN KEY (aid) REFERENCES public.a;
                    CREATE TABLE public.e (id int PRIMARY KEY, aid int);
                    ALTER TABLE public.e ADD CONSTRAINT e_aid_fkey FOREIGN KEY (aid) REFERENCES public.a;
                    INSERT INTO public.a VALUES (1, 1);
                    CREATE VIEW public.lost AS SELECT buffers_backend FROM pg_stat_bgwriter;
                    CREATE VIEW public.gone AS SELECT checkpoints_req FROM pg_stat_bgwriter;
                    """);
            String before = ground.shared(Side.NEW, DATABASES);
            for (String place : List.of("scratch/created", "scratch/loaded")) {
                try (Coordinator coordinator = Coordinator.dyingAt(place)) {
                    coordinator.give("start", ground.settings);
                    assertThat(coordinator.await(Duration.ofSeconds(60)))
                            .as(coordinator::said)
                            .isEqualTo(Coordinator.KILLED);
                }
                assertThat(ground.shared(Side.NEW, DATABASES)).contains("relevo_scratch_");
                ground.awaitNobodyAtWork();
            }
            assertThat(ground.upgrade.rehearse()).hasSize(2);
            assertThat(ground.shared(Side.NEW, DATABASES)).isEqualTo(before);
            assertThat(ground.upgrade.plan())
                    .anyMatch(step -> step.id().equals("rehearsal") && !step.done());
            assertThatThrownBy(() -> ground.upgrade.start(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().status()).isEqualTo(ExitStatus.CHECK);
                                assertThat(e.problem().code()).isEqualTo("rehearsal");
                                assertThat(e.problem().message() + e.problem().detail())
                                        .contains("view public.lost", "view public.gone");
                            });
            assertThat(ground.shared(Side.NEW, DATABASES)).isEqualTo(before);
            run(ground, "DROP VIEW public.lost; DROP VIEW public.gone");

            // Behind the check that looks for such rows.
            Failpoint.onReach(place -> {
                if (place.equals("start/schema/applied")) {
                    run(
                            ground,
                            "SET session_replication_role = replica;"
                                    + " INSERT INTO public.c VALUES (1, 1), (2, 99);"
                                    + " INSERT INTO public.d VALUES (1, 98);"
                                    + " INSERT INTO public.e VALUES (1, 97)");
                }
            });
            assertThatThrownBy(() -> ground.upgrade.start(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().code()).isEqualTo("schema-not-restored");
                                assertThat(e.problem().message() + e.problem().detail())
                                        .contains("c_aid_fkey", "d_aid_fkey", "e_aid_fkey")
                                        .contains("(aid)=(99) is not present in table");
                                assertThat(e.problem().hint())
                                        .contains(
                                                "ALTER TABLE \"public\".\"c\" DROP CONSTRAINT"
                                                        + " \"c_aid_fkey\";");
                            });
            Failpoint.onReach(_ -> {});
            // The row goes, the constraint goes, the constraint is not checked.
            run(
                    ground,
                    "DELETE FROM public.c WHERE id = 2; ALTER TABLE public.d DROP CONSTRAINT d_aid_fkey;"
                            + " ALTER TABLE public.e DROP CONSTRAINT e_aid_fkey;"
                            + " ALTER TABLE public.e ADD CONSTRAINT e_aid_fkey FOREIGN KEY (aid)"
                            + " REFERENCES public.a NOT VALID");
            ground.upgrade.start(_ -> {});
            String constraints =
                    "SELECT string_agg(conname || convalidated, ',' ORDER BY conname)"
                            + " FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace";
            assertThat(ground.text(Side.NEW, constraints))
                    .isEqualTo("b_aid_fkeytrue,c_aid_fkeytrue,e_aid_fkeyfalse")
                    .isEqualTo(ground.text(Side.OLD, constraints));
            String body =
                    "SELECT regexp_replace(pg_get_functiondef('public.parsed'::regproc), '\\s+', ' ', 'g')";
            assertThat(ground.text(Side.NEW, body)).isEqualTo(ground.text(Side.OLD, body));
            assertThat(ground.upgrade.plan())
                    .anyMatch(step -> step.id().equals("rehearsal") && step.done());
            ground.upgrade.abort(_ -> {});
            assertThat(ground.shared(Side.NEW, DATABASES)).isEqualTo(before);
        }
    }

    private static void run(Ground ground, String sql) {
        Ground.run(ground.superuser(Side.OLD), "SET search_path = public, pg_catalog;" + sql);
    }
}
