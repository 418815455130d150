package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** An upgrade that another version of Relevo has begun. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OtherRelevoTest {
    private Ground ground;

    @BeforeAll
    void follow() {
        ground = Ground.prepared(14, 16);
        ground.upgrade.start(_ -> {});
    }

    @AfterAll
    void stop() {
        ground.close();
    }

    @Test
    void functionsOfAnOlderOneAreReplacedBeforeAHandover() {
        for (Side side : Side.values()) {
            Ground.run(
                    ground.superuser(side),
                    "UPDATE relevo.upgrade SET format = 1, functions = 'of an older one';"
                            + " CREATE OR REPLACE FUNCTION relevo.await_starting() RETURNS int[] LANGUAGE"
                            + " plpgsql AS 'BEGIN RAISE ''outdated''; END';"
                            + " CREATE OR REPLACE FUNCTION relevo.close_schemas() RETURNS void LANGUAGE"
                            + " plpgsql AS 'BEGIN RAISE ''outdated''; END'");
        }
        ground.upgrade.switchOver(_ -> {});
        ground.upgrade.rollback(_ -> {});
        ground.requireTidy(Side.OLD);
        for (Side side : Side.values()) {
            assertThat(ground.text(side, "SELECT format::text FROM relevo.upgrade")).isEqualTo("2");
        }
    }

    @Test
    void aNewerOneIsLeftToItself() {
        Ground.run(
                ground.superuser(Side.NEW),
                "UPDATE relevo.upgrade SET format = 99, version = '9.0'");
        try {
            assertThatThrownBy(() -> ground.upgrade.switchOver(_ -> {}))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> {
                                assertThat(e.problem().status()).isEqualTo(ExitStatus.STATE);
                                assertThat(e.problem().code()).isEqualTo("newer-format");
                                assertThat(e.problem().hint()).contains("9.0");
                            });
        } finally {
            Ground.run(ground.superuser(Side.NEW), "UPDATE relevo.upgrade SET format = 2");
        }
    }
}
