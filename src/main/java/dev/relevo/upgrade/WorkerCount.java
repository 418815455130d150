package dev.relevo.upgrade;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Objects;

/**
 * How many workers a copy gets when nobody says.
 *
 * <p>A worker keeps one backend of the new server busy, which loads and builds, and one of the old
 * server, which reads: so there is one for each processor of the server that has fewer. PostgreSQL
 * does not tell its processors. Those of a server on this machine are the ones this process sees; a
 * tunnel, or a container with limits of its own, deceives us there. For a server elsewhere {@code
 * max_parallel_workers} is a hint when somebody set it, because people set it to the number of
 * processors; by itself it is 8 on every machine, which says nothing. Then {@link #UNKNOWN}.
 *
 * <p>Every worker takes a connection of each server. Clients come first, so workers take no more
 * than half of what is free; without a free one there is one worker still, which may use those that
 * are reserved for superusers.
 */
final class WorkerCount {
    /** For a server of which nothing is known: no small machine is overrun by as many. */
    static final int UNKNOWN = 4;

    /** The old server serves clients meanwhile, and disks and network have their limits too. */
    static final int MOST = 16;

    private static final String LOOK =
            """
            SELECT (SELECT least(p.setting::int, w.setting::int)
                    FROM pg_catalog.pg_settings p, pg_catalog.pg_settings w
                    WHERE p.name = 'max_parallel_workers' AND p.source <> 'default'
                      AND w.name = 'max_worker_processes') AS hint,
                   (SELECT pg_catalog.sum(CASE s.name WHEN 'max_connections' THEN 1 ELSE -1 END * s.setting::int)
                    FROM pg_catalog.pg_settings s
                    WHERE s.name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections'))
                   - (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a
                      WHERE a.backend_type IN ('client backend', 'walsender')) AS free
            """;

    private WorkerCount() {}

    /**
     * What was found out about a server.
     *
     * @param processors it has, as far as anybody can tell
     * @param free connections that nobody uses and nobody has reserved
     */
    record Look(int processors, long free) {
        int most() {
            return Math.clamp(free / 2, 1, Math.clamp(processors, 1, MOST));
        }
    }

    /** For {@code start}: what was asked for, else as many as suit both servers. */
    static int ofStart(Settings settings) {
        return settings.jobs() == Settings.AUTOMATIC
                ? Math.min(
                        look(settings.oldServer()).most(),
                        look(settings.newServer().withDatabase("postgres")).most())
                : settings.jobs();
    }

    /** For a helper: what was asked for, else one for each processor of the helper's machine. */
    static int ofHelper(Settings settings) {
        return settings.jobs() == Settings.AUTOMATIC
                ? Math.min(
                        new Look(here(), look(settings.oldServer()).free()).most(),
                        new Look(here(), look(settings.newServer()).free()).most())
                : settings.jobs();
    }

    private static Look look(Endpoint server) {
        try (Session session = server.open("copy plan")) {
            return look(session, isHere(server));
        }
    }

    /** Looks at one server. */
    static Look look(Session session, boolean here) {
        return session.one(
                LOOK,
                row ->
                        new Look(
                                here ? here() : row.isNull("hint") ? UNKNOWN : row.integer("hint"),
                                row.bigint("free")));
    }

    private static int here() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Whether a server runs on this machine, as far as its address tells. */
    static boolean isHere(Endpoint server) {
        if (server.isUnixSocket()) {
            return true;
        }
        String host =
                Objects.requireNonNullElse(server.parameters().get("hostaddr"), server.host());
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                if (address.isLoopbackAddress()
                        || NetworkInterface.getByInetAddress(address) != null) {
                    return true;
                }
            }
            return false;
        } catch (UnknownHostException | SocketException e) {
            return false;
        }
    }
}
