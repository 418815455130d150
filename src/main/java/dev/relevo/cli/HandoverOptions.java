package dev.relevo.cli;

import dev.relevo.cli.config.Config;
import dev.relevo.cli.config.Durations;
import dev.relevo.cli.output.Console;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of a handover, and the question before it. */
final class HandoverOptions {
    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description =
                    "How long clients may take to finish their transactions (default 5s); then the"
                            + " handover is undone.")
    private @Nullable Duration drainTimeout;

    @Option(
            names = "--force-drain",
            description = "After that time, end the transactions that are still open instead.")
    private @Nullable Boolean forceDrain;

    @Option(
            names = "--catch-up-timeout",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description =
                    "How long the other side may take to have every change (default 10s); then the"
                            + " handover is undone.")
    private @Nullable Duration catchUpTimeout;

    @Option(
            names = "--overlap",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description =
                    "Longer than a client takes to try all its hosts (default 200ms); 0 when"
                            + " clients list the serving host first.")
    private @Nullable Duration overlap;

    @Option(
            names = "--ignore-difference",
            paramLabel = "ID",
            description =
                    "Let this difference of the two schemas be, as relevo sync names it; may be given"
                            + " several times.")
    private List<String> ignored = List.of();

    @Mixin private final Confirmation confirmation = new Confirmation();

    Config config() {
        return new Config(
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                drainTimeout,
                forceDrain,
                catchUpTimeout,
                overlap);
    }

    List<String> ignored() {
        return List.copyOf(ignored);
    }

    /** Refuses to begin what could not be confirmed later. */
    void mustBeAnswerable(Console console) {
        confirmation.mustBeAnswerable(console, "moves the clients");
    }

    /** Asks, unless that was answered on the command line. */
    void confirm(Console console, String question) {
        mustBeAnswerable(console);
        confirmation.confirm(console, question, "the clients stay where they are");
    }

    /** Reads durations for picocli. */
    static final class TimeConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String value) {
            try {
                return Durations.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }

    /** Reads the number of jobs for picocli. */
    static final class JobsConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            try {
                return dev.relevo.cli.config.ConfigReader.jobs(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("it must be a whole number from 1 to 64");
            }
        }
    }
}
