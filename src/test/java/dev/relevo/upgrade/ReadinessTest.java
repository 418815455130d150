package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.problem.ProblemException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** A mark that arrives says nothing of tables that are not replicated: a switch must look. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReadinessTest {
    private static Ground ground;

    @BeforeAll
    static void follow() {
        ground = Ground.prepared(14, 16);
        Ground.run(
                ground.superuser(Side.OLD),
                "CREATE TABLE public.t (n int PRIMARY KEY); INSERT INTO public.t VALUES (1)");
        ground.upgrade.start(_ -> {});
    }

    @AfterAll
    static void close() {
        ground.close();
    }

    @Test
    @Order(1)
    void refusesATableThatExistsOnOneSideOnly() {
        Ground.run(ground.superuser(Side.OLD), "CREATE TABLE public.later (n int PRIMARY KEY)");
        assertRefused("schema-differs");
    }

    @Test
    @Order(2)
    void startAddsATableMadeOnBothSides() {
        Ground.run(ground.superuser(Side.OLD), "INSERT INTO public.later VALUES (1), (2)");
        Ground.run(ground.superuser(Side.NEW), "CREATE TABLE public.later (n int PRIMARY KEY)");
        assertRefused("not-replicated");

        ground.upgrade.start(_ -> {});

        ground.handOver(Side.OLD);
        assertThat(ground.text(Side.NEW, "SELECT count(*) FROM public.later")).isEqualTo("2");
        Ground.run(ground.superuser(Side.NEW), "INSERT INTO public.later VALUES (3)");
        ground.handOver(Side.NEW);
        assertThat(ground.text(Side.OLD, "SELECT count(*) FROM public.later")).isEqualTo("3");
    }

    @Test
    @Order(3)
    void refusesATableThatWasCreatedAnew() {
        Ground.run(
                ground.superuser(Side.OLD),
                "DROP TABLE public.t; CREATE TABLE public.t (n int PRIMARY KEY);"
                        + " INSERT INTO public.t VALUES (7)");
        assertRefused("table-recreated");
        assertThatThrownBy(() -> ground.upgrade.start(_ -> {}))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().code()).isEqualTo("table-recreated"));
        ground.upgrade.abort(_ -> {});
        ground.upgrade.start(_ -> {});
        ground.handOver(Side.OLD);
        assertThat(ground.text(Side.NEW, "SELECT n FROM public.t")).isEqualTo("7");
    }

    private static void assertRefused(String code) {
        assertThatThrownBy(() -> ground.handOver(Side.OLD))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().code()).isEqualTo(code));
    }
}
