package dev.relevo.lab;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Follows pgbench's per-transaction logs, of which each thread writes one, in blocks of 4 kB.
 *
 * <p>The latency written there begins only after {@code --connect} has connected. So we take the
 * time from one end of a client's transaction to the next, which is all that a client without think
 * time waits; it includes waiting for the other clients of the same thread to connect, because
 * pgbench connects synchronously.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/pgbench.html#PGBENCH-PER-TRANSACTION-LOGGING">Per-transaction
 *     logging</a>
 */
final class PgbenchLog {
    private final Path directory;
    private final Map<Path, Long> offsets = new HashMap<>();
    private final Map<String, Long> lastEnd = new HashMap<>();
    private final Latencies latencies = new Latencies();
    private long committed;

    PgbenchLog(Path directory) {
        this.directory = directory;
    }

    boolean exists() {
        return !files().isEmpty();
    }

    /** Reads what has been added since the last call. */
    PgbenchLog read() {
        files().forEach(this::readOn);
        return this;
    }

    /** As far as read. */
    long committed() {
        return committed;
    }

    /** As far as read. */
    Latencies latencies() {
        return latencies;
    }

    private List<Path> files() {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(file -> file.getFileName().toString().startsWith("log.")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readOn(Path path) {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            long offset = offsets.getOrDefault(path, 0L);
            byte[] bytes = new byte[Math.toIntExact(file.length() - offset)];
            file.seek(offset);
            file.readFully(bytes);
            String text = new String(bytes, StandardCharsets.US_ASCII);
            int complete = text.lastIndexOf('\n') + 1;
            text.substring(0, complete).lines().forEach(this::transaction);
            offsets.put(path, offset + complete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code client_id transaction_no time script_no time_epoch time_us}. */
    private void transaction(String line) {
        String[] field = line.split(" ", -1);
        if (field.length < 6 || !Character.isDigit(field[2].charAt(0))) {
            // "failed" or "skipped" stands in place of the time.
            return;
        }
        committed++;
        long end = Long.parseLong(field[4]) * 1_000_000 + Long.parseLong(field[5]);
        Long before = lastEnd.put(field[0], end);
        latencies.record(end, before == null ? Long.parseLong(field[2]) : end - before);
    }
}
