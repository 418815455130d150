package dev.relevo.lab;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Runs other people's programs to their end, in English and with none of our PG* variables. */
final class Command {
    private Command() {}

    /** What a program left behind: its exit status, and what it said on both streams. */
    record Result(int status, String output) {
        boolean succeeded() {
            return status == 0;
        }
    }

    /** A builder with a cleaned environment, no input, and both streams in one. */
    static ProcessBuilder prepare(Path directory, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.directory(directory.toFile());
        builder.redirectErrorStream(true);
        builder.redirectInput(new File("/dev/null"));
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    /** Runs a program whatever comes of it. */
    static Result attempt(Path directory, List<String> command) {
        return attempt(directory, Map.of(), command);
    }

    private static Result attempt(
            Path directory, Map<String, String> environment, List<String> command) {
        try {
            ProcessBuilder builder = prepare(directory, command);
            builder.environment().putAll(environment);
            Process process = builder.start();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output.strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Runs a program that must succeed; what it says goes into the problem when it does not. */
    static String run(Path directory, List<String> command) {
        return run(directory, Map.of(), command);
    }

    static String run(Path directory, Map<String, String> environment, List<String> command) {
        Result result = attempt(directory, environment, command);
        if (!result.succeeded()) {
            String name = Path.of(command.getFirst()).getFileName().toString();
            throw failed(
                    "lab-command",
                    name + " failed with exit status " + result.status(),
                    String.join(" ", command) + "\n" + result.output());
        }
        return result.output();
    }

    /** Whether a program stands in a directory of {@code PATH}. */
    static boolean exists(String name) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        return Stream.concat(Stream.of(path.split(":", -1)), Stream.of("/usr/sbin", "/sbin"))
                .filter(directory -> !directory.isEmpty())
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    static RuntimeException failed(String code, String message, String detail) {
        return new Problem(ExitStatus.FAILED, code, message, detail, "").toException();
    }

    static RuntimeException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Problem(ExitStatus.INTERRUPTED, "interrupted", "interrupted", "", "")
                .toException(e);
    }
}
