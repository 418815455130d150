package dev.relevo.cli.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbers of bytes with PostgreSQL's units, which are powers of 1024.
 *
 * @see <a href="https://www.postgresql.org/docs/current/config-setting.html">Units of settings</a>
 */
public final class Sizes {
    private static final Pattern FORM = Pattern.compile("(\\d{1,6})\\s*(B|kB|MB|GB|TB)");

    private Sizes() {}

    /**
     * Reads {@code 512MB}, {@code 10GB} or {@code 1TB}.
     *
     * @throws IllegalArgumentException with a sentence for people
     */
    public static long parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "\""
                            + text
                            + "\" is not a size: write a whole number and a unit out of B, kB, MB, GB and"
                            + " TB, for example 10GB");
        }
        return Long.parseLong(matcher.group(1))
                << switch (matcher.group(2)) {
                    case "B" -> 0;
                    case "kB" -> 10;
                    case "MB" -> 20;
                    case "GB" -> 30;
                    default -> 40;
                };
    }
}
