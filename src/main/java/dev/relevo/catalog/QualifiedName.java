package dev.relevo.catalog;

import dev.relevo.pg.Quote;
import java.util.Collection;
import java.util.Comparator;
import java.util.stream.Collectors;

/**
 * The name of a table, sequence or view, with its schema; both as the catalogs have them, unquoted.
 */
public record QualifiedName(String schema, String name) implements Comparable<QualifiedName> {
    private static final Comparator<QualifiedName> ORDER =
            Comparator.comparing(QualifiedName::schema).thenComparing(QualifiedName::name);

    public QualifiedName {
        if (schema.isEmpty() || name.isEmpty()) {
            throw new IllegalArgumentException("a name has a schema and a name");
        }
    }

    /** Quoted, fit for any statement. */
    public String sql() {
        return Quote.ident(schema, name);
    }

    /** Quoted names separated by commas. */
    public static String sql(Collection<QualifiedName> names) {
        return names.stream().map(QualifiedName::sql).collect(Collectors.joining(", "));
    }

    @Override
    public int compareTo(QualifiedName other) {
        return ORDER.compare(this, other);
    }

    /** For messages: as people write it, without needless quotes. */
    @Override
    public String toString() {
        return schema + "." + name;
    }
}
