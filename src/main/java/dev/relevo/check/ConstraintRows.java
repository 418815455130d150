package dev.relevo.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What was found about rows and the constraints they should satisfy, and what was not looked at.
 */
final class ConstraintRows {
    private static final String MADE =
            """
            SELECT n.nspname || '.' || c.relname || ' ' || k.conname AS name
            FROM pg_catalog.pg_constraint k
            JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE k.contype IN ('c', 'f')
            """;

    private static final int NAMED = 10;

    private final String id;
    private final String one;
    private final String many;
    private final List<Finding> findings = new ArrayList<>();
    private final List<String> unknown = new ArrayList<>();
    private final List<String> foreign = new ArrayList<>();
    private String question = "";

    /**
     * Nothing yet.
     *
     * @param one what such a constraint is called
     * @param many what several are called
     */
    ConstraintRows(String id, String one, String many) {
        this.id = id;
        this.one = one;
        this.many = many;
    }

    /** {@code 1 row of}, {@code 2 rows of}. */
    static String rows(long number) {
        return number == 1 ? "1 row of" : number + " rows of";
    }

    /**
     * The constraints that the new server has already, as {@code schema.table name}: whatever
     * violates them has been told there, or does not matter any more.
     */
    static Set<String> made(Probe probe) {
        return probe.context().begun() && !probe.context().newDatabaseMissing()
                ? Set.copyOf(probe.fresh().query(MADE, row -> row.text("name")))
                : Set.of();
    }

    void add(Finding finding) {
        findings.add(finding);
    }

    /** It would take too long, or could not be found out. */
    void unknown(String what, String why) {
        unknown.add(what + " (" + why + ")");
    }

    /**
     * Code of the users' would run.
     *
     * @param select what finds the rows
     */
    void foreign(String what, String select) {
        foreign.add(what);
        question = question.isEmpty() ? select : question;
    }

    List<Finding> findings() {
        if (!unknown.isEmpty()) {
            findings.add(
                    Probe.notice(
                            id,
                            "the rows of %s were not compared with their tables"
                                    .formatted(counted(unknown)),
                            names(unknown),
                            "Run relevo check --deep, which reads them all, when the old server is not busy."));
        }
        if (!foreign.isEmpty()) {
            findings.add(
                    Probe.notice(
                            id,
                            "the rows of %s that run code of users were not looked at"
                                    .formatted(counted(foreign)),
                            names(foreign),
                            "Run %s as the table's owner to see rows that the new server would refuse."
                                    .formatted(question)));
        }
        return findings;
    }

    private String counted(List<String> constraints) {
        return constraints.size() == 1 ? "1 " + one : constraints.size() + " " + many;
    }

    private static String names(List<String> all) {
        return all.stream().limit(NAMED).collect(Collectors.joining(", "))
                + (all.size() > NAMED ? ", …" : "");
    }
}
