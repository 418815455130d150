package dev.relevo.schema;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.LongStatements;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/** Runs pg_dump or psql to its end; the password goes by environment, never by argument. */
final class Child {
    private Child() {}

    /**
     * What a program left behind.
     *
     * @param output its standard output, a char for each byte: the encoding is none of our business
     * @param errors its standard error
     */
    record Result(int status, String output, String errors) {}

    private static final Duration TICK = Duration.ofMillis(500);

    /** As much as a pipe holds. */
    private static final int PIECE = 65_536;

    private static final Set<String> CONNECTING = Set.of("pg_dump", "psql");

    /** libpq has no environment variables for these; everything else stands in the environment. */
    private static final String NOTICING_LOSS =
            "--dbname=keepalives_idle=30 keepalives_interval=10 keepalives_count=3";

    /**
     * Runs a program with a server's address in its environment.
     *
     * @param options further {@code -c name=value} for PGOPTIONS, which win over the role's
     * @param input all it may read; then its standard input is closed
     */
    static Result run(
            Path program,
            List<String> arguments,
            Endpoint endpoint,
            Map<String, String> options,
            byte[] input) {
        return run(program, arguments, endpoint, options, input, _ -> {});
    }

    /**
     * The same.
     *
     * @param tick is called twice a second, with the bytes of input it has read by then, but for
     *     those in the pipe
     */
    static Result run(
            Path program,
            List<String> arguments,
            Endpoint endpoint,
            Map<String, String> options,
            byte[] input,
            IntConsumer tick) {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        if (CONNECTING.contains(String.valueOf(program.getFileName()))) {
            command.add(NOTICING_LOSS);
        }
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        environment(builder.environment(), endpoint, options);
        try {
            Process process = builder.start();
            AtomicReference<String> silence = new AtomicReference<>("");
            try (var _ =
                    LongStatements.program(
                            endpoint,
                            String.valueOf(program.getFileName()),
                            why -> {
                                silence.set(why);
                                process.destroyForcibly();
                            })) {
                ByteArrayOutputStream output = new ByteArrayOutputStream();
                ByteArrayOutputStream errors = new ByteArrayOutputStream();
                Thread reader = copy(process.getInputStream(), output);
                Thread errorReader = copy(process.getErrorStream(), errors);
                AtomicInteger read = new AtomicInteger();
                Thread feeder = Thread.ofVirtual().start(() -> feed(process, input, read::set));
                while (!process.waitFor(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
                    tick.accept(read.get());
                }
                int status = process.exitValue();
                feeder.join();
                reader.join();
                errorReader.join();
                if (!silence.get().isEmpty()) {
                    throw silent(endpoint, silence.get());
                }
                return new Result(
                        status,
                        output.toString(StandardCharsets.ISO_8859_1),
                        text(errors.toByteArray()));
            } finally {
                process.destroy();
            }
        } catch (IOException e) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "client-tool",
                            "cannot run " + program,
                            String.valueOf(e.getMessage()),
                            "Install the PostgreSQL client programs again.")
                    .toException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                            ExitStatus.INTERRUPTED,
                            "interrupted",
                            program.getFileName() + " was interrupted",
                            "",
                            "")
                    .toException(e);
        }
    }

    /** In the encoding of the database, which is UTF-8 unless it cannot be. */
    static String text(byte[] bytes) {
        return new String(
                bytes, isUtf8(bytes) ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    }

    static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** The same of text that has a char for each byte. */
    static String readable(String bytes) {
        return text(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static ProblemException silent(Endpoint endpoint, String why) {
        return new Problem(
                        ExitStatus.CONNECTION,
                        "server-silent",
                        why,
                        "",
                        "Check "
                                + endpoint.display()
                                + " and the network between, then run the same command again.")
                .toException();
    }

    private static void feed(Process process, byte[] input, IntConsumer read) {
        try (OutputStream out = process.getOutputStream()) {
            for (int from = 0; from < input.length; from += PIECE) {
                out.write(input, from, Math.min(PIECE, input.length - from));
                out.flush();
                read.accept(Math.min(from + PIECE, input.length));
            }
        } catch (IOException e) {
            // It ended without reading to the end; its exit status and its errors say why.
            assert e != null;
        }
    }

    private static Thread copy(InputStream in, OutputStream out) {
        return Thread.ofVirtual()
                .start(() -> {
                    try (in) {
                        in.transferTo(out);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    private static void environment(
            Map<String, String> environment, Endpoint endpoint, Map<String, String> options) {
        endpoint.clientEnvironment().applyTo(environment);
        environment.put("LC_ALL", "C");
        StringBuilder all = new StringBuilder(environment.getOrDefault("PGOPTIONS", ""));
        all.append(
                " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3");
        options.forEach((name, value) ->
                all.append(" -c ")
                        .append(name)
                        .append('=')
                        .append(value.replace("\\", "\\\\").replace(" ", "\\ ")));
        environment.put("PGOPTIONS", all.toString().strip());
    }
}
