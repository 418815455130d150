package dev.relevo.cli.e2e;

import dev.relevo.lab.LabServer;
import dev.relevo.pg.Session;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Reads all the time what others may read: which statements run on both servers, which commands on
 * this machine, what the servers log.
 */
final class Eavesdropper implements AutoCloseable {
    private static final String QUERIES =
            "SELECT coalesce(query, '') AS text FROM pg_catalog.pg_stat_activity";
    private static final String STATISTICS = "SELECT query AS text FROM public.pg_stat_statements";

    private final List<LabServer> servers;
    private final Map<LabServer, Integer> logged;
    private final Set<String> queries = ConcurrentHashMap.newKeySet();
    private final Set<String> commands = ConcurrentHashMap.newKeySet();
    private final List<Thread> threads;
    private volatile boolean closed;

    /** Begins; what was logged before is nobody's business here. */
    Eavesdropper(LabServer... servers) {
        this.servers = List.of(servers);
        this.logged =
                this.servers.stream()
                        .collect(Collectors.toMap(server -> server, s -> s.log().length()));
        this.threads =
                java.util.stream.Stream.concat(
                                this.servers.stream()
                                        .map(s -> Thread.ofVirtual().start(() -> queries(s))),
                                java.util.stream.Stream.of(
                                        Thread.ofPlatform().daemon().start(this::commands)))
                        .toList();
    }

    private void queries(LabServer server) {
        try (Session session = open(server)) {
            while (!closed) {
                queries.addAll(session.query(QUERIES, row -> row.text("text")));
                pause();
            }
        }
    }

    private void commands() {
        while (!closed) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
                for (Path process : all) {
                    command(process.resolve("cmdline"));
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            pause();
        }
    }

    private void command(Path file) {
        try {
            commands.add(Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // It ended meanwhile.
            assert e != null;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(3);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Statements of ours do not make the logs longer. */
    private static Session open(LabServer server) {
        return server.superuser("postgres")
                .open(
                        "eavesdropper",
                        Map.of(
                                "log_statement",
                                "none",
                                "log_min_duration_statement",
                                "-1",
                                "log_min_duration_sample",
                                "-1",
                                "log_transaction_sample_rate",
                                "0",
                                "debug_print_parse",
                                "off"));
    }

    /** All that was seen, by where. */
    Map<String, String> heard() {
        Map<String, String> heard = new java.util.TreeMap<>();
        heard.put("pg_stat_activity", String.join("\n", queries));
        heard.put("command lines", String.join("\n", commands));
        for (LabServer server : servers) {
            String name = "of " + server.spec().major();
            heard.put("log " + name, server.log().substring(logged.getOrDefault(server, 0)));
            try (Session session = open(server)) {
                heard.put(
                        "pg_stat_statements " + name,
                        String.join("\n", session.query(STATISTICS, row -> row.text("text"))));
            }
        }
        return heard;
    }

    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
