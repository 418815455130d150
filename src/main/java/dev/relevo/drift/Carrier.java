package dev.relevo.drift;

import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Carries remedies out on the side that follows, each in a transaction of its own: what is there
 * already is found there by the next comparison, so whoever is killed in between goes on.
 *
 * <p>Objects depend on each other in ways that nobody lists here. So what is refused is tried again
 * as long as something else succeeds. The statements lock what they change as they do anywhere,
 * most of them ACCESS EXCLUSIVE; on that side only apply workers are in the way, and they wait.
 * When a lock cannot be had within the session's {@code lock_timeout} it is tried again three
 * times.
 */
public final class Carrier {
    private static final int ATTEMPTS = 4;

    private static final String NAME = "(?:\"(?:[^\"]|\"\")*\"|[^ \".]+)";
    private static final Pattern ALTERED =
            Pattern.compile("ALTER (TABLE|DOMAIN) (?:ONLY )?(" + NAME + "\\." + NAME + ") ");

    private static final String OWNER_OF_TABLE =
            "SELECT pg_catalog.pg_get_userbyid(c.relowner) AS owner FROM pg_catalog.pg_class c"
                    + " WHERE c.oid = pg_catalog.to_regclass(?)";
    private static final String OWNER_OF_DOMAIN =
            "SELECT pg_catalog.pg_get_userbyid(t.typowner) AS owner FROM pg_catalog.pg_type t"
                    + " WHERE t.oid = pg_catalog.to_regtype(?)";

    private final Session follower;
    private final Consumer<String> listener;

    /**
     * For one side.
     *
     * @param follower a session there, in which no event trigger of the users' fires
     * @param listener is told each statement before it runs
     */
    public Carrier(Session follower, Consumer<String> listener) {
        this.follower = follower;
        this.listener = listener;
    }

    private record Task(Difference difference, Remedy.Statements remedy, int number) {}

    /**
     * Carries out what can be.
     *
     * @return why not, by difference, of those that were refused
     * @throws PgException when the connection is lost
     */
    public Map<Difference, String> carry(Drift drift) {
        List<Remedy> remedies = drift.remedies();
        List<Task> left = new ArrayList<>();
        for (int i = 0; i < remedies.size(); i++) {
            if (remedies.get(i) instanceof Remedy.Statements statements) {
                // What was made last is dropped first.
                int number = statements.turn() == Remedy.Turn.DROPS ? -i : i;
                left.add(new Task(drift.differences().get(i), statements, number));
            }
        }
        left.sort(
                Comparator.comparing((Task task) -> task.remedy().turn())
                        .thenComparingInt(Task::number));
        Map<Difference, String> refused = new LinkedHashMap<>();
        boolean progress = true;
        while (progress && !left.isEmpty()) {
            refused.clear();
            List<Task> again = new ArrayList<>();
            for (Task task : left) {
                try {
                    carry(task.remedy());
                } catch (PgException e) {
                    if (e.isConnectionLost()) {
                        throw e;
                    }
                    refused.put(task.difference(), e.getMessage());
                    again.add(task);
                }
            }
            progress = again.size() < left.size();
            left = again;
        }
        return Collections.unmodifiableMap(refused);
    }

    private void carry(Remedy.Statements remedy) {
        try {
            run(remedy.sql());
        } catch (PgException e) {
            if (e.isConnectionLost() || remedy.anew().isEmpty()) {
                throw e;
            }
            run(remedy.anew());
        }
    }

    /** Keys are compared with the rights of the tables' owners anyway, and may span two owners. */
    private static boolean ofOwner(String statement) {
        return ALTERED.matcher(statement).lookingAt() && !statement.contains(" FOREIGN KEY ");
    }

    private void execute(String statement) {
        Matcher altered = ALTERED.matcher(statement);
        Optional<String> owner =
                ofOwner(statement) && altered.lookingAt()
                        ? follower.first(
                                altered.group(1).equals("TABLE") ? OWNER_OF_TABLE : OWNER_OF_DOMAIN,
                                row -> row.text("owner"),
                                altered.group(2))
                        : Optional.empty();
        owner.ifPresent(role -> follower.execute("SET LOCAL ROLE " + Quote.ident(role)));
        follower.execute(statement);
        owner.ifPresent(_ -> follower.execute("RESET ROLE"));
    }

    /**
     * One statement is its own transaction; before 12 ALTER TYPE ADD VALUE is refused in others.
     * What reads rows through expressions of users runs with the rights of the owner of the table
     * or domain: CREATE INDEX takes these by itself, ALTER TABLE does not.
     */
    private void run(List<String> statements) {
        statements.forEach(listener);
        for (int attempt = 1; ; attempt++) {
            try {
                if (statements.size() == 1 && !ofOwner(statements.getFirst())) {
                    follower.execute(statements.getFirst());
                } else {
                    follower.transaction(() -> statements.forEach(this::execute));
                }
                return;
            } catch (PgException e) {
                boolean again =
                        e.is(SqlState.DEADLOCK_DETECTED) || e.is(SqlState.LOCK_NOT_AVAILABLE);
                if (!again || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }
}
