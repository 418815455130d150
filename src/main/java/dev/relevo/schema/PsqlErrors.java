package dev.relevo.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What psql says of the statements that failed, with {@code VERBOSITY=verbose} and {@code
 * --echo-errors}, reading from its standard input.
 */
final class PsqlErrors {
    private static final Pattern SAYS =
            Pattern.compile("(?m)^psql:<stdin>:(\\d+): (ERROR|STATEMENT|[A-Z]+):  ");
    private static final Pattern CODE = Pattern.compile("^([0-9A-Z]{5}): ");
    private static final Pattern PARTS =
            Pattern.compile("(?m)^(LINE \\d+|DETAIL|HINT|QUERY|CONTEXT|LOCATION): ");

    private PsqlErrors() {}

    /**
     * A statement that a server refused.
     *
     * @param line of the script, where the statement ends, from 1
     * @param sqlState five characters
     * @param detail DETAIL, HINT and CONTEXT; may be empty
     */
    record Refused(int line, String sqlState, String message, String detail, String statement) {}

    static List<Refused> of(String said) {
        List<Refused> errors = new ArrayList<>();
        Matcher says = SAYS.matcher(said);
        boolean more = says.find();
        while (more) {
            int line = Integer.parseInt(says.group(1));
            String kind = says.group(2);
            int from = says.end();
            more = says.find();
            String text = said.substring(from, more ? says.start() : said.length()).strip();
            if (kind.equals("ERROR")) {
                errors.add(error(line, text));
            } else if (kind.equals("STATEMENT") && !errors.isEmpty()) {
                Refused last = errors.removeLast();
                errors.add(
                        new Refused(
                                last.line(),
                                last.sqlState(),
                                last.message(),
                                last.detail(),
                                SchemaDump.masked(text)));
            }
        }
        return errors;
    }

    private static Refused error(int line, String text) {
        Matcher code = CODE.matcher(text);
        String state = code.find() ? code.group(1) : "XX000";
        String rest = code.replaceFirst("");
        Matcher parts = PARTS.matcher(rest);
        int end = parts.find() ? parts.start() : rest.length();
        String message = rest.substring(0, end).strip().replace('\n', ' ');
        StringBuilder detail = new StringBuilder();
        parts.reset();
        boolean more = parts.find();
        while (more) {
            String name = parts.group(1);
            int from = parts.end();
            more = parts.find();
            String value = rest.substring(from, more ? parts.start() : rest.length()).strip();
            if (name.equals("DETAIL") || name.equals("HINT") || name.equals("CONTEXT")) {
                detail.append(detail.isEmpty() ? "" : "\n").append(value);
            }
        }
        return new Refused(line, state, message, SchemaDump.masked(detail.toString()), "");
    }
}
