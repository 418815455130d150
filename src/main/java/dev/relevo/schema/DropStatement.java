package dev.relevo.schema;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What takes back the statement of a dump with {@code --quote-all-identifiers}, in SQL. */
final class DropStatement {
    private static final String ONE = "\"(?:[^\"]|\"\")+\"";
    private static final String NAME = ONE + "(?:\\." + ONE + ")?";

    private static final Pattern PLAIN =
            Pattern.compile(
                    "^CREATE (?:UNLOGGED )?(TABLE|FOREIGN TABLE|VIEW|MATERIALIZED VIEW|SEQUENCE|TYPE"
                            + "|DOMAIN|COLLATION|(?:DEFAULT )?CONVERSION|STATISTICS|SCHEMA|EXTENSION|SERVER"
                            + "|FOREIGN DATA WRAPPER|EVENT TRIGGER|ACCESS METHOD|TEXT SEARCH \\w+)"
                            + " (?:IF NOT EXISTS )?("
                            + NAME
                            + ")");
    private static final Pattern CONSTRAINT =
            Pattern.compile(
                    "^ALTER TABLE (?:ONLY )?(" + NAME + ")\\s+ADD CONSTRAINT (" + ONE + ")");
    private static final Pattern INDEX =
            Pattern.compile(
                    "^CREATE (?:UNIQUE )?INDEX (" + ONE + ") ON (?:ONLY )?(?:(" + ONE + ")\\.)?");
    private static final Pattern ON_TABLE =
            Pattern.compile(
                    "^CREATE (?:CONSTRAINT )?(TRIGGER|POLICY) ("
                            + ONE
                            + ") .*?\\bON ("
                            + NAME
                            + ")",
                    Pattern.DOTALL);
    private static final Pattern RULE =
            Pattern.compile(
                    "^CREATE RULE (" + ONE + ") AS\\s+ON \\w+ TO (" + NAME + ")", Pattern.DOTALL);
    private static final Pattern CAST =
            Pattern.compile("^CREATE CAST (\\(.*?\\)) (?:WITH|WITHOUT)");
    private static final Pattern OPERATOR =
            Pattern.compile("^CREATE OPERATOR (" + ONE + "\\.[^ ]+) \\(");
    private static final Pattern COMMENT =
            Pattern.compile("^(COMMENT ON .*?|SECURITY LABEL .*?) IS ");
    private static final Pattern ROUTINE =
            Pattern.compile("^CREATE (FUNCTION|PROCEDURE|AGGREGATE) (" + NAME + ")\\(");

    private DropStatement() {}

    /** For one whose name does not tell the types of its arguments. */
    static Optional<String> of(String statement) {
        return of(statement, "");
    }

    /**
     * The statement that takes it back.
     *
     * @param name pg_dump's name of the object, which tells a routine's arguments
     */
    static Optional<String> of(String statement, String name) {
        String sql = statement.replaceFirst("(?s)^(?:SET [^\\n]*;\\s*)*", "");
        Matcher plain = PLAIN.matcher(sql);
        if (plain.find()) {
            return Optional.of(
                    "DROP " + plain.group(1).replace("DEFAULT ", "") + " " + plain.group(2) + ";");
        }
        Matcher constraint = CONSTRAINT.matcher(sql);
        if (constraint.find()) {
            return Optional.of(
                    "ALTER TABLE %s DROP CONSTRAINT %s;"
                            .formatted(constraint.group(1), constraint.group(2)));
        }
        Matcher index = INDEX.matcher(sql);
        if (index.find()) {
            String schema = index.group(2) == null ? "" : index.group(2) + ".";
            return Optional.of("DROP INDEX " + schema + index.group(1) + ";");
        }
        Matcher on = ON_TABLE.matcher(sql);
        if (on.find()) {
            return Optional.of(
                    "DROP %s %s ON %s;".formatted(on.group(1), on.group(2), on.group(3)));
        }
        Matcher rule = RULE.matcher(sql);
        if (rule.find()) {
            return Optional.of("DROP RULE %s ON %s;".formatted(rule.group(1), rule.group(2)));
        }
        Matcher cast = CAST.matcher(sql);
        if (cast.find()) {
            return Optional.of("DROP CAST " + cast.group(1) + ";");
        }
        Matcher operator = OPERATOR.matcher(sql);
        if (operator.find()) {
            return Optional.of(
                    "DROP OPERATOR %s (%s, %s);"
                            .formatted(
                                    operator.group(1),
                                    option(sql, "LEFTARG"),
                                    option(sql, "RIGHTARG")));
        }
        Matcher comment = COMMENT.matcher(sql);
        if (comment.find()) {
            return Optional.of(comment.group(1) + " IS NULL;");
        }
        Matcher routine = ROUTINE.matcher(sql);
        if (routine.find()) {
            return Optional.of(
                    "DROP %s %s%s;".formatted(routine.group(1), routine.group(2), arguments(name)));
        }
        return Optional.empty();
    }

    /** Nothing where there is one function of that name only, or nobody knows. */
    private static String arguments(String name) {
        int from = name.endsWith(")") ? name.indexOf('(') : -1;
        return from < 0 ? "" : name.substring(from);
    }

    private static String option(String sql, String name) {
        Matcher option = Pattern.compile("\\b" + name + " = ([^\\n]*?),?\\n").matcher(sql);
        return option.find() ? option.group(1) : "NONE";
    }
}
