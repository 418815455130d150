package dev.relevo.copy;

import dev.relevo.catalog.Column;
import dev.relevo.pg.Session;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * In which format a table travels: binary where that is known to mean the same in every supported
 * version, else text.
 *
 * <p>Binary holds OIDs where text has names (regclass, arrays of a user's type), and text converts
 * what binary takes as it stands; so a type has to be on the list. {@code name}, {@code "char"} and
 * the object identifier types are not, nor is any type that a user or an extension made.
 */
final class Formats {
    private static final Set<String> SAME =
            Set.of(
                    "boolean",
                    "bytea",
                    "smallint",
                    "integer",
                    "bigint",
                    "real",
                    "double precision",
                    "numeric",
                    "text",
                    "character varying",
                    "character",
                    "date",
                    "time without time zone",
                    "time with time zone",
                    "timestamp without time zone",
                    "timestamp with time zone",
                    "interval",
                    "uuid",
                    "json",
                    "jsonb",
                    "inet",
                    "cidr",
                    "macaddr",
                    "macaddr8",
                    "bit",
                    "bit varying",
                    "point",
                    "lseg",
                    "box",
                    "path",
                    "polygon",
                    "circle",
                    "line");

    /** {@code (10,2)} may stand in the middle of {@code timestamp(3) with time zone}. */
    private static final Pattern MODIFIER = Pattern.compile("\\([0-9, -]*\\)|\\[]");

    private static final Pattern FIELDS = Pattern.compile("^interval .*");

    private Formats() {}

    /**
     * Whether all columns travel safely in binary. The database has to be in UTF-8: texts are
     * converted to the client's encoding in binary too, and cannot be told to stay as they are.
     */
    static boolean isBinary(List<Column> columns, boolean utf8) {
        return utf8
                && !columns.isEmpty()
                && columns.stream().allMatch(column -> isSame(column.type()));
    }

    static boolean isSame(String type) {
        String plain = MODIFIER.matcher(type).replaceAll("");
        return SAME.contains(FIELDS.matcher(plain).replaceAll("interval"));
    }

    /** What text depends on, set alike on both sides, as pg_dump does. */
    static void set(Session session) {
        session.set("DateStyle", "ISO, YMD");
        session.set("IntervalStyle", "postgres");
        session.set("TimeZone", "UTC");
        session.set("extra_float_digits", "3");
        session.set("bytea_output", "hex");
        session.set("lc_monetary", "C");
        session.set("xmloption", "content");
        session.set("xmlbinary", "base64");
        session.set("synchronize_seqscans", "off");
    }
}
