package dev.relevo.schema;

import java.util.List;

/**
 * A statement of the schema that a server refused, where nothing it needs had been refused before.
 *
 * @param type of the object, as pg_dump names it, for example {@code MATERIALIZED VIEW}
 * @param schema where it is, or {@code -}
 * @param name as pg_dump has it: not quoted; that of a table goes before that of its constraint
 * @param statement which the server refused, passwords masked
 * @param sqlState the server's code of the error
 * @param message the server's line
 * @param detail what the server said besides, its hint included; may be empty
 * @param dependents the objects that could not be made because of it, or that need it
 */
public record LoadFailure(
        String type,
        String schema,
        String name,
        String statement,
        String sqlState,
        String message,
        String detail,
        List<Dependent> dependents) {

    /** An object that needs another one. */
    public record Dependent(String type, String schema, String name, String sql) {}

    public LoadFailure {
        dependents = List.copyOf(dependents);
    }

    /** Type and name, for people. */
    public String what() {
        return type.toLowerCase(java.util.Locale.ROOT)
                + " "
                + (schema.equals("-") ? "" : schema + ".")
                + name;
    }
}
