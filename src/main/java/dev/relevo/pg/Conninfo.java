package dev.relevo.pg;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A connection string as it was written: keywords and values, nothing filled in yet.
 *
 * <p>Read as libpq reads it; a test compares the two. Of what was wrong only keywords are ever
 * repeated, and not even these once a password came before them: an unquoted password with a space
 * in it would pass for a keyword.
 *
 * @param values in libpq's spelling; a value may be empty, which is not the same as absent
 * @see <a
 *     href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING">Connection
 *     strings</a>
 */
public record Conninfo(Map<String, String> values) {

    public Conninfo {
        values.keySet()
                .forEach(keyword -> {
                    if (ConninfoKey.of(keyword).isEmpty()) {
                        throw new IllegalArgumentException("not a libpq keyword: " + keyword);
                    }
                });
        values = Map.copyOf(values);
    }

    /**
     * Reads a URI, a keyword/value string, or, as psql does, a plain word as a database's name.
     *
     * @throws ProblemException with {@link ExitStatus#USAGE} when libpq would refuse it too
     */
    public static Conninfo parse(String text) {
        if (UriParser.prefixLength(text) > 0) {
            return UriParser.parse(text);
        }
        if (text.contains("=")) {
            return KeywordValueParser.parse(text);
        }
        return new Conninfo(text.isBlank() ? Map.of() : Map.of("dbname", text));
    }

    /** The same string with one keyword set or replaced. */
    public Conninfo with(String keyword, String value) {
        Map<String, String> all = new LinkedHashMap<>(values);
        all.put(keyword, value);
        return new Conninfo(all);
    }

    /**
     * Fills in what the string leaves open: from a service file, the environment, the password file
     * and libpq's defaults, in this order.
     *
     * @throws ProblemException with {@link ExitStatus#USAGE} for a value that is malformed, or that
     *     Relevo could not honour
     */
    public Candidates resolve(Environment environment) {
        return new ConninfoResolver(environment).resolve(values);
    }

    /** With asterisks in place of passwords. */
    @Override
    public String toString() {
        return values.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry ->
                        entry.getKey()
                                + "="
                                + (ConninfoKey.isSecret(entry.getKey())
                                        ? "********"
                                        : Quote.conninfoValue(entry.getValue())))
                .collect(Collectors.joining(" "));
    }

    /** What is wrong with a connection string, or with what completes it. */
    static ProblemException invalid(String message, String detail, String hint) {
        return new Problem(ExitStatus.USAGE, "connection-string", message, detail, hint)
                .toException();
    }
}
