package dev.relevo.handover;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.List;

/**
 * Names the sessions that are waited for: pid, role, application, state, since when. Never their
 * query's text.
 */
final class Blockers {
    private Blockers() {}

    static List<String> describe(Session session, List<Integer> mine) {
        return session.query(
                SqlFile.load(Blockers.class, "blockers"), row -> row.text("description"), mine);
    }
}
