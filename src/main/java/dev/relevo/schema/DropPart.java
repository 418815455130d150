package dev.relevo.schema;

import dev.relevo.pg.Quote;

/**
 * Roles that the serving side has dropped, behind everything that may still refer to them. Only
 * what this upgrade has created there, which its OID tells, and only where it owns nothing.
 */
final class DropPart implements Part {
    /** Everything else in other databases and in none; what is here has been dealt with before. */
    private static final String ELSEWHERE =
            """
            SELECT pg_catalog.count(*) AS n FROM pg_catalog.pg_shdepend d JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid
            WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND r.rolname = ? AND d.dbid <> 0
              AND d.dbid <> (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())
            """;

    @Override
    public void compare(Sides sides, Remembered remembered, Amendments found) {
        sides.onTo()
                .roles()
                .forEach((name, role) -> {
                    boolean gone = !sides.onFrom().roles().containsKey(name);
                    if (gone
                            && sides.made().containsKey(name)
                            && remembered.isAlike("role " + Quote.ident(name))) {
                        drop(name, sides, found);
                    }
                });
    }

    private static void drop(String name, Sides sides, Amendments found) {
        long elsewhere = sides.to().one(ELSEWHERE, row -> row.bigint("n"), name);
        if (elsewhere > 0) {
            found.note(
                    ("role %s was dropped on the %s server; it stays on the %s server, where other databases"
                                    + " refer to it")
                            .formatted(name, sides.serving().label(), sides.following()));
            return;
        }
        found.add(Amendment.optional("DROP ROLE " + Quote.ident(name)));
    }
}
