package dev.relevo.replication;

import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Looks for the error of an apply worker in the end of its server's log, the only place where
 * PostgreSQL tells it. Reads at most two megabytes, as a superuser may; changes nothing.
 *
 * <p>A worker's lines bear no name. It says one when it starts, so the process that named the
 * subscription, and of whose end another process told, was its worker, and what it said last is why
 * it ended. Words are not looked at: they may be in any language.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-GENFILE">
 *     Generic file access functions</a>
 */
public final class ApplyLog {
    private static final int[] TAILS = {256 << 10, 2 << 20};

    private ApplyLog() {}

    /** Where the log is, and who may read it. */
    private record Place(
            String destination,
            boolean collector,
            String directory,
            String prefix,
            String ident,
            long stderrSize) {}

    /** A file that we may read, and how it is written. */
    private record Source(String file, LogFormat format) {}

    /** What was found. */
    public sealed interface Finding {
        /** The error. */
        record Found(ApplyError error) implements Finding {}

        /**
         * Nothing that can be read.
         *
         * @param where tells people which log to read, and for what
         */
        record Elsewhere(String where) implements Finding {}
    }

    /** The error with which the last apply worker of a subscription ended. */
    public static Finding read(Session subscriber, String subscription) {
        Place place = place(subscriber);
        try {
            Optional<Source> source = source(subscriber, place);
            if (source.isPresent()) {
                for (int most : TAILS) {
                    String tail = tail(subscriber, source.get().file(), most);
                    Optional<ApplyError> error =
                            last(source.get().format().read(tail), subscription);
                    if (error.isPresent()) {
                        return new Finding.Found(error.get());
                    }
                    if (tail.length() < most / 2) {
                        break;
                    }
                }
            }
        } catch (PgException | ProblemException e) {
            // Files may be out of reach: then people are told where to look.
            assert e != null;
        }
        return new Finding.Elsewhere(where(place, subscription));
    }

    private static Place place(Session session) {
        return session.one(
                SqlFile.load(ApplyLog.class, "log_settings"),
                row ->
                        new Place(
                                row.text("destination"),
                                row.bool("collector"),
                                row.text("directory"),
                                row.text("prefix"),
                                row.text("ident"),
                                row.bigint("stderr_size")));
    }

    /** The most telling of the formats that the server writes into a file of its own. */
    private static Optional<Source> source(Session session, Place place) {
        if (!place.collector()) {
            return place.stderrSize() > 0 && writes(place, "stderr")
                    ? LogPrefix.of(place.prefix())
                            .map(prefix ->
                                    new Source("/proc/self/fd/2", new LogFormat.Lines(prefix)))
                    : Optional.empty();
        }
        if (writes(place, "jsonlog")) {
            return file(session, "jsonlog").map(name -> new Source(name, new LogFormat.Json()));
        }
        if (writes(place, "csvlog")) {
            return file(session, "csvlog").map(name -> new Source(name, new LogFormat.Csv()));
        }
        Optional<LogPrefix> prefix = LogPrefix.of(place.prefix());
        return writes(place, "stderr") && prefix.isPresent()
                ? file(session, "stderr")
                        .map(name -> new Source(name, new LogFormat.Lines(prefix.get())))
                : Optional.empty();
    }

    private static boolean writes(Place place, String destination) {
        return List.of(place.destination().toLowerCase(java.util.Locale.ROOT).split("[,\\s]+"))
                .contains(destination);
    }

    private static Optional<String> file(Session session, String format) {
        String name = session.text("SELECT pg_catalog.pg_current_logfile(?)", format);
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    private static String tail(Session session, String file, int most) {
        String base64 =
                session.text(SqlFile.load(ApplyLog.class, "log_tail"), file, (long) most, file);
        byte[] bytes = Base64.getMimeDecoder().decode(base64);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The last thing said by the last process that was a worker of this subscription and ended. */
    static Optional<ApplyError> last(List<LogRecord> records, String subscription) {
        List<LogRecord> errors = new ArrayList<>();
        boolean again = false;
        for (int i = 0; i < records.size(); i++) {
            LogRecord start = records.get(i);
            if (start.names(subscription)) {
                Optional<LogRecord> end = ended(records, i);
                end.ifPresent(errors::add);
                again = end.isEmpty();
            }
        }
        if (errors.isEmpty()) {
            return Optional.empty();
        }
        LogRecord last = errors.getLast();
        LogRecord first = last;
        for (LogRecord error : errors.reversed()) {
            if (!error.message().equals(last.message())) {
                break;
            }
            first = error;
        }
        return Optional.of(
                new ApplyError(
                        last.at(),
                        first.at(),
                        last.state(),
                        last.message(),
                        last.further(),
                        again));
    }

    /** What the process that wrote {@code start} said last, if another one told of its end. */
    private static Optional<LogRecord> ended(List<LogRecord> records, int start) {
        LogRecord begun = records.get(start);
        List<LogRecord> said = new ArrayList<>();
        if (!begun.further().isEmpty()) {
            // Its lines bear whole seconds only, and it ended in the same one.
            said.add(new LogRecord(begun.at(), begun.pid(), begun.state(), begun.further(), ""));
        }
        for (LogRecord record : records.subList(start + 1, records.size())) {
            if (record.mentions(begun.pid())) {
                return said.isEmpty() ? Optional.empty() : Optional.of(together(said));
            }
            if (record.pid() == begun.pid() && !record.isHarmless()) {
                said.add(record);
            }
        }
        return Optional.empty();
    }

    /** The last one; where lines bear no time, every line was taken for a message. */
    private static LogRecord together(List<LogRecord> said) {
        LogRecord last = said.getLast();
        return last.at().isEmpty()
                ? new LogRecord(
                        "",
                        last.pid(),
                        last.state(),
                        said.getFirst().message(),
                        said.stream()
                                .skip(1)
                                .map(LogRecord::message)
                                .collect(Collectors.joining("\n")))
                : last;
    }

    private static String where(Place place, String subscription) {
        String log =
                place.collector()
                        ? "a file in %s (log_destination is %s)"
                                .formatted(place.directory(), place.destination())
                        : writes(place, "syslog")
                                ? "syslog, as " + place.ident()
                                : "the standard error of its postmaster (log_destination is %s,"
                                                .formatted(place.destination())
                                        + " logging_collector is off)";
        String lines =
                LogPrefix.of(place.prefix()).isPresent()
                        ? "; lines begin with '%s'".formatted(place.prefix())
                        : "; log_line_prefix is '%s', which has no %%p, so set it to '%%m [%%p] '"
                                .formatted(place.prefix());
        return "its log is "
                + log
                + lines
                + ": look for \"%s\" and for what the same process said next"
                        .formatted(subscription);
    }
}
