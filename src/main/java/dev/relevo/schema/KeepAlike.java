package dev.relevo.schema;

import dev.relevo.catalog.Server;
import dev.relevo.catalog.Side;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.PgException;
import dev.relevo.pg.SecretSession;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlState;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Failpoint;
import dev.relevo.problem.Pause;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Keeps the side that follows like the one that serves, in everything that is neither rows nor
 * definitions: roles with their passwords, memberships, settings, owners and privileges.
 *
 * <p>To look reads catalogs and changes nothing. To carry is one transaction on the side that
 * follows, which is compared again until nothing is left to do; killed anywhere, all of it has
 * happened or nothing. A change of an owner takes ACCESS EXCLUSIVE on the table there, for which
 * only the apply worker may have to be waited for; the other statements lock rows of catalogs.
 *
 * <p>Verifiers travel in sessions whose statements reach neither a log nor {@code
 * pg_stat_activity}, and are shown masked. What may be overwritten, {@link Remembered} decides.
 */
public final class KeepAlike {
    private static final List<Part> SHARED =
            List.of(new RolePart(), new MemberPart(), new RoleSettingPart(), new SharedAclPart());
    private static final List<Part> ALL = all();
    private static final int ROUNDS = 4;
    private static final String LOCKED = "locked";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Server serving;
    private final Server following;
    private final List<Part> parts;

    private KeepAlike(Server serving, Server following, List<Part> parts) {
        this.serving = serving;
        this.following = following;
        this.parts = parts;
    }

    /** Everything of the two databases and of their servers. */
    public KeepAlike(Server serving, Server following) {
        this(serving, following, ALL);
    }

    private static List<Part> all() {
        List<Part> all = new ArrayList<>(SHARED);
        all.add(new DatabasePart());
        all.add(new ObjectPart());
        all.add(new DefaultAclPart());
        all.add(new DropPart());
        return List.copyOf(all);
    }

    /** What belongs to the servers, and is there before the new database is. */
    static List<Part> shared() {
        return SHARED;
    }

    /** How they differ now; changes nothing. */
    public Amendments look() {
        try (Session from = open(serving);
                Session to = open(following)) {
            return compare(parts, from, to, serving.side(), remembered(from, to));
        }
    }

    /**
     * Makes the side that follows like the other one.
     *
     * @param notes is told, a line each, what is waited for
     * @return what was done, and what was left as it is
     * @throws ProblemException when the side that follows refuses a statement; then none of them
     *     has happened
     */
    public Amendments carry(Consumer<String> notes) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try (Session from = open(serving);
                    Session to = open(following)) {
                return carry(from, to);
            } catch (ProblemException e) {
                if (!e.problem().code().equals(LOCKED) || System.nanoTime() > deadline) {
                    throw e;
                }
                notes.accept(e.problem().message() + "; trying again: " + e.problem().detail());
                Pause.of(Duration.ofMillis(200));
            }
        }
    }

    private Amendments carry(Session from, Session to) {
        Session old = old(from, to);
        Remembered remembered = remembered(from, to);
        Amendments first = compare(parts, from, to, serving.side(), remembered);
        if (first.amendments().isEmpty()) {
            remembered.write(old);
            return first;
        }
        if (serving.side() == Side.OLD) {
            saveUndo(old, first);
        }
        Amendments done = new Amendments();
        Remembered[] last = {remembered};
        Set<String> refused = new HashSet<>();
        to.transaction(() -> {
            Amendments left = first;
            for (int round = 0; round < ROUNDS; round++) {
                if (left.amendments().stream().allMatch(a -> refused.contains(a.sql()))) {
                    break;
                }
                for (Amendment amendment : left.amendments()) {
                    if (refused.contains(amendment.sql())) {
                        continue;
                    }
                    if (amendment.optional()) {
                        tryOut(to, amendment, refused, done);
                    } else {
                        run(to, amendment, following.side());
                        done.add(amendment);
                    }
                }
                last[0] = remembered.again();
                left = compare(parts, from, to, serving.side(), last[0]);
            }
            left.notes().forEach(done::note);
            requireNothingLeft(left, refused);
            Failpoint.reach("sync/applied");
        });
        Failpoint.reach("sync/committed");
        noteMade(old, to, done, following.side());
        last[0].write(old);
        return done;
    }

    private void tryOut(Session to, Amendment amendment, Set<String> refused, Amendments done) {
        to.execute("SAVEPOINT relevo_sync");
        try {
            to.execute(amendment.sql());
            done.add(amendment);
        } catch (PgException e) {
            if (e.isConnectionLost()) {
                throw e;
            }
            if (e.is(SqlState.LOCK_NOT_AVAILABLE)) {
                throw refusal(amendment, following.side(), e);
            }
            to.execute("ROLLBACK TO SAVEPOINT relevo_sync");
            refused.add(amendment.sql());
            done.note(
                    "the %s server refused %s: %s"
                            .formatted(following.side(), amendment.shown(), e.getMessage()));
        }
        to.execute("RELEASE SAVEPOINT relevo_sync");
    }

    private void requireNothingLeft(Amendments difference, Set<String> refused) {
        List<Amendment> left =
                difference.amendments().stream()
                        .filter(each -> !refused.contains(each.sql()))
                        .toList();
        if (!left.isEmpty()) {
            throw new Problem(
                            ExitStatus.FAILED,
                            "not-carried",
                            "the "
                                    + following.side()
                                    + " server is not like the other one after it was made so",
                            left.getFirst().shown(),
                            "Run that statement on the "
                                    + following.side()
                                    + " server, then the same command again.")
                    .toException();
        }
    }

    /**
     * What {@code abort} takes back on the new server; it may not have happened then, which does no
     * harm.
     */
    static void saveUndo(Session old, Amendments difference) {
        Facts facts = new Facts(old);
        Set<String> undo = new LinkedHashSet<>(facts.get(Fact.ROLES).orElse(List.of()));
        difference.amendments().stream()
                .map(Amendment::undo)
                .filter(sql -> !sql.isEmpty())
                .forEach(undo::add);
        facts.put(Fact.ROLES, List.copyOf(undo));
    }

    /**
     * Which roles were made by us, by OID: only these are dropped when the other side drops them.
     */
    static void noteMade(Session old, Session to, Amendments done, Side following) {
        for (Amendment amendment : done.amendments()) {
            if (!amendment.creates().isEmpty()) {
                to.first(
                                "SELECT oid::text AS oid FROM pg_catalog.pg_roles WHERE rolname = ?",
                                row -> row.text("oid"),
                                amendment.creates())
                        .ifPresent(oid ->
                                new Facts(old)
                                        .put(
                                                Fact.ROLE_MADE,
                                                following.label() + "/" + amendment.creates(),
                                                List.of(oid)));
            }
        }
    }

    static void run(Session session, Amendment amendment, Side side) {
        try {
            session.executeSecret(amendment.sql(), amendment.shown());
        } catch (PgException e) {
            throw refusal(amendment, side, e);
        }
    }

    private static ProblemException refusal(Amendment amendment, Side side, PgException e) {
        boolean locked = e.is(SqlState.LOCK_NOT_AVAILABLE);
        return new Problem(
                        ExitStatus.FAILED,
                        locked ? LOCKED : "not-carried",
                        locked
                                ? "a lock on the " + side + " server was not to be had"
                                : "the "
                                        + side
                                        + " server refused what the other one has: "
                                        + e.getMessage(),
                        amendment.shown() + (e.detail().isEmpty() ? "" : "\n" + e.detail()),
                        (e.hint().isEmpty() ? "" : e.hint() + " ")
                                + "Make both servers alike by hand, then run the same command again.")
                .toException(); // the cause would carry the statement, and with it the verifier
    }

    static Amendments compare(
            List<Part> parts, Session from, Session to, Side serving, Remembered remembered) {
        Map<String, String> made = made(serving == Side.OLD ? from : to, to, serving.other());
        Sides sides = Sides.read(serving, from, to, made);
        Amendments found = new Amendments();
        parts.forEach(part -> part.compare(sides, remembered, found));
        return found;
    }

    private static Map<String, String> made(Session old, Session to, Side following) {
        String prefix = following.label() + "/";
        Map<String, String> made = new HashMap<>();
        new Facts(old)
                .all(Fact.ROLE_MADE)
                .forEach((name, oid) -> {
                    if (name.startsWith(prefix)) {
                        made.put(name.substring(prefix.length()), oid.getFirst());
                    }
                });
        if (made.isEmpty()) {
            return made;
        }
        Map<String, String> there = new HashMap<>();
        to.query(
                "SELECT rolname, oid::text AS oid FROM pg_catalog.pg_roles",
                row -> there.put(row.text("rolname"), row.text("oid")) == null);
        made.entrySet().removeIf(entry -> !entry.getValue().equals(there.get(entry.getKey())));
        return made;
    }

    private Remembered remembered(Session from, Session to) {
        return Remembered.read(old(from, to), serving.side());
    }

    private Session old(Session from, Session to) {
        return serving.side() == Side.OLD ? from : to;
    }

    private static Session open(Server server) {
        return SecretSession.open(server.endpoint(), "sync");
    }
}
