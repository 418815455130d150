package dev.relevo.pg;

import java.util.Locale;

/** Numbers of bytes as people read them. */
public final class Size {
    private static final String[] UNITS = {"bytes", "kB", "MB", "GB", "TB"};

    private Size() {}

    /** {@code 812 bytes}, {@code 12 kB}, {@code 3.4 GB}: powers of 1024, as PostgreSQL counts. */
    public static String text(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1_024 && unit < UNITS.length - 1) {
            value /= 1_024;
            unit++;
        }
        String form = unit == 0 || value >= 10 ? "%.0f %s" : "%.1f %s";
        return String.format(Locale.ROOT, form, value, UNITS[unit]);
    }
}
