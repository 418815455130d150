package dev.relevo.replication;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a server writes its log. Each reads messages out of the end of a file, whose first line may
 * be cut, and leaves out what it cannot read. None looks at a word of the server's, which may be in
 * any language.
 */
sealed interface LogFormat {
    /** The messages in {@code tail}, oldest first. */
    List<LogRecord> read(String tail);

    /** {@code jsonlog}, from 15 on: a flat object a line. */
    record Json() implements LogFormat {
        private static final Pattern KEY =
                Pattern.compile("\"(\\w+)\":(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|(-?\\d+))");
        private static final Pattern ESCAPE = Pattern.compile("\\\\(?:u([0-9a-fA-F]{4})|(.))");

        @Override
        public List<LogRecord> read(String tail) {
            return tail.lines()
                    .filter(line -> line.startsWith("{") && line.endsWith("}"))
                    .flatMap(Json::one)
                    .toList();
        }

        private static Stream<LogRecord> one(String line) {
            Map<String, String> keys = new HashMap<>();
            Matcher matcher = KEY.matcher(line);
            while (matcher.find()) {
                @Nullable String text = matcher.group(2);
                keys.putIfAbsent(
                        matcher.group(1),
                        text == null
                                ? Objects.requireNonNullElse(matcher.group(3), "")
                                : ESCAPE.matcher(text).replaceAll(Json::unescaped));
            }
            String pid = keys.getOrDefault("pid", "");
            if (!pid.matches("\\d{1,9}")) {
                return Stream.of();
            }
            return Stream.of(
                    new LogRecord(
                            keys.getOrDefault("timestamp", ""),
                            Integer.parseInt(pid),
                            keys.getOrDefault("state_code", "00000"),
                            keys.getOrDefault("message", ""),
                            together(
                                    keys.getOrDefault("detail", ""),
                                    keys.getOrDefault("context", ""))));
        }

        private static String unescaped(MatchResult escape) {
            @Nullable String code = escape.group(1);
            @Nullable String other = escape.group(2);
            String plain =
                    code != null
                            ? String.valueOf((char) Integer.parseInt(code, 16))
                            : switch (Objects.requireNonNullElse(other, "")) {
                                case "n" -> "\n";
                                case "t" -> "\t";
                                case "r" -> "\r";
                                case "b" -> "\b";
                                case "f" -> "\f";
                                case String same -> same;
                            };
            return Matcher.quoteReplacement(plain);
        }
    }

    /**
     * {@code csvlog}. A message may span lines, so one ends where the next line begins with a time
     * and two fields.
     *
     * @see <a
     *     href="https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG">
     *     Using CSV-format log output</a>
     */
    record Csv() implements LogFormat {
        private static final Pattern BEGIN =
                Pattern.compile(
                        "(?m)^(?=\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d+ [^,\"]*,)");
        private static final Pattern FIELD =
                Pattern.compile("\\G(?:\"((?:[^\"]|\"\")*+)\"|([^,\"]*+))(?:,|\\s*$)");
        private static final int PID = 3;
        private static final int STATE = 12;
        private static final int MESSAGE = 13;
        private static final int DETAIL = 14;
        private static final int CONTEXT = 18;

        @Override
        public List<LogRecord> read(String tail) {
            return BEGIN.splitAsStream(tail).flatMap(Csv::one).toList();
        }

        private static Stream<LogRecord> one(String text) {
            List<String> fields = new ArrayList<>();
            Matcher matcher = FIELD.matcher(text);
            while (fields.size() <= CONTEXT && matcher.find()) {
                @Nullable String quoted = matcher.group(1);
                fields.add(
                        quoted == null
                                ? Objects.requireNonNullElse(matcher.group(2), "")
                                : quoted.replace("\"\"", "\""));
            }
            if (fields.size() <= CONTEXT || !fields.get(PID).matches("\\d{1,9}")) {
                return Stream.of();
            }
            return Stream.of(
                    new LogRecord(
                            fields.getFirst(),
                            Integer.parseInt(fields.get(PID)),
                            fields.get(STATE),
                            fields.get(MESSAGE),
                            together(fields.get(DETAIL), fields.get(CONTEXT))));
        }
    }

    /**
     * {@code stderr}: lines with a prefix, and lines that go on with the one before. Detail and
     * context have a line with the same prefix and the same time as the message they belong to.
     */
    record Lines(LogPrefix prefix) implements LogFormat {
        private static final Pattern SEVERITY = Pattern.compile("^[^\\s:]+:\\s+");

        @Override
        public List<LogRecord> read(String tail) {
            List<LogRecord> records = new ArrayList<>();
            for (String line : tail.lines().toList()) {
                @Nullable LogRecord last = records.isEmpty() ? null : records.getLast();
                prefix.read(line)
                        .ifPresentOrElse(
                                begun -> begin(records, last, begun),
                                () -> {
                                    if (last != null) {
                                        replace(records, goOn(last, line.strip()));
                                    }
                                });
            }
            return records;
        }

        private static void begin(
                List<LogRecord> records, @Nullable LogRecord last, LogPrefix.Line line) {
            String text = SEVERITY.matcher(line.text().strip()).replaceFirst("");
            boolean part =
                    last != null
                            && !line.at().isEmpty()
                            && last.pid() == line.pid()
                            && last.at().equals(line.at())
                            && last.state().equals(line.state());
            if (part && last != null) {
                replace(
                        records,
                        new LogRecord(
                                last.at(),
                                last.pid(),
                                last.state(),
                                last.message(),
                                together(last.further(), text)));
            } else {
                records.add(new LogRecord(line.at(), line.pid(), line.state(), text, ""));
            }
        }

        private static LogRecord goOn(LogRecord last, String text) {
            return last.further().isEmpty()
                    ? new LogRecord(
                            last.at(), last.pid(), last.state(), last.message() + "\n" + text, "")
                    : new LogRecord(
                            last.at(),
                            last.pid(),
                            last.state(),
                            last.message(),
                            together(last.further(), text));
        }

        private static void replace(List<LogRecord> records, LogRecord record) {
            records.set(records.size() - 1, record);
        }
    }

    private static String together(String... parts) {
        return Stream.of(parts).filter(part -> !part.isBlank()).collect(Collectors.joining("\n"));
    }
}
