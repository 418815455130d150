package dev.relevo.catalog;

/**
 * A materialized view.
 *
 * @param level 0 when it is built on no other view; higher than the levels of all it is built on
 */
public record MaterializedView(QualifiedName name, boolean populated, int level) {}
