package dev.relevo.catalog;

/**
 * A column of a table.
 *
 * @param type as {@code format_type} writes it, qualified unless it is in {@code pg_catalog}
 * @param comparable whether the apply worker finds an equality operator for the type, without which
 *     it cannot find a row by REPLICA IDENTITY FULL
 */
public record Column(
        String name,
        String type,
        boolean notNull,
        boolean comparable,
        boolean generated,
        boolean identity) {}
