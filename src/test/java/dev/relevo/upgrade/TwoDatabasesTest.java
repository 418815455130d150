package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.check.Finding;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Two databases of the same two servers are moved at once, and neither is taken for the other. */
class TwoDatabasesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** As many as one upgrade asks for. */
    private static final String SLOTS = "3";

    @Test
    void eachHasItsOwnWorkersSlotsAndHandovers() {
        try (Ground ground = Ground.prepared(14, 16)) {
            Ground.run(ground.superuser(Side.OLD), "CREATE DATABASE \"Other one\"");
            Endpoint old = ground.superuser(Side.OLD).withDatabase("Other one");
            Endpoint fresh = ground.superuser(Side.NEW).withDatabase("Other one");
            Ground.run(
                    old,
                    "CREATE TABLE public.t (id int PRIMARY KEY); INSERT INTO public.t"
                            + " VALUES (1)");
            try (Upgrade other = upgrade(ground, "Other one")) {
                ground.upgrade.start(_ -> {});
                other.start(_ -> {});
                Ground.run(old, "INSERT INTO public.t VALUES (13)");
                subscription(fresh, "DISABLE");
                Ground.await(PATIENCE, "no worker", () -> !works(other));
                assertThat(works(ground.upgrade)).isTrue();
                assertThat(works(other)).isFalse();
                subscription(fresh, "ENABLE");
                other.awaitFollowing();
                ground.handOver(Side.OLD);
                assertThat(other.status().phase()).isEqualTo(Status.Phase.FOLLOWING);
                other.switchOver(_ -> {});
                assertThat(other.status().phase()).isEqualTo(Status.Phase.SWITCHED);
                Ground.run(fresh, "INSERT INTO public.t VALUES (2)");
                other.awaitFollowing();
                ground.handOver(Side.NEW);
                other.finish(_ -> {});
                ground.upgrade.awaitFollowing();
                ground.upgrade.abort(_ -> {});
                assertThat(ground.shared(Side.OLD, "SELECT count(*) FROM pg_replication_slots"))
                        .isEqualTo("0");
                try (Session session = fresh.open("look")) {
                    assertThat(session.text("SELECT count(*) FROM public.t")).isEqualTo("3");
                }
            }
        }
    }

    /** The only one of its database, whatever its name. */
    private static void subscription(Endpoint database, String verb) {
        try (Session session = database.openForDdl("test")) {
            String name =
                    session.text(
                            "SELECT quote_ident(subname) FROM pg_subscription s JOIN pg_database d ON"
                                    + " d.oid = s.subdbid WHERE datname = current_database()");
            session.execute("ALTER SUBSCRIPTION " + name + " " + verb);
        }
    }

    /** What the one uses is not free for the other. */
    @Test
    void theOneCountsWhatTheOtherUses() {
        try (Ground ground =
                Ground.prepared(
                        ServerSpec.of(14).unsafe().with("max_replication_slots", SLOTS),
                        ServerSpec.empty(16).unsafe())) {
            Ground.run(ground.superuser(Side.OLD), "CREATE DATABASE other");
            try (Upgrade other = upgrade(ground, "other")) {
                assertThat(slots(other)).isEmpty();
                ground.upgrade.start(_ -> {});
                assertThat(slots(other)).hasSize(1);
                assertThat(slots(ground.upgrade)).isEmpty();
            }
        }
    }

    private static List<String> slots(Upgrade upgrade) {
        return upgrade.check().stream()
                .filter(finding -> finding.id().equals("replication-slots"))
                .map(Finding::message)
                .toList();
    }

    private static Upgrade upgrade(Ground ground, String database) {
        return new Upgrade(
                new Settings(
                        ground.superuser(Side.OLD).withDatabase(database),
                        ground.superuser(Side.NEW).withDatabase(database),
                        Optional.empty(),
                        Optional.empty(),
                        ground.settings.handover(),
                        2,
                        1),
                database);
    }

    private static boolean works(Upgrade upgrade) {
        return upgrade.status().replication().orElseThrow().subscriptions().stream()
                .allMatch(Status.Subscription::workerRunning);
    }
}
