package dev.relevo.lab;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The exercise's own load: the real pgbench with the exercise's arguments, and {@code --log}
 * besides.
 *
 * <p>It is a child of the lab's, at work in the lab's directory, so it never outlives the lab.
 */
public final class PgbenchLoad implements Load {
    /** More than {@code connect_timeout}, within which a client may be stuck. */
    private static final int STOP_SECONDS = 45;

    private static final Pattern PROCESSED =
            Pattern.compile("number of transactions actually processed: (\\d+)");
    private static final Pattern FAILED = Pattern.compile("number of failed transactions: (\\d+)");
    private static final Pattern GAVE_UP =
            Pattern.compile("client (\\d+) (script \\d+ )?aborted|Run was aborted");
    private static final Pattern CLIENT_GAVE_UP =
            Pattern.compile("client (\\d+) (script \\d+ )?aborted");
    private static final Pattern COMPLAINT =
            Pattern.compile(
                    "^.*\\b(error|fatal|ERROR|FATAL|PANIC|aborted|could not)\\b.*$",
                    Pattern.MULTILINE);

    private final Process process;
    private final Path output;
    private final PgbenchLog log;
    private @Nullable LoadReport report;

    private PgbenchLoad(Process process, Path output, PgbenchLog log) {
        this.process = process;
        this.output = output;
        this.log = log;
    }

    static PgbenchLoad start(Lab lab, LoadSettings settings) {
        Path program =
                PgbenchProgram.find()
                        .orElseThrow(() ->
                                new Problem(
                                                ExitStatus.USAGE,
                                                "no-pgbench",
                                                "pgbench is not installed",
                                                "",
                                                "Run apt-get install postgresql-contrib, or choose"
                                                        + " another load with --load jdbc.")
                                        .toException());
        try {
            Path directory = Files.createTempDirectory(lab.directory(), "pgbench-");
            Path output = directory.resolve("output");
            List<String> command =
                    List.of(
                            program.toString(),
                            "--client=" + settings.clients(),
                            "--connect",
                            "--jobs=" + settings.jobs(),
                            "--time=" + settings.time().toSeconds(),
                            "--progress=5",
                            "--log",
                            "--log-prefix=" + directory.resolve("log"),
                            PgbenchProgram.conninfo(settings.hosts()));
            ProcessBuilder builder = Command.prepare(directory, command);
            builder.environment().put("PGPASSFILE", lab.passfile().toString());
            builder.redirectOutput(output.toFile());
            return new PgbenchLoad(builder.start(), output, new PgbenchLog(directory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized Counters counters() {
        if (report != null) {
            return report.counters();
        }
        return new Counters(log.read().committed(), count(CLIENT_GAVE_UP, said()), 0);
    }

    @Override
    public synchronized Latencies latencies() {
        return log.read().latencies();
    }

    /** SIGALRM is what pgbench sends itself when {@code --time} is over. */
    @Override
    public synchronized LoadReport stop() {
        if (report == null) {
            awaitFirstConnection();
            if (process.isAlive()) {
                Command.attempt(
                        Path.of("/"),
                        List.of("sh", "-c", "kill -ALRM \"$0\"", Long.toString(process.pid())));
            }
            report = sumUp(awaitEnd());
        }
        return report;
    }

    private int awaitEnd() {
        try {
            if (process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                return process.exitValue();
            }
            process.destroyForcibly().waitFor();
            return -1;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw Command.interrupted(e);
        }
    }

    /** Before its clients run, pgbench has no handler for SIGALRM and would just die. */
    private void awaitFirstConnection() {
        try {
            for (int i = 0; i < 200 && process.isAlive() && !log.exists(); i++) {
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            throw Command.interrupted(e);
        }
    }

    private LoadReport sumUp(int status) {
        String said = said();
        Latencies latencies = log.read().latencies();
        long committed = number(PROCESSED, said, log.committed());
        long gaveUp = count(CLIENT_GAVE_UP, said);
        long failed = Math.max(gaveUp, number(FAILED, said, 0));
        // It says something is wrong, and not what.
        if (status != 0 || GAVE_UP.matcher(said).find()) {
            failed = Math.max(failed, 1);
        }
        Stream<String> exit =
                status == 0 ? Stream.empty() : Stream.of("pgbench: exit status " + status);
        List<String> complaints =
                Stream.concat(COMPLAINT.matcher(said).results().map(found -> found.group()), exit)
                        .distinct()
                        .limit(20)
                        .toList();
        return new LoadReport(
                new Counters(committed, failed, 0),
                new Acknowledged.Counted(committed, gaveUp),
                latencies,
                complaints);
    }

    private static long number(Pattern pattern, String text, long otherwise) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : otherwise;
    }

    private static long count(Pattern pattern, String text) {
        return pattern.matcher(text).results().count();
    }

    long pid() {
        return process.pid();
    }

    /** All that pgbench has printed so far. */
    public String said() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            if (report == null) {
                process.destroyForcibly();
            }
        }
    }
}
