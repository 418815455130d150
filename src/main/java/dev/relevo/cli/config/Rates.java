package dev.relevo.cli.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Bytes a second, written as a size with PostgreSQL's units, which are powers of 1024.
 *
 * @see <a href="https://www.postgresql.org/docs/current/config-setting.html">Units of settings</a>
 */
public final class Rates {
    private static final Pattern FORM = Pattern.compile("(\\d{1,6})\\s*(kB|MB|GB)");

    /** With less a piece that is sent at once would take seconds. */
    private static final long LEAST = 64 << 10;

    private Rates() {}

    /**
     * Reads {@code 500kB}, {@code 50MB} or {@code 1GB}; {@code 0} is no limit.
     *
     * @throws IllegalArgumentException with a sentence for people
     */
    public static long parse(String text) {
        String stripped = text.strip();
        if (stripped.equals("0")) {
            return 0;
        }
        Matcher matcher = FORM.matcher(stripped);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "\""
                            + text
                            + "\" is not a rate: write a whole number and a unit out of kB, MB and"
                            + " GB, for a second, for example 50MB; or 0 for no limit");
        }
        long rate =
                Long.parseLong(matcher.group(1))
                        << switch (matcher.group(2)) {
                            case "kB" -> 10;
                            case "MB" -> 20;
                            default -> 30;
                        };
        if (rate < LEAST) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is too low a rate: write 64kB at least, or 0 for no limit");
        }
        return rate;
    }
}
