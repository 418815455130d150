package dev.relevo.catalog;

import org.jspecify.annotations.Nullable;

/**
 * A sequence.
 *
 * @param type smallint, integer or bigint
 * @param cache how many values a session takes at once
 * @param ownedBy the table it belongs to, as serial and identity columns have it; or null
 * @param ownedByColumn the column there, or null
 */
public record Sequence(
        QualifiedName name,
        String type,
        long cache,
        @Nullable QualifiedName ownedBy,
        @Nullable String ownedByColumn) {}
