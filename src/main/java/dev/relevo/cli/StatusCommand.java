package dev.relevo.cli;

import dev.relevo.cli.config.Durations;
import dev.relevo.cli.config.Sizes;
import dev.relevo.cli.output.Console;
import dev.relevo.cli.output.Documents;
import dev.relevo.cli.output.Problems;
import dev.relevo.cli.output.StatusText;
import dev.relevo.cli.output.Verdict;
import dev.relevo.cli.output.Verdict.LagLimit;
import dev.relevo.pg.PgException;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import dev.relevo.upgrade.Status;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code relevo status}. */
@Command(name = "status", description = "Shows where the upgrade stands, as the servers tell it.")
final class StatusCommand extends ServerCommand {
    private static final String HOME_AND_CLEAR = "\u001b[H\u001b[2J";

    @Option(
            names = {"-w", "--watch"},
            description = "Show it anew every second until Ctrl-C.")
    private boolean watch;

    @Option(
            names = "--check",
            description =
                    "For monitoring: one line, and 0 when all is well, 1 for a warning, 2 when it does not"
                            + " go on or a server does not answer.")
    private boolean check;

    @Option(
            names = "--max-lag",
            paramLabel = "LIMIT",
            converter = LagConverter.class,
            description =
                    "With --check: warn when more is left to confirm, as a size (100MB) or a time (30s).")
    private @Nullable LagLimit maxLag;

    @Option(
            names = "--max-retained",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description =
                    "Warn when a slot keeps more write-ahead log than this (default: a tenth of the database,"
                            + " at least 10GB).")
    private @Nullable Long maxRetained;

    @Option(
            names = "--give-up-at",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description =
                    "With --check or --watch, after the switch: when the way back keeps more write-ahead log"
                            + " than this on the new server, drop it; then rollback is not possible any more.")
    private @Nullable Long giveUpAt;

    @Override
    void refuse() {
        if (check && (watch || root().json())) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "usage",
                            "--check goes with neither --watch nor --json",
                            "It prints exactly one line.",
                            "Call relevo status --json for a document.")
                    .toException();
        }
        if (!check && !watch && giveUpAt != null) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "usage",
                            "--give-up-at goes with --check or --watch only",
                            "It acts only when status is called, so it has to be called again and again.",
                            "Add --check and call it as often as your monitoring does, or add --watch.")
                    .toException();
        }
        if (!check && maxLag != null) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "usage",
                            "--max-lag goes with --check only",
                            "",
                            "Add --check, or leave it out.")
                    .toException();
        }
        if (watch && root().json()) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "usage",
                            "--watch and --json exclude each other",
                            "With --json there is exactly one document on standard output.",
                            "Call relevo status --json as often as you like.")
                    .toException();
        }
    }

    @Override
    ExitStatus run(Commands commands) {
        if (watch) {
            return watch(commands);
        }
        Status status = commands.status();
        if (check) {
            Verdict verdict =
                    Verdict.of(
                            status,
                            maxLag == null ? LagLimit.NONE : maxLag,
                            limit(status),
                            giveUp(commands, status));
            root().result(verdict.line(), () -> verdict);
            return verdict.status();
        }
        root().result(
                        StatusText.of(status, limit(status)),
                        () -> Documents.status(status, limit(status)));
        return status.phase() == Status.Phase.UNKNOWN ? ExitStatus.CONNECTION : ExitStatus.OK;
    }

    private long limit(Status status) {
        return maxRetained == null ? status.usualLimit() : maxRetained;
    }

    /** What came of the price that is exceeded, if it is. */
    private Optional<String> giveUp(Commands commands, Status status) {
        if (giveUpAt == null || status.retainedBytes() <= giveUpAt) {
            return Optional.empty();
        }
        if (!status.retainsForWayBack()) {
            return Optional.of(
                    "slots keep more write-ahead log than --give-up-at; the way forward is not given up by"
                            + " itself: relevo abort frees it");
        }
        try {
            return commands.giveUpWayBack(giveUpAt);
        } catch (ProblemException e) {
            return Optional.of("the way back could not be given up: " + e.problem().message());
        } catch (PgException e) {
            return Optional.of("the way back could not be given up: " + Problems.of(e).message());
        }
    }

    private ExitStatus watch(Commands commands) {
        Console console = console();
        Supplier<Status> looks = commands.watch();
        console.hideCursor();
        try {
            while (true) {
                String text = look(commands, looks);
                console.out().println(console.screen() ? HOME_AND_CLEAR + text : text + "\n");
                if (console.isBroken()) {
                    return ExitStatus.OK; // who watched is gone
                }
                Thread.sleep(1_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitStatus.INTERRUPTED;
        } finally {
            console.restore();
        }
    }

    /** A server that restarts is part of what one watches. */
    private String look(Commands commands, Supplier<Status> looks) {
        try {
            Status status = looks.get();
            String price = giveUp(commands, status).map(said -> "\nPrice     " + said).orElse("");
            return StatusText.of(status, limit(status)) + price;
        } catch (PgException e) {
            return "server:   " + Problems.of(e).message();
        } catch (ProblemException e) {
            if (e.problem().status() == ExitStatus.CONNECTION) {
                return "server:   " + Problems.of(e).message();
            }
            throw e;
        }
    }

    @Override
    String interrupted() {
        return watch || giveUpAt != null ? "" : NOTHING_CHANGED;
    }

    /** Reads sizes for picocli. */
    static final class SizeConverter implements ITypeConverter<Long> {
        @Override
        public Long convert(String value) {
            try {
                return Sizes.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** Reads a size or a time for picocli. */
    static final class LagConverter implements ITypeConverter<LagLimit> {
        @Override
        public LagLimit convert(String value) {
            try {
                return new LagLimit(Long.MAX_VALUE, Durations.parse(value).toMillis() / 1e3);
            } catch (IllegalArgumentException e) {
                try {
                    return new LagLimit(Sizes.parse(value), Double.MAX_VALUE);
                } catch (IllegalArgumentException neither) {
                    throw new TypeConversionException(
                            "write a size such as 100MB or a time such as 30s");
                }
            }
        }
    }
}
