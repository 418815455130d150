package dev.relevo.schema;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code pg_restore --verbose --section=post-data} prints, entry by entry.
 *
 * <p>Each entry begins with a comment that tells its number, and class and OID on the server that
 * was dumped. Between two entries pg_restore may change {@code default_tablespace} and {@code
 * default_table_access_method} for those that follow, so each entry is given what holds for it.
 * Should a literal hold such a comment, the entry is cut in two pieces that are no SQL: that fails,
 * and is not silent.
 *
 * <p>All text is a char for each byte, as {@link Child} gives it.
 */
final class Archive {
    private static final Pattern HEAD =
            Pattern.compile(
                    "^--\\n-- TOC entry \\d+ \\(class (\\d+) OID (\\d+)\\)\\n"
                            + "(?:-- Dependencies: [^\\n]*\\n)?"
                            + "-- Name: ([^\\n]*); Type: ([^;\\n]*); Schema: [^\\n]*\\n"
                            + "(?:-- Data Pos: [^\\n]*\\n)?--\\n",
                    Pattern.MULTILINE);

    private static final Pattern NAME =
            Pattern.compile("^-- Name: [^\\n]*; Type: ", Pattern.MULTILINE);

    private static final String DEFAULT =
            "SET (default_tablespace|default_table_access_method) = [^\\n]*;";

    private static final Pattern DEFAULTS = Pattern.compile("^" + DEFAULT + "$", Pattern.MULTILINE);

    /** Only at the end of an entry: anywhere else it is part of a literal. */
    private static final Pattern AT_END = Pattern.compile("(?:\\n" + DEFAULT + "\\s*)+\\z");

    private static final Pattern TAIL =
            Pattern.compile(
                    "^(?:-- Completed on [^\\n]*\\n|--\\n-- PostgreSQL database dump complete\\n--\\n"
                            + "|\\\\unrestrict [^\\n]*\\n)",
                    Pattern.MULTILINE);

    /** Its comments tell the OIDs. */
    static final List<String> POST_DATA =
            List.of("--section=post-data", "--verbose", "--file=/dev/stdout");

    private Archive() {}

    /** The OIDs of an object in its catalog. */
    record Address(long classOid, long oid) {}

    /** How an entry is treated. */
    enum Kind {
        KEY,
        INDEX,
        REST;

        String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * An entry.
     *
     * @param table of a key or an index on an ordinary table; else empty
     * @param what type and name, for people
     * @param sql statements, with the settings they need
     */
    record Entry(Kind kind, Optional<QualifiedName> table, String what, String sql) {
        /** The same, made behind the copy. */
        Entry asRest() {
            return new Entry(Kind.REST, Optional.empty(), what, sql);
        }
    }

    /**
     * Takes the text apart.
     *
     * @param tables the tables of indexes and constraints
     */
    static List<Entry> entries(String text, Map<Address, QualifiedName> tables) {
        List<Entry> entries = new ArrayList<>();
        Matcher head = HEAD.matcher(text);
        if (head.results().count() != NAME.matcher(text).results().count()) {
            throw new Problem(
                            ExitStatus.USAGE,
                            "client-tool",
                            "pg_restore prints its entries in a way that Relevo does not know",
                            "",
                            "Run apt-get install postgresql-client, for a version that Relevo knows,"
                                    + " then the same command again.")
                    .toException();
        }
        head.reset();
        boolean more = head.find();
        String tablespace = "SET default_tablespace = '';";
        String method = "";
        if (more) {
            Defaults first = Defaults.in(text.substring(0, head.start()), tablespace, method);
            tablespace = first.tablespace();
            method = first.method();
        }
        while (more) {
            Address address =
                    new Address(Long.parseLong(head.group(1)), Long.parseLong(head.group(2)));
            String type = head.group(4);
            String what = type + " " + head.group(3);
            int from = head.end();
            more = head.find();
            String body = text.substring(from, more ? head.start() : text.length());
            Matcher end = AT_END.matcher(body);
            String next = end.find() ? end.group() : "";
            String sql = body.substring(0, body.length() - next.length());
            sql = (more ? sql : TAIL.matcher(sql).replaceAll("")).strip();
            Optional<QualifiedName> table =
                    type.equals("INDEX") || type.equals("CONSTRAINT")
                            ? Optional.ofNullable(tables.get(address))
                            : Optional.empty();
            if (!sql.isEmpty()) {
                entries.add(
                        new Entry(
                                kind(type, table, sql),
                                table,
                                what,
                                tablespace + "\n" + method + "\n" + sql + "\n"));
            }
            Defaults following = Defaults.in(next, tablespace, method);
            tablespace = following.tablespace();
            method = following.method();
        }
        return entries;
    }

    /**
     * More than CREATE INDEX, such as CLUSTER ON, needs more than a lock that all indexes share.
     */
    private static Kind kind(String type, Optional<QualifiedName> table, String sql) {
        if (table.isEmpty()) {
            return Kind.REST;
        }
        return type.equals("INDEX") && sql.indexOf(";\n") < 0 ? Kind.INDEX : Kind.KEY;
    }

    private record Defaults(String tablespace, String method) {
        static Defaults in(String text, String tablespace, String method) {
            Matcher matcher = DEFAULTS.matcher(text);
            Defaults now = new Defaults(tablespace, method);
            while (matcher.find()) {
                now =
                        matcher.group(1).equals("default_tablespace")
                                ? new Defaults(matcher.group(), now.method())
                                : new Defaults(now.tablespace(), matcher.group());
            }
            return now;
        }
    }
}
