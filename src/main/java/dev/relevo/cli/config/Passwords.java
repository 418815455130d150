package dev.relevo.cli.config;

import java.util.regex.Pattern;

/** Finds passwords in connection strings and in text that is about to be shown. */
public final class Passwords {
    private static final String VALUE = "('(?:[^'\\\\]|\\\\.|'')*'?|[^\\s'&;,)]+)";
    private static final Pattern KEYWORD =
            Pattern.compile("(?i)\\b((?:ssl)?password\\s*=\\s*)" + VALUE);
    private static final Pattern URI = Pattern.compile("(://[^/\\s:@]*:)([^/\\s]*)@");
    private static final Pattern SQL = Pattern.compile("(?i)\\b(password\\s+)('(?:[^']|'')*'?)");
    private static final Pattern TELLING =
            Pattern.compile("(?i)password|passfile|secret|\\bconnection\\s+'|dblink|conninfo|://");

    private Passwords() {}

    /** Whether the connection string holds a password, in either form. */
    public static boolean in(String conninfo) {
        return KEYWORD.matcher(conninfo).find() || URI.matcher(conninfo).find();
    }

    /** The text with every password in it replaced by stars. */
    public static String hide(String text) {
        String hidden = KEYWORD.matcher(text).replaceAll("$1********");
        hidden = URI.matcher(hidden).replaceAll("$1********@");
        return SQL.matcher(hidden).replaceAll("$1'********'");
    }

    /** Whether a statement is of a kind that may hold a secret, so that it is better not shown. */
    public static boolean mayBeIn(String statement) {
        return TELLING.matcher(statement).find();
    }
}
