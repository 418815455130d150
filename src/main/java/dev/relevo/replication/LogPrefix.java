package dev.relevo.replication;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code log_line_prefix} as a pattern, to read from a line which process wrote it, when and with
 * which SQLSTATE. A background worker's lines end their prefix at {@code %q}.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/runtime-config-logging.html">log_line_prefix</a>
 */
final class LogPrefix {
    private final Pattern pattern;

    private LogPrefix(Pattern pattern) {
        this.pattern = pattern;
    }

    /** Nothing when its lines do not tell who wrote them. */
    static Optional<LogPrefix> of(String prefix) {
        StringBuilder regex = new StringBuilder("^");
        StringBuilder seen = new StringBuilder();
        int at = 0;
        while (at < prefix.length()) {
            char c = prefix.charAt(at++);
            if (c != '%') {
                regex.append(Pattern.quote(String.valueOf(c)));
                continue;
            }
            int begin = at;
            while (at < prefix.length()
                    && (Character.isDigit(prefix.charAt(at)) || prefix.charAt(at) == '-')) {
                at++;
            }
            if (at == prefix.length()) {
                break;
            }
            boolean padded = at > begin;
            char escape = prefix.charAt(at++);
            if (escape == 'q') {
                break;
            }
            regex.append(padded ? " *" : "").append(of(escape, seen)).append(padded ? " *" : "");
        }
        boolean tells = seen.indexOf("p") >= 0 || seen.indexOf("c") >= 0;
        return tells
                ? Optional.of(new LogPrefix(Pattern.compile(regex.toString())))
                : Optional.empty();
    }

    /** One of the escapes; named the first time it comes. */
    private static String of(char escape, StringBuilder seen) {
        boolean first = seen.indexOf(String.valueOf(escape)) < 0;
        seen.append(escape);
        return switch (escape) {
            case '%' -> "%";
            case 'p' -> first ? "(?<pid>\\d+)" : "\\d+";
            case 'c' -> first ? "[0-9a-f]+\\.(?<hex>[0-9a-f]+)" : "[0-9a-f.]+";
            case 'm', 't' -> {
                String time = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)? [^\\s\\]]+";
                yield single(seen) ? "(?<at>" + time + ")" : time;
            }
            case 'n' -> "\\d+\\.\\d+";
            case 'e' -> first ? "(?<state>[0-9A-Z]{5})" : "[0-9A-Z]{5}";
            case 'l', 'x', 'Q' -> "-?\\d+";
            default -> ".*?";
        };
    }

    /** Whether no time of either kind came before. */
    private static boolean single(StringBuilder seen) {
        return seen.chars().filter(c -> c == 'm' || c == 't').count() == 1;
    }

    /**
     * A line that begins a message or a part of one; nothing when it goes on with the one before.
     */
    Optional<Line> read(String line) {
        Matcher matcher = pattern.matcher(line);
        if (!matcher.find()) {
            return Optional.empty();
        }
        int pid =
                has(matcher, "pid")
                        ? Integer.parseInt(matcher.group("pid"))
                        : Integer.parseInt(matcher.group("hex"), 16);
        return Optional.of(
                new Line(
                        has(matcher, "at") ? matcher.group("at") : "",
                        pid,
                        has(matcher, "state") ? matcher.group("state") : "",
                        line.substring(matcher.end())));
    }

    private static boolean has(Matcher matcher, String group) {
        return matcher.namedGroups().containsKey(group);
    }

    /** A line without its prefix. */
    record Line(String at, int pid, String state, String text) {}
}
