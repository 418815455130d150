package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.check.Finding;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows are applied whatever the owner of their table may do, also while schemas are closed. */
class OwnersTest {
    /**
     * Every kind of expression that is evaluated when a row is written calls a function in turn.
     */
    private static final String TABLES =
            """
            CREATE ROLE app; CREATE SCHEMA app AUTHORIZATION app;
            CREATE ROLE "the Owner"; CREATE SCHEMA "The Schema" AUTHORIZATION "the Owner";
            SET ROLE app; SET check_function_bodies = off;
            CREATE FUNCTION app.g(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i; END';
            CREATE FUNCTION app.f(i int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
                'BEGIN RETURN app.g(i) IS NOT NULL; END';
            CREATE FUNCTION app.h(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN app.g(i) + 1; END';
            CREATE DOMAIN app.checked AS int CHECK (app.f(VALUE));
            CREATE TABLE app.by_check (id int PRIMARY KEY, v int CHECK (app.f(v)));
            CREATE TABLE app.by_index (id int PRIMARY KEY, v int);
            CREATE INDEX ON app.by_index (app.h(v));
            CREATE INDEX ON app.by_index (v) WHERE app.f(v);
            CREATE TABLE app.by_domain (id int PRIMARY KEY, v app.checked);
            CREATE TABLE app.by_generated (id int PRIMARY KEY, v int, w int GENERATED ALWAYS AS (app.h(v)) STORED);
            CREATE TABLE app.by_partition (id int, v int CHECK (app.f(v)), PRIMARY KEY (id)) PARTITION BY RANGE (id);
            CREATE TABLE app.by_partition_1 PARTITION OF app.by_partition FOR VALUES FROM (0) TO (2);
            CREATE TABLE app.by_partition_2 PARTITION OF app.by_partition FOR VALUES FROM (2) TO (9);
            CREATE TABLE app.refers (id int PRIMARY KEY REFERENCES app.by_check, v int);
            SET ROLE "the Owner";
            CREATE TABLE "The Schema".revoked (id int PRIMARY KEY, v int);
            REVOKE ALL ON "The Schema".revoked FROM "the Owner";
            GRANT SELECT ON "The Schema".revoked TO "the Owner";
            CREATE TABLE "The Schema".without_any (id int, v int);
            REVOKE ALL ON "The Schema".without_any FROM "the Owner";
            CREATE TABLE "The Schema".by_policy (id int PRIMARY KEY, v int);
            ALTER TABLE "The Schema".by_policy ENABLE ROW LEVEL SECURITY;
            ALTER TABLE "The Schema".by_policy FORCE ROW LEVEL SECURITY;
            CREATE POLICY none ON "The Schema".by_policy USING (false) WITH CHECK (false);
            RESET ROLE;
            """;

    private static final String[] NAMES = {
        "app.by_check",
        "app.by_index",
        "app.by_domain",
        "app.by_generated",
        "app.by_partition",
        "app.refers",
        "\"The Schema\".revoked",
        "\"The Schema\".without_any",
        "\"The Schema\".by_policy"
    };

    @ParameterizedTest
    @CsvSource({"14, 16", "14, 18"})
    void handsOverWhileTablesWhoseOwnersMayNotWriteAreWritten(int oldMajor, int newMajor)
            throws Exception {
        try (Ground ground = Ground.prepared(oldMajor, newMajor)) {
            StringBuilder rows = new StringBuilder(TABLES);
            for (String name : NAMES) {
                rows.append("INSERT INTO %s (id, v) VALUES (1, 0), (2, 0);".formatted(name));
            }
            Ground.run(ground.superuser(Side.OLD), rows.toString());
            ground.upgrade.start(_ -> {});
            requireEqual(ground);
            for (Side from : new Side[] {Side.OLD, Side.NEW, Side.OLD}) {
                handOverUnderWrites(ground, from);
                requireEqual(ground);
                for (String name : NAMES) {
                    Ground.run(
                            ground.superuser(from.other()),
                            "UPDATE " + name + " SET v = v + 1000 WHERE id = 1");
                }
                requireEqual(ground);
            }
            Ground.run(ground.superuser(Side.NEW), "TRUNCATE " + String.join(", ", NAMES));
            requireEqual(ground);
        }
    }

    /**
     * What an owner attached to a table is told by name beforehand, and then runs as a superuser.
     */
    @Test
    void namesTheCodeOfOwnersThatRunsAsTheOwnerOfTheSubscription() {
        try (Ground ground = Ground.prepared(14, 16)) {
            Ground.run(
                    ground.superuser(Side.OLD),
                    """
                    CREATE ROLE mallory; CREATE SCHEMA mallory AUTHORIZATION mallory; SET ROLE mallory;
                    CREATE FUNCTION mallory.checks(i int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
                    CREATE FUNCTION mallory.fires() RETURNS trigger LANGUAGE plpgsql AS
                        'BEGIN NEW.by := current_user || pg_catalog.current_setting(''is_superuser''); RETURN NEW; END';
                    CREATE FUNCTION mallory.harmless() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                    CREATE TABLE mallory.t (id int PRIMARY KEY CHECK (mallory.checks(id)), by text);
                    CREATE TRIGGER fires BEFORE INSERT ON mallory.t FOR EACH ROW EXECUTE PROCEDURE mallory.fires();
                    ALTER TABLE mallory.t ENABLE REPLICA TRIGGER fires;
                    CREATE TRIGGER harmless BEFORE INSERT ON mallory.t FOR EACH ROW EXECUTE PROCEDURE mallory.harmless();
                    RESET ROLE;
                    """);
            assertThat(ground.upgrade.check())
                    .filteredOn(finding -> finding.id().equals("owners-code"))
                    .singleElement()
                    .satisfies(finding -> {
                        assertThat(finding.severity()).isEqualTo(Finding.Severity.WARNING);
                        assertThat(finding.detail())
                                .contains("mallory.fires() of mallory")
                                .contains("mallory.checks(integer) of mallory")
                                .doesNotContain("harmless");
                    });
            ground.upgrade.start(_ -> {});
            Ground.run(ground.superuser(Side.OLD), "INSERT INTO mallory.t VALUES (1, 'old')");
            ground.upgrade.awaitFollowing();
            assertThat(ground.text(Side.NEW, "SELECT by FROM mallory.t"))
                    .matches("relevo_.*_applies_.*on");
        }
    }

    /** Writes to each of the tables until it is refused. */
    private static void handOverUnderWrites(Ground ground, Side from) throws Exception {
        AtomicBoolean written = new AtomicBoolean();
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> writer = executor.submit(() -> write(ground, from, written, over));
            Ground.await(Duration.ofSeconds(20), "writes", () -> written.get() || writer.isDone());
            try {
                ground.handOver(from);
                writer.get();
            } finally {
                over.set(true);
            }
        }
    }

    private static void write(Ground ground, Side from, AtomicBoolean written, AtomicBoolean over) {
        while (!over.get()) {
            try (Session session = ground.superuser(from).open("writer")) {
                for (String name : NAMES) {
                    session.execute("UPDATE " + name + " SET v = v + 1");
                }
                written.set(true);
            } catch (RuntimeException e) {
                if (String.valueOf(e.getMessage()).contains("has been handed over")
                        || ground.text(from, "SELECT status FROM relevo.state").equals("fenced")) {
                    return;
                }
                // Sent away by the drain.
            }
        }
    }

    private static void requireEqual(Ground ground) {
        ground.upgrade.awaitFollowing();
        assertThat(Contents.checksums(ground.superuser(Side.NEW)))
                .isEqualTo(Contents.checksums(ground.superuser(Side.OLD)));
    }
}
