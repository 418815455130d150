package dev.relevo.torture;

import dev.relevo.torture.Seen.Attempt;
import dev.relevo.torture.Seen.Outcome;
import dev.relevo.torture.Seen.Tx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Clients on libpq with connections that last, in a process of Python's. */
final class PsycopgClient implements Client {
    /** Debian's own first: its packages are not for another one. */
    private static final List<String> PYTHONS = List.of("/usr/bin/python3", "python3");

    private static final Optional<String> PYTHON =
            PYTHONS.stream().filter(PsycopgClient::knowsPsycopg).findFirst();

    private final Process process;
    private final Thread reader;

    private PsycopgClient(Process process, Seen seen) {
        this.process = process;
        this.reader = Thread.ofPlatform().daemon().name("psycopg").start(() -> listen(seen));
    }

    /** Whether this machine has Python with psycopg2. */
    static boolean available() {
        return PYTHON.isPresent();
    }

    private static boolean knowsPsycopg(String python) {
        try {
            return new ProcessBuilder(python, "-c", "import psycopg2")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    static Client start(
            Seen seen,
            Path directory,
            Path passwords,
            String conninfo,
            int base,
            int number,
            int pace) {
        try (InputStream script =
                Objects.requireNonNull(
                        PsycopgClient.class.getResourceAsStream("clients.py"), "clients.py")) {
            Path program = directory.resolve("clients.py");
            Files.copy(script, program, StandardCopyOption.REPLACE_EXISTING);
            ProcessBuilder builder =
                    new ProcessBuilder(
                                    PYTHON.orElseThrow(),
                                    program.toString(),
                                    conninfo,
                                    Integer.toString(base),
                                    Integer.toString(number),
                                    Integer.toString(Field.ACCOUNTS),
                                    Integer.toString(pace))
                            .directory(directory.toFile())
                            .redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
            builder.environment().put("PGPASSFILE", passwords.toString());
            return new PsycopgClient(builder.start(), seen);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void listen(Seen seen) {
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                note(seen, line.split(" ", -1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void note(Seen seen, String[] word) {
        Tx id = new Tx(Integer.parseInt(word[1]), Integer.parseInt(word[2]));
        if (word[0].equals("S")) {
            seen.committing(id);
            return;
        }
        Outcome outcome =
                switch (word[0]) {
                    case "C" -> Outcome.COMMITTED;
                    case "N" -> Outcome.NOT_COMMITTED;
                    default -> Outcome.UNKNOWN;
                };
        seen.attempt(
                new Attempt(
                        id,
                        outcome,
                        Long.parseLong(word[3]),
                        Long.parseLong(word[4]),
                        word.length > 5 ? word[5] : ""));
    }

    @Override
    public void stop() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            reader.join(TimeUnit.SECONDS.toMillis(5));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
