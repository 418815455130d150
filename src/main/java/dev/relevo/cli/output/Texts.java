package dev.relevo.cli.output;

import dev.relevo.pg.Size;
import java.util.Locale;

/** Numbers and lines as people read them. */
final class Texts {
    private Texts() {}

    /** {@code 812 bytes}, {@code 12 kB}, {@code 3.4 GB}: powers of 1024, as PostgreSQL counts. */
    static String bytes(long number) {
        return Size.text(number);
    }

    /** {@code 12 345}: digits in threes. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number).replace(',', ' ');
    }

    /** {@code 8.3 ms} below 10 ms, {@code 71 ms} above. */
    static String millis(double ms) {
        return String.format(Locale.ROOT, ms < 10 ? "%.1f ms" : "%.0f ms", ms);
    }

    /** {@code 1 client}, {@code 2 clients}. */
    static String plural(long number, String noun) {
        return count(number) + " " + noun + (number == 1 ? "" : "s");
    }

    /** On one line, at most {@code width} characters. */
    static String oneLine(String text, int width) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= width ? line : line.substring(0, width - 1) + "…";
    }

    /** Every line after the first moved in by a tabulator, as psql shows long details. */
    static String continued(String text) {
        return text.strip().replace("\n", "\n\t");
    }
}
