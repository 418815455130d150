package dev.relevo.cli.e2e;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.ArrayList;
import java.util.List;

/** What a server's catalogs say, a line for each thing, sorted. */
final class Snapshot {
    private Snapshot() {}

    /** Roles, their passwords and settings, databases, slots, what ALTER SYSTEM said, sessions. */
    static List<String> server(Endpoint any) {
        return read(any, "server");
    }

    /** What is in the database, {@code pg_catalog} apart. */
    static List<String> database(Endpoint database) {
        return read(database, "database");
    }

    /** Both. */
    static List<String> all(Endpoint database) {
        List<String> all = new ArrayList<>(server(database));
        all.addAll(database(database));
        return all;
    }

    private static List<String> read(Endpoint endpoint, String file) {
        try (Session session = endpoint.open("snapshot")) {
            return session.query(SqlFile.load(Snapshot.class, file), row -> row.text("line"));
        }
    }
}
