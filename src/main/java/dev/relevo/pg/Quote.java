package dev.relevo.pg;

import java.util.Collection;
import java.util.stream.Collectors;

/**
 * The only place where text becomes part of an SQL statement.
 *
 * <p>Rests on {@code standard_conforming_strings=on}, which every {@link Session} sets.
 */
public final class Quote {
    private Quote() {}

    /** An identifier, always between double quotes, so that no list of keywords is needed. */
    public static String ident(String name) {
        requireNoNul(name);
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** A schema-qualified name. */
    public static String ident(String schema, String name) {
        return ident(schema) + '.' + ident(name);
    }

    /** Identifiers separated by commas. */
    public static String idents(Collection<String> names) {
        return names.stream().map(Quote::ident).collect(Collectors.joining(", "));
    }

    /** A string literal. */
    public static String literal(String value) {
        requireNoNul(value);
        return '\'' + value.replace("'", "''") + '\'';
    }

    /** A value inside a libpq keyword/value connection string. */
    public static String conninfoValue(String value) {
        requireNoNul(value);
        return '\'' + value.replace("\\", "\\\\").replace("'", "\\'") + '\'';
    }

    private static void requireNoNul(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("PostgreSQL text cannot hold a NUL character");
        }
    }
}
