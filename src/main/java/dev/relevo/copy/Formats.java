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
 * what binary takes as it stands; so a type has to be on the list. {@code name} and the object
 * identifier types are not, nor is any type that a user or an extension made. {@code "char"} is,
 * whose bytes above 127 are no text.
 */
final class Formats {
    private static final Set<String> SAME =
            Set.of(
                    "boolean",
                    "bytea",
                    "\"char\"",
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

    /** How the old server writes values down, as pg_dump has it. */
    static void setWriting(Session old) {
        old.set("DateStyle", "ISO, YMD");
        old.set("IntervalStyle", "postgres");
        old.set("TimeZone", "UTC");
        old.set("extra_float_digits", "3");
        old.set("bytea_output", "hex");
        old.set("xmlbinary", "base64");
        old.set("synchronize_seqscans", "off");
        setReading(old);
    }

    /**
     * On what reading depends; that of dates in ISO form does not. All else is as clients of the
     * new database have it, because the tables' CHECKs are evaluated.
     */
    static void setReading(Session fresh) {
        fresh.set("lc_monetary", "C");
        fresh.set("xmloption", "content");
        fresh.set("array_nulls", "on");
    }
}
