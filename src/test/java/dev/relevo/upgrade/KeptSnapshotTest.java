package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Who keeps the snapshot is recognized, wherever one asks from and whatever the server shows. */
class KeptSnapshotTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void goesOnFromAnotherTimeZoneAndLocale() {
        try (Ground ground = Ground.prepared(14, 16)) {
            abroad("start", "copy/CHUNK", "Asia/Tokyo", Coordinator.KILLED, ground);
            String snapshot = ground.text(Side.OLD, CopyTest.SNAPSHOT);
            assertThat(ground.upgrade.status().copy().orElseThrow().lost()).isFalse();
            abroad("copy-worker", "copy/CHUNK", "America/St_Johns", Coordinator.KILLED, ground);
            assertThat(ground.upgrade.joinCopy(_ -> {}).chunks()).isPositive();
            abroad("start", "", "Pacific/Apia", 0, ground);
            assertThat(ground.text(Side.OLD, CopyTest.SNAPSHOT)).isEqualTo(snapshot);
            requireEqual(ground);
        }
    }

    /** From 11, because what a server without the setting shows has not changed since. */
    @Test
    void copiesAndGoesOnWhereActivitiesAreNotTracked() {
        try (Ground ground = Ground.prepared(11, 16)) {
            Ground.run(
                    ground.superuser(Side.OLD),
                    "ALTER DATABASE pgbench SET track_activities = off;"
                            + " ALTER ROLE postgres SET track_activities = off;"
                            + " ALTER ROLE postgres IN DATABASE pgbench SET track_activities = off");
            Ground.run(
                    ground.superuser(Side.NEW).withDatabase("postgres"),
                    "ALTER SYSTEM SET track_activities = off; SELECT pg_reload_conf()");
            try (Coordinator dying = Coordinator.dyingAt("copy/CHUNK")) {
                dying.give("start", ground.settings.withJobs(1));
                assertThat(dying.await(PATIENCE)).as(dying::said).isEqualTo(Coordinator.KILLED);
            }
            ground.awaitNobodyAtWork();
            String snapshot = ground.text(Side.OLD, CopyTest.SNAPSHOT);
            ground.upgrade.start(_ -> {});
            assertThat(ground.text(Side.OLD, CopyTest.SNAPSHOT)).isEqualTo(snapshot);
            requireEqual(ground);
        }
    }

    private static void abroad(
            String command, String place, String timeZone, int status, Ground ground) {
        try (Coordinator coordinator = Coordinator.dyingAbroadAt(place, timeZone)) {
            coordinator.give(command, ground.settings.withJobs(1));
            assertThat(coordinator.await(PATIENCE)).as(coordinator::said).isEqualTo(status);
        }
        ground.awaitNobodyAtWork();
    }

    private static void requireEqual(Ground ground) {
        ground.upgrade.awaitFollowing();
        assertThat(Contents.checksums(ground.superuser(Side.NEW)))
                .isEqualTo(Contents.checksums(ground.superuser(Side.OLD)));
    }
}
