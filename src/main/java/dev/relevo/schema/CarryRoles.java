package dev.relevo.schema;

import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.SecretSession;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Creates on the new server what roles, memberships and role settings it lacks.
 *
 * <p>A password travels as the verifier the old server keeps, so nobody has to know it, in a
 * session whose statements reach neither the log nor {@code pg_stat_activity}. What exists on the
 * new server is never overwritten: where it differs, that is said.
 *
 * <p>All is one transaction on the new server. Before it, {@link Facts} on the old server gets the
 * statements that undo it: the new server's database need not exist yet. Killed in between, the
 * undo finds nothing to drop, which is right. Takes no lock a client could notice.
 */
public final class CarryRoles implements Step {
    private static final String DEPENDENT_OBJECTS = "2BP01";

    private final Endpoint oldServer;
    private final Endpoint newServer;
    private final Consumer<String> notes;

    /**
     * Looks at nothing yet.
     *
     * @param notes is told, a line each, what was left as it is and why
     */
    public CarryRoles(Endpoint oldServer, Endpoint newServer, Consumer<String> notes) {
        this.oldServer = oldServer;
        this.newServer = newServer;
        this.notes = notes;
    }

    /**
     * Something to do.
     *
     * @param sql the statement itself
     * @param shown the same without secrets
     * @param undo what takes it back; empty when the undo of another change does
     */
    private record Change(String sql, String shown, String undo) {
        Change(String sql, String undo) {
            this(sql, sql, undo);
        }
    }

    private record Difference(List<Change> changes, List<String> notes) {}

    @Override
    public String id() {
        return "roles";
    }

    @Override
    public String title() {
        return "carry roles to the new server";
    }

    @Override
    public List<Statement> statements() {
        return difference().changes().stream()
                .map(change -> new Statement("new", change.shown()))
                .toList();
    }

    @Override
    public Observation observe() {
        return difference().changes().isEmpty()
                ? new Observation.Done("every role is on the new server")
                : new Observation.Pending();
    }

    @Override
    public void apply(Progress progress) {
        Difference difference = difference();
        difference.notes().forEach(notes);
        Set<String> undo = new LinkedHashSet<>(saved());
        difference.changes().stream()
                .map(Change::undo)
                .filter(sql -> !sql.isEmpty())
                .forEach(undo::add);
        try (Session session = oldServer.open(id())) {
            new Facts(session).put(Fact.ROLES, List.copyOf(undo));
        }
        try (Session session = onNew()) {
            session.transaction(() -> difference.changes().forEach(c -> run(session, c)));
        }
    }

    private static void run(Session session, Change change) {
        try {
            session.execute(change.sql());
        } catch (PgException e) {
            // The cause would carry the statement, and with it the verifier.
            throw new Problem(
                            ExitStatus.FAILED,
                            "role-not-carried",
                            "the new server refused a role: " + e.getMessage(),
                            change.shown() + (e.detail().isEmpty() ? "" : "\n" + e.detail()),
                            e.hint())
                    .toException();
        }
    }

    @Override
    public Reversal reversal() {
        List<String> undo = saved().reversed();
        if (undo.isEmpty()) {
            return new Reversal.Nothing();
        }
        return new Reversal.Undo(
                undo.stream().map(sql -> new Statement("new", sql)).toList(), () -> undo(undo));
    }

    private void undo(List<String> statements) {
        try (Session session = onNew()) {
            for (String sql : statements) {
                try {
                    session.execute(sql);
                } catch (PgException e) {
                    if (e.is(DEPENDENT_OBJECTS)) {
                        notes.accept(sql + " was refused, the role stays: " + e.detail().strip());
                    } else if (!e.is("42704")) {
                        // 42704: the role, or one it is a member of, is gone already.
                        throw e;
                    }
                }
            }
        }
        try (Session session = oldServer.open(id())) {
            new Facts(session).remove(Fact.ROLES);
        }
    }

    private List<String> saved() {
        try (Session session = oldServer.open(id())) {
            return new Facts(session).get(Fact.ROLES).orElse(List.of());
        }
    }

    private Session onNew() {
        return SecretSession.quiet(newServer.maintenance(id()));
    }

    private Difference difference() {
        try (Session a = oldServer.open(id());
                Session b = onNew()) {
            Roles onOld = Roles.read(a);
            Roles onNew = Roles.read(b);
            Difference found = new Difference(new ArrayList<>(), new ArrayList<>());
            roles(onOld, onNew, found);
            memberships(onOld, onNew, found);
            settings(onOld, onNew, b, found);
            return found;
        }
    }

    private static void roles(Roles onOld, Roles onNew, Difference found) {
        onOld.roles()
                .forEach((name, role) -> {
                    Roles.Role existing = onNew.roles().get(name);
                    if (existing == null) {
                        found.changes()
                                .add(
                                        new Change(
                                                role.create(false),
                                                role.create(true),
                                                "DROP ROLE IF EXISTS " + Quote.ident(name)));
                        role.commentOn().ifPresent(sql -> found.changes().add(new Change(sql, "")));
                    } else if (!existing.attributes().equals(role.attributes())) {
                        found.notes()
                                .add(
                                        "role %s exists on the new server as %s, on the old one as %s; it is left as it is"
                                                .formatted(
                                                        name,
                                                        existing.attributes(),
                                                        role.attributes()));
                    }
                });
    }

    private static void memberships(Roles onOld, Roles onNew, Difference found) {
        onOld.memberships()
                .forEach((membership, options) -> {
                    Roles.Options existing = onNew.memberships().get(membership);
                    if (existing == null) {
                        found.changes()
                                .add(
                                        new Change(
                                                options.grant(membership),
                                                "REVOKE %s FROM %s"
                                                        .formatted(
                                                                Quote.ident(membership.role()),
                                                                Quote.ident(membership.member()))));
                    } else if (existing.admin() != options.admin()) {
                        found.notes()
                                .add(
                                        "the membership of %s in %s has another ADMIN option on the new server; it is left as it is"
                                                .formatted(membership.member(), membership.role()));
                    }
                });
    }

    private static void settings(Roles onOld, Roles onNew, Session b, Difference found) {
        for (Map.Entry<Roles.SettingKey, Setting> entry : onOld.settings().entrySet()) {
            Roles.SettingKey key = entry.getKey();
            Setting setting = entry.getValue();
            Setting existing = onNew.settings().get(key);
            String alter = key.alter();
            if (existing != null && !existing.equals(setting)) {
                found.notes()
                        .add(
                                "%s%s is another value on the new server; it is left as it is"
                                        .formatted(alter, setting.set()));
            } else if (existing == null && !setting.isReadOnlySwitch()) {
                if (setting.isKnownTo(b)) {
                    found.changes().add(new Change(alter + setting.set(), alter + setting.reset()));
                } else {
                    found.notes()
                            .add(
                                    "%s%s is left out: the new server has no such parameter"
                                            .formatted(alter, setting.set()));
                }
            }
        }
    }
}
