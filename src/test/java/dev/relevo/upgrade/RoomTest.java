package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.check.Finding;
import dev.relevo.lab.LabServer;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Lock tables and connections: what check asks for is enough, and less is not. */
class RoomTest {
    private static final Pattern NUMBER =
            Pattern.compile("Run (ALTER SYSTEM SET \\w+ = \\d+); on the (old|new) server, .*");

    /** Small lock tables, so that some hundred tables are too many for them. */
    @Test
    void lockTablesThatAreLargeEnoughForCheckAreLargeEnoughForTheWholeWay() {
        try (Ground ground = Ground.prepared(14, 16)) {
            for (Side side : Side.values()) {
                set(ground.server(side), "max_locks_per_transaction = 10", "max_connections = 40");
            }
            tables(ground.server(Side.OLD).application(), 600, 100);
            assertThat(errors(ground))
                    .extracting(Finding::id)
                    .containsOnly("lock-table")
                    .hasSize(2);
            doAsToldAndRestart(ground);
            assertThat(errors(ground)).isEmpty();
            ground.upgrade.start(_ -> {});
            assertThat(errors(ground)).isEmpty();
            ground.handOver(Side.OLD);
            ground.handOver(Side.NEW);
            ground.requireTidy(Side.OLD);
        }
    }

    @Test
    void tenThousandPartitionsAndTwoHundredDatabasesAreCounted() {
        try (Ground ground = Ground.prepared(14, 16)) {
            for (Side side : Side.values()) {
                set(ground.server(side), "max_connections = 100"); // as initdb leaves it
            }
            try (Session session = session(ground.server(Side.OLD).application())) {
                session.execute(
                        """
                        CREATE TABLE public.parted (a int) PARTITION BY RANGE (a);
                        DO $$ BEGIN
                            -- a hundred times a hundred: one table with all would be slow to make
                            FOR i IN 1..100 LOOP
                                EXECUTE format('CREATE TABLE public.part_%s PARTITION OF public.parted FOR VALUES FROM (%s) TO (%s) PARTITION BY RANGE (a)',
                                    i, i * 100, i * 100 + 100);
                                FOR j IN 0..99 LOOP
                                    EXECUTE format('CREATE TABLE public.part_%s_%s PARTITION OF public.part_%s FOR VALUES FROM (%s) TO (%s)',
                                        i, j, i, i * 100 + j, i * 100 + j + 1);
                                END LOOP;
                                COMMIT;
                            END LOOP;
                        END $$
                        """);
            }
            List<Finding> errors = errors(ground);
            assertThat(errors).extracting(Finding::id).containsOnly("lock-table").hasSize(2);
            assertThat(errors.getFirst().message()).contains("room for 6400 locks");
            doAsToldAndRestart(ground);
            assertThat(errors(ground)).isEmpty();
            try (Session session =
                    session(ground.server(Side.NEW).superuser(LabServer.SUPERUSER))) {
                for (int i = 1; i <= 200; i++) {
                    session.execute("CREATE DATABASE many_" + i + " STRATEGY wal_log");
                }
            }
            assertThat(errors(ground))
                    .extracting(Finding::id)
                    .containsExactlyInAnyOrder("lock-table", "connections");
            doAsToldAndRestart(ground);
            assertThat(errors(ground)).isEmpty();
        }
    }

    private static void tables(Endpoint application, int tables, int sequences) {
        try (Session session = session(application)) {
            session.execute(
                    """
                    DO $$ BEGIN
                        FOR i IN 1..%d LOOP
                            EXECUTE format('CREATE TABLE public.table_%%s (a int PRIMARY KEY, b text)', i);
                            IF i %% 20 = 0 THEN COMMIT; END IF;
                        END LOOP;
                        FOR i IN 1..%d LOOP
                            EXECUTE format('CREATE SEQUENCE public.sequence_%%s', i);
                            IF i %% 20 = 0 THEN COMMIT; END IF;
                        END LOOP;
                    END $$
                    """
                            .formatted(tables, sequences));
        }
    }

    private static Session session(Endpoint endpoint) {
        return endpoint.open("test", Map.of("statement_timeout", "0"));
    }

    private static List<Finding> errors(Ground ground) {
        return ground.upgrade.check().stream()
                .filter(finding -> finding.severity() == Finding.Severity.ERROR)
                .toList();
    }

    /** Runs the printed statements and restarts those servers. */
    private static void doAsToldAndRestart(Ground ground) {
        for (Side side : Side.values()) {
            List<String> statements =
                    errors(ground).stream()
                            .map(finding -> NUMBER.matcher(finding.hint()))
                            .filter(Matcher::matches)
                            .filter(matcher -> matcher.group(2).equals(side.label()))
                            .map(matcher -> matcher.group(1))
                            .toList();
            if (!statements.isEmpty()) {
                try (Session session = session(ground.superuser(side).withDatabase("postgres"))) {
                    statements.forEach(session::execute);
                }
                restart(ground.server(side));
            }
        }
    }

    private static void set(LabServer server, String... settings) {
        try (Session session = session(server.superuser(LabServer.SUPERUSER))) {
            for (String setting : settings) {
                session.execute("ALTER SYSTEM SET " + setting);
            }
        }
        restart(server);
    }

    private static void restart(LabServer server) {
        server.stop(LabServer.StopMode.FAST);
        server.start();
    }
}
