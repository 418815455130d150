package dev.relevo.upgrade;

import dev.relevo.plan.Statement;
import java.util.List;
import java.util.stream.Stream;

/**
 * What {@code sync} carried, or would.
 *
 * @param from the side that serves
 * @param to the side that follows
 * @param dryRun whether nothing was changed
 * @param statements what ran on the side that follows, or would; passwords are masked
 * @param notes what was left as it is and why
 * @param differences what is left of the differences of the two schemas, with what a person can do
 */
public record SyncReport(
        String from,
        String to,
        boolean dryRun,
        List<Statement> statements,
        List<String> notes,
        List<String> differences) {
    public SyncReport {
        statements = List.copyOf(statements);
        notes = List.copyOf(notes);
        differences = List.copyOf(differences);
    }

    /** Of what left no difference between the schemas. */
    SyncReport(
            String from,
            String to,
            boolean dryRun,
            List<Statement> statements,
            List<String> notes) {
        this(from, to, dryRun, statements, notes, List.of());
    }

    /** Both, one after the other. */
    SyncReport with(SyncReport other) {
        return new SyncReport(
                from,
                to,
                dryRun,
                joined(statements, other.statements),
                joined(notes, other.notes).stream().distinct().toList(),
                joined(differences, other.differences));
    }

    private static <T> List<T> joined(List<T> some, List<T> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }
}
