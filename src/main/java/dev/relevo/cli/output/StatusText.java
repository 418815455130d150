package dev.relevo.cli.output;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import dev.relevo.cli.config.Passwords;
import dev.relevo.copy.Standing;
import dev.relevo.replication.Forecast;
import dev.relevo.replication.Pace;
import dev.relevo.upgrade.Status;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where an upgrade stands, in less than a screen. */
public final class StatusText {
    private StatusText() {}

    private record Row(String name, Status.Side side) {}

    /**
     * Of this status.
     *
     * @param maxRetained write-ahead log in bytes of which there is a warning when slots keep more
     */
    public static String of(Status status, long maxRetained) {
        StringBuilder text = new StringBuilder();
        line(text, "Phase", phase(status.phase()));
        line(text, "Serving", serving(status.serving()));
        text.append('\n').append(table(status)).append("\n\n");
        trouble(text, "old", status.oldServer());
        trouble(text, "new", status.newServer());
        status.copy().ifPresent(c -> copy(text, c, status.replication().isPresent()));
        status.replication().ifPresent(r -> replication(text, r));
        if (status.retainedBytes() > maxRetained) {
            line(
                    text,
                    "Warning",
                    "slots keep more than %s of write-ahead log (--max-retained): %s frees it"
                            .formatted(
                                    Texts.bytes(maxRetained),
                                    status.retainsForWayBack() ? "relevo finish" : "relevo abort"));
        }
        status.givenUp().ifPresent(why -> line(text, "Way back", why));
        status.operator().ifPresent(o -> line(text, "At work", o));
        line(text, "Next", status.next());
        return text.toString().stripTrailing();
    }

    private static String table(Status status) {
        List<Column> columns =
                List.of(
                        column("", HorizontalAlign.LEFT),
                        column("address", HorizontalAlign.LEFT),
                        column("version", HorizontalAlign.LEFT),
                        column("state", HorizontalAlign.LEFT),
                        column("clients", HorizontalAlign.RIGHT));
        List<Row> rows =
                List.of(new Row("old", status.oldServer()), new Row("new", status.newServer()));
        String[][] cells =
                rows.stream()
                        .map(r ->
                                new String[] {
                                    r.name(),
                                    r.side().address(),
                                    r.side().version(),
                                    r.side().state(),
                                    Texts.count(r.side().clients())
                                })
                        .toArray(String[][]::new);
        return AsciiTable.getTable(AsciiTable.NO_BORDERS, columns.toArray(Column[]::new), cells);
    }

    /** Why a side does not answer, as an error would say it. */
    private static void trouble(StringBuilder text, String name, Status.Side side) {
        side.trouble()
                .map(Problems::withoutPasswords)
                .ifPresent(problem ->
                        line(
                                text,
                                "Problem",
                                Texts.continued(
                                        Stream.of(
                                                        "the "
                                                                + name
                                                                + " server: "
                                                                + problem.message(),
                                                        problem.detail(),
                                                        problem.hint())
                                                .filter(part -> !part.isBlank())
                                                .collect(Collectors.joining("\n")))));
    }

    private static Column column(String header, HorizontalAlign align) {
        return new Column()
                .header(header)
                .headerAlign(align)
                .dataAlign(align)
                .maxWidth(Integer.MAX_VALUE);
    }

    /** What the slot keeps is told once: with those that follow, when they do already. */
    private static void copy(StringBuilder text, Status.Copy copy, boolean followed) {
        Standing at = copy.standing();
        line(text, "Copy", CopyText.amount(at));
        line(
                text,
                "Rows",
                Texts.count(at.rowsDone())
                        + at.rows().map(all -> " of about " + Texts.count(all)).orElse("")
                        + ", "
                        + at.tablesDone()
                        + " of "
                        + Texts.plural(at.tables(), "table"));
        line(text, "Indexes", at.indexesDone() + " of " + at.indexes());
        at.building().forEach(index -> line(text, "Building", CopyText.building(index)));
        line(text, "Workers", Texts.count(at.workers()));
        if (!followed) {
            line(text, "Retained", Texts.bytes(copy.retainedBytes()) + " of WAL by the slot");
        }
        if (copy.lost()) {
            line(
                    text,
                    "Problem",
                    "the session that kept the snapshot has ended: relevo start begins the copy"
                            + " anew");
        }
    }

    private static void replication(StringBuilder text, Status.Replication replication) {
        String to = replication.from().equals("old") ? "new" : "old";
        line(
                text,
                "Follows",
                String.format(
                        Locale.ROOT,
                        "%s → %s, %s behind (%.1f s)%s",
                        replication.from(),
                        to,
                        Texts.bytes(replication.lagBytes()),
                        replication.lagSeconds(),
                        worker(replication.subscriptions(), ", the apply worker does not run")));
        if (!replication.stuck() && replication.lagBytes() >= Pace.WORTH_A_FORECAST) {
            line(text, "Forecast", Texts.continued(forecast(replication.pace(), to)));
        }
        if (replication.subscriptions().size() > 1) {
            replication.subscriptions().forEach(s -> line(text, "", subscription(s)));
        }
        if (replication.tablesTotal() > 0) {
            line(
                    text,
                    "Copied",
                    replication.tablesReady() + " of " + replication.tablesTotal() + " tables");
        }
        line(
                text,
                "Retained",
                Texts.bytes(replication.retainedBytes())
                        + (replication.subscriptions().size() > 1
                                ? " of WAL by the slots"
                                : " of WAL by the slot"));
        replication
                .problems()
                .forEach(p -> line(text, "Problem", Texts.continued(Passwords.hide(p))));
    }

    /** Rates, when it will have caught up, and what to do if it will not. */
    private static String forecast(Pace pace, String to) {
        String text = pace.text();
        if (pace.standsStill()) {
            return text
                    + "\nNothing was applied meanwhile: look for a lock that the apply worker waits for,"
                    + " or an error in the log of the "
                    + to
                    + " server.";
        }
        return pace.forecast() instanceof Forecast.FallsBehind
                ? text + "\nLess load, or more subscriptions from the start: see docs/apply.md."
                : text;
    }

    private static String subscription(Status.Subscription one) {
        return String.format(
                Locale.ROOT,
                "%s: %s behind (%.1f s)%s%s",
                one.name(),
                Texts.bytes(one.lagBytes()),
                one.lagSeconds(),
                one.lagBytes() < Pace.WORTH_A_FORECAST ? "" : ", " + one.pace().text(),
                worker(List.of(one), ", its apply worker does not run"));
    }

    /** Says nothing of a server that does not answer. */
    private static String worker(List<Status.Subscription> subscriptions, String stands) {
        return subscriptions.stream().anyMatch(s -> s.worker().isPresent() && !s.workerRunning())
                ? stands
                : "";
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-9s %s%n", name, value));
    }

    private static String phase(Status.Phase phase) {
        return switch (phase) {
            case NOT_STARTED -> "not started";
            case STARTING -> "starting: relevo start has not ended";
            case FOLLOWING -> "following: the new server follows the old one";
            case SWITCHED -> "switched: the new server serves, the old one follows";
            case FINISHED -> "finished: nothing of Relevo is left, the old server is read-only";
            case INTERRUPTED -> "interrupted: a handover did not end";
            case UNKNOWN -> "unknown: a server does not answer";
        };
    }

    private static String serving(String serving) {
        return switch (serving) {
            case "none" -> "nobody";
            case "unknown" -> "unknown";
            default -> "the " + serving + " server";
        };
    }
}
