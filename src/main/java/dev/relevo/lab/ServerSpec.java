package dev.relevo.lab;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a server of the lab shall be like.
 *
 * @param major PostgreSQL's major version
 * @param logical whether {@code wal_level} is {@code logical} instead of {@code replica}
 * @param fsync whether it is safe against a crash of the machine; tests do without
 * @param application whether role and database {@code pgbench} are made, as on the exercise's
 *     source
 * @param settings further lines for {@code postgresql.conf}, which win over the lab's own
 */
public record ServerSpec(
        int major,
        boolean logical,
        boolean fsync,
        boolean application,
        Map<String, String> settings) {

    public ServerSpec {
        ServerBinaries.requireKnown(major);
        settings = Map.copyOf(settings);
    }

    /** The exercise's source: logical, with fsync, with role and database {@code pgbench}. */
    public static ServerSpec of(int major) {
        return new ServerSpec(major, true, true, true, Map.of());
    }

    /** The exercise's target before anything is moved: no role and no database of ours. */
    public static ServerSpec empty(int major) {
        return new ServerSpec(major, true, true, false, Map.of());
    }

    /**
     * The same for tests: without fsync, and an apply worker that failed, or was started a moment
     * ago, is started again after 200 ms instead of five seconds.
     */
    public ServerSpec unsafe() {
        return new ServerSpec(major, logical, false, application, settings)
                .with("wal_retrieve_retry_interval", "200ms");
    }

    /** The same with {@code wal_level=replica}, as {@code initdb} leaves it. */
    public ServerSpec notLogical() {
        return new ServerSpec(major, false, fsync, application, settings);
    }

    /** The same with one more line in {@code postgresql.conf}. */
    public ServerSpec with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(settings);
        more.put(name, value);
        return new ServerSpec(major, logical, fsync, application, more);
    }
}
