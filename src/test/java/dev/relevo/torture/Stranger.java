package dev.relevo.torture;

import dev.relevo.catalog.Side;
import dev.relevo.lab.LabServer;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.torture.Judge.Violation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A third server with a database of the same name, given by mistake as one of the two. */
final class Stranger {
    private static final List<String> COMMANDS =
            List.of("switch", "rollback", "abort", "finish", "start");

    private static final String CONTENTS =
            """
            SELECT concat_ws(' ',
                (SELECT string_agg(datname || datallowconn, ',' ORDER BY oid) FROM pg_database),
                (SELECT string_agg(rolname, ',' ORDER BY oid) FROM pg_roles),
                (SELECT string_agg(oid::regclass::text, ',' ORDER BY oid) FROM pg_class WHERE oid >= 16384),
                (SELECT string_agg(slot_name, ',') FROM pg_replication_slots),
                (SELECT string_agg(setconfig::text, ',') FROM pg_db_role_setting))
            """;

    private Stranger() {}

    /** Gives a command with the stranger in place of one of the servers; nothing may come of it. */
    static void strike(Scene scene) {
        Field field = scene.field();
        LabServer stranger = field.stranger();
        Endpoint database = stranger.superuser(LabServer.APPLICATION);
        try (Session session = database.open("torture")) {
            session.execute("CREATE TABLE IF NOT EXISTS public.unrelated AS SELECT 1 AS one");
        }
        String command = COMMANDS.get(scene.random().nextInt(COMMANDS.size()));
        Side given = scene.random().nextBoolean() ? Side.OLD : Side.NEW;
        String before = contents(database);
        try (Operator operator = field.operator(Map.of())) {
            operator.give(
                    field.line(
                            command,
                            "--" + given.label(),
                            Field.conninfo(stranger.port()),
                            "--yes",
                            "--json"));
            Optional<Integer> status = operator.await(Duration.ofMinutes(1));
            String what =
                    "%s --%s STRANGER ended with %s: %s"
                            .formatted(command, given.label(), status, operator.said());
            if (status.equals(Optional.of(0))) {
                scene.violations().add(new Violation("wrong server accepted", what));
            }
            if (!before.equals(contents(database))) {
                scene.violations().add(new Violation("wrong server changed", what));
            }
        }
    }

    private static String contents(Endpoint database) {
        try (Session session = database.open("torture")) {
            return session.text(CONTENTS);
        }
    }
}
