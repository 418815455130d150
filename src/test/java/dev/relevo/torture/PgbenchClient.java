package dev.relevo.torture;

import dev.relevo.lab.PgbenchProgram;
import dev.relevo.torture.Seen.Attempt;
import dev.relevo.torture.Seen.Outcome;
import dev.relevo.torture.Seen.Tx;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The real pgbench with {@code --connect}. It says which transactions were answered; the one behind
 * the last of each client, if there is one, is a COMMIT whose answer it did not get.
 */
final class PgbenchClient implements Client {
    /** What is noted when one of its clients gave up. */
    static final String ABORTED = "pgbench-client-aborted";

    private final Seen seen;
    private final Process process;
    private final Path directory;
    private final int base;
    private final int number;

    private PgbenchClient(Seen seen, Process process, Path directory, int base, int number) {
        this.seen = seen;
        this.process = process;
        this.directory = directory;
        this.base = base;
        this.number = number;
    }

    static boolean available() {
        return PgbenchProgram.find().isPresent();
    }

    static Client start(
            Seen seen, Path home, Path passwords, String conninfo, int base, int number, int pace) {
        try {
            Path directory = Files.createTempDirectory(home, "pgbench-");
            Path script = directory.resolve("script");
            Files.writeString(script, script(base, pace));
            ProcessBuilder builder =
                    new ProcessBuilder(
                                    PgbenchProgram.find().orElseThrow().toString(),
                                    "--client=" + number,
                                    "--jobs=" + number,
                                    "--connect",
                                    "--no-vacuum",
                                    "--time=3600",
                                    "--define=n=0",
                                    "--file=" + script,
                                    "--log",
                                    "--log-prefix=" + directory.resolve("log"),
                                    conninfo)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .redirectInput(new File("/dev/null"))
                            .redirectOutput(directory.resolve("output").toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
            builder.environment().put("PGPASSFILE", passwords.toString());
            return new PgbenchClient(seen, builder.start(), directory, base, number);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String script(int base, int pace) {
        return """
        \\set n :n + 1
        \\set account random(1, %d)
        BEGIN;
        SELECT counter AS seen FROM accounts WHERE id = :account FOR UPDATE \\gset
        UPDATE accounts SET counter = :seen + 1 WHERE id = :account;
        INSERT INTO entries (client, n, account, seen) VALUES (%d + :client_id, :n, :account, :seen);
        COMMIT;
        \\sleep %d ms
        """
                .formatted(Field.ACCOUNTS, base, 50 * pace);
    }

    /** SIGALRM is what pgbench sends itself when {@code --time} is over. */
    @Override
    public void stop() {
        try {
            if (process.isAlive()) {
                new ProcessBuilder("kill", "-ALRM", Long.toString(process.pid())).start().waitFor();
            }
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            note();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * {@code client_id transaction_no time script_no time_epoch time_us}; only when something was
     * answered is known of it, not when it was asked.
     */
    private void note() throws IOException {
        Map<Integer, Integer> last = new HashMap<>();
        long offset = System.currentTimeMillis() * 1_000_000 - System.nanoTime();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(f -> f.getFileName().toString().startsWith("log.")).toList()) {
                List<String> lines = Files.readAllLines(file);
                for (String line : lines) {
                    String[] field = line.split(" ", -1);
                    if (field.length < 6 || !Character.isDigit(field[2].charAt(0))) {
                        continue;
                    }
                    int client = Integer.parseInt(field[0]);
                    int n = Integer.parseInt(field[1]);
                    long ended =
                            Long.parseLong(field[4]) * 1_000_000_000
                                    + Long.parseLong(field[5]) * 1000
                                    - offset;
                    seen.attempt(
                            new Attempt(
                                    new Tx(base + client, n), Outcome.COMMITTED, ended, ended, ""));
                    last.merge(client, n, Math::max);
                }
            }
        }
        for (int client = 0; client < number; client++) {
            int next = last.getOrDefault(client, 0) + 1;
            seen.attempt(
                    new Attempt(
                            new Tx(base + client, next),
                            Outcome.UNKNOWN,
                            0,
                            Long.MAX_VALUE,
                            "gave-up"));
        }
        String said = Files.readString(directory.resolve("output"));
        if (said.contains("aborted")) {
            seen.error(ABORTED);
            said.lines()
                    .filter(line -> line.contains("rror"))
                    .map(String::strip)
                    .distinct()
                    .limit(3)
                    .forEach(seen::error);
        }
    }
}
