package dev.relevo.upgrade;

import dev.relevo.plan.Statement;
import java.util.List;

/**
 * What {@code sync} carried, or would.
 *
 * @param from the side that serves
 * @param to the side that follows
 * @param dryRun whether nothing was changed
 * @param statements what ran on the side that follows, or would; passwords are masked
 * @param notes what was left as it is and why
 */
public record SyncReport(
        String from, String to, boolean dryRun, List<Statement> statements, List<String> notes) {
    public SyncReport {
        statements = List.copyOf(statements);
        notes = List.copyOf(notes);
    }
}
