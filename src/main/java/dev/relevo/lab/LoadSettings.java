package dev.relevo.lab;

import dev.relevo.pg.Endpoint;
import java.time.Duration;
import java.util.List;

/**
 * What a load shall do.
 *
 * @param hosts where the application's database may be found, in the order in which clients look;
 *     one role, password and database for all
 * @param clients how many work at once
 * @param jobs how many clients may connect at once: pgbench's threads, which do nothing else
 *     meanwhile; a pool connects as it likes
 * @param time how long it runs when nobody stops it
 * @param think what a client of the built-in load waits between two transactions; pgbench's never
 *     wait
 */
public record LoadSettings(
        List<Endpoint> hosts, int clients, int jobs, Duration time, Duration think) {

    public LoadSettings {
        hosts = List.copyOf(hosts);
        if (hosts.isEmpty() || clients < 1 || jobs < 1 || time.toSeconds() < 1) {
            throw new IllegalArgumentException("a load needs hosts, clients, jobs and a second");
        }
        jobs = Math.min(jobs, clients);
    }

    /** The exercise's load: 20 clients in 4 jobs, for up to an hour. */
    public static LoadSettings of(List<Endpoint> hosts) {
        return new LoadSettings(hosts, 20, 4, Duration.ofHours(1), Duration.ZERO);
    }

    /** The same with other numbers. */
    public LoadSettings with(int otherClients, int otherJobs) {
        return new LoadSettings(hosts, otherClients, otherJobs, time, think);
    }

    /** The same with clients that leave some of the machine to others. */
    public LoadSettings thinking(Duration between) {
        return new LoadSettings(hosts, clients, jobs, time, between);
    }
}
