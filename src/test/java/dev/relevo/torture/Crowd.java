package dev.relevo.torture;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Endpoint;
import dev.relevo.torture.Field.Party;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** All the clients of a round, and a prober at each server. */
final class Crowd {
    private final List<Client> clients = new ArrayList<>();
    private final List<Prober> probers = new ArrayList<>();

    /**
     * Starts them.
     *
     * @param base above the number of every client so far
     * @param pace they pause so many times as long between two transactions
     */
    Crowd(Field field, Seen seen, Set<ClientKind> kinds, int base, int pace) {
        Endpoint role = field.application(Side.OLD);
        int oldPort = field.link(Party.CLIENTS, Side.OLD).port();
        int newPort = field.link(Party.CLIENTS, Side.NEW).port();
        List<Integer> oldFirst = List.of(oldPort, newPort);
        List<Integer> newFirst = List.of(newPort, oldPort);
        for (ClientKind kind : kinds) {
            int first = base + kind.first;
            switch (kind) {
                case PGBENCH -> {
                    if (PgbenchClient.available()) {
                        clients.add(
                                PgbenchClient.start(
                                        seen,
                                        field.home(),
                                        field.passwords(),
                                        libpq(newFirst, role),
                                        first,
                                        2,
                                        pace));
                    }
                }
                case PSYCOPG -> {
                    if (PsycopgClient.available()) {
                        clients.add(
                                PsycopgClient.start(
                                        seen,
                                        field.home(),
                                        field.passwords(),
                                        libpq(oldFirst, role),
                                        first,
                                        2,
                                        pace));
                    }
                }
                case HOSTILE, LONG ->
                        clients.add(JdbcClient.start(kind, 1, seen, role, oldFirst, first, pace));
                case POOL, CONNECT, DRAWS, READS ->
                        clients.add(JdbcClient.start(kind, 2, seen, role, newFirst, first, pace));
            }
        }
        for (Side side : Side.values()) {
            probers.add(
                    Prober.start(
                            seen,
                            field.application(side),
                            base + (side == Side.OLD ? 100 : 101),
                            pace));
        }
    }

    private static String libpq(List<Integer> ports, Endpoint role) {
        return "host=127.0.0.1,127.0.0.1 port=%d,%d user=%s dbname=%s connect_timeout=5"
                        .formatted(ports.getFirst(), ports.getLast(), role.user(), role.database())
                + " target_session_attrs=read-write tcp_user_timeout=10000";
    }

    /** Kinds that this machine has no program for. */
    static List<String> missing(Set<ClientKind> kinds) {
        return kinds.stream()
                .filter(kind ->
                        (kind == ClientKind.PGBENCH && !PgbenchClient.available())
                                || (kind == ClientKind.PSYCOPG && !PsycopgClient.available()))
                .map(ClientKind::toString)
                .toList();
    }

    /** The longest time by which the machine was late, in nanoseconds. */
    long longestStall() {
        return probers.stream().mapToLong(Prober::longestStall).max().orElse(0);
    }

    /** Ends them all, side by side. */
    void stop() {
        List<Client> all = new ArrayList<>(clients);
        all.addAll(probers);
        List<Thread> stops =
                all.stream().map(client -> Thread.ofPlatform().start(client::stop)).toList();
        for (Thread thread : stops) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
