package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Finish that dies half way must never look like an upgrade that was not switched yet. */
class FinishDeathTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String PRIVILEGES =
            "SELECT string_agg(nspname || ' ' || coalesce(nspacl::text, ''), ', ' ORDER BY nspname)"
                    + " FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'relevo'";

    private final Map<Side, String> privileges = new EnumMap<>(Side.class);
    private Ground ground;

    @BeforeEach
    void switched() {
        ground = Ground.prepared(14, 16);
        ground.upgrade.start(_ -> {});
        for (Side side : Side.values()) {
            privileges.put(side, ground.text(side, PRIVILEGES));
        }
        ground.handOver(Side.OLD);
        Ground.run(
                ground.superuser(Side.NEW),
                "UPDATE public.pgbench_branches SET bbalance = 4711 WHERE bid = 1");
    }

    @AfterEach
    void close() {
        ground.close();
    }

    @Test
    void abortNeverTouchesTheServerThatServesAndTheSameAgainEndsIt() {
        List<String> undone =
                List.of("subscription", "publication-new", "fence-new", "prepare-old");
        for (String step : undone) {
            try (Coordinator coordinator = Coordinator.dyingAt("finish/" + step + "/undone")) {
                coordinator.give("finish", ground.settings);
                int status = coordinator.await(PATIENCE);
                assertThat(status).as(() -> coordinator.said()).isEqualTo(Coordinator.KILLED);
            }
            ground.awaitNobodyAtWork();
            assertThatThrownBy(() -> ground.upgrade.abort(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().status()).isEqualTo(ExitStatus.STATE));
            requireData();
        }
        ground.upgrade.finish(_ -> {});
        ground.upgrade.finish(_ -> {});
        requireData();
        String left =
                "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class WHERE"
                        + " relkind IN ('r', 'v') AND relnamespace = to_regnamespace('relevo')";
        assertThat(ground.text(Side.NEW, left)).isEmpty();
        assertThat(ground.text(Side.OLD, left)).isEqualTo("journal upgrade");
        assertThat(ground.upgrade.status().phase()).isEqualTo(Status.Phase.FINISHED);
    }

    /** Nobody types the command again that died; they have changed their minds. */
    @Test
    void clearsAwayARollbackThatDied() {
        Set<String> before = Traces.of(ground.superuser(Side.OLD), false);
        dieInRollback();
        assertThat(Traces.of(ground.superuser(Side.OLD), false)).isNotEqualTo(before);
        ground.handOver(Side.OLD);
        assertThat(Traces.of(ground.superuser(Side.OLD), false)).isEqualTo(before);
        ground.requireTidy(Side.NEW);

        dieInRollback();
        ground.upgrade.finish(_ -> {});
        for (Side side : Side.values()) {
            assertThat(Traces.of(ground.superuser(side), false))
                    .noneMatch(line -> Traces.isLeft(side, line))
                    .noneMatch(line -> line.startsWith("slot ") || line.startsWith("subscription "))
                    .contains("origin 0");
            assertThat(ground.text(side, PRIVILEGES)).isEqualTo(privileges.get(side));
        }
        requireData();
    }

    /** With schemas closed, a slot and a subscription made. */
    private void dieInRollback() {
        try (Coordinator coordinator = Coordinator.dyingAt("handover/drain")) {
            coordinator.give("rollback", ground.settings);
            int status = coordinator.await(PATIENCE);
            assertThat(status).as(() -> coordinator.said()).isEqualTo(Coordinator.KILLED);
        }
        ground.awaitNobodyAtWork();
        ground.awaitServing(Side.NEW, PATIENCE);
    }

    private void requireData() {
        try (Session session = ground.superuser(Side.NEW).open("look")) {
            assertThat(session.text("SELECT bbalance FROM public.pgbench_branches WHERE bid = 1"))
                    .isEqualTo("4711");
        }
    }
}
