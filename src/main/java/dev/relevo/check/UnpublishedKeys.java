package dev.relevo.check;

import java.util.List;

/**
 * Foreign keys of tables whose rows do not travel, to tables whose rows do. A TRUNCATE of both
 * reaches the subscriber for the one only, where the key forbids it, whatever the publisher was
 * told; then apply stands still until the key is gone.
 */
final class UnpublishedKeys implements Check {
    private static final String SQL =
            """
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS referrer, pg_catalog.quote_ident(k.conname) AS name,
                   k.confrelid::pg_catalog.regclass::text AS referred
            FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
            WHERE k.contype = 'f' AND k.conparentid = 0 AND c.relpersistence <> 't'
              AND r.relpersistence = 'p' AND NOT EXISTS (
                  SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = r.oid AND d.deptype = 'e')
              AND (c.relpersistence = 'u' OR EXISTS (
                  SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'))
            ORDER BY 1, 2
            """;

    @Override
    public String id() {
        return "unpublished-keys";
    }

    @Override
    public List<Finding> find(Probe probe) {
        return probe.old()
                .query(
                        SQL,
                        row ->
                                Probe.warning(
                                        id(),
                                        "table %s, whose rows do not travel, refers to %s"
                                                .formatted(
                                                        row.text("referrer"), row.text("referred")),
                                        "A TRUNCATE of both, or with CASCADE, stops replication.",
                                        "Run ALTER TABLE %s DROP CONSTRAINT %s on the old server and add it again after relevo finish, or truncate %s by DELETE meanwhile."
                                                .formatted(
                                                        row.text("referrer"),
                                                        row.text("name"),
                                                        row.text("referred"))));
    }
}
