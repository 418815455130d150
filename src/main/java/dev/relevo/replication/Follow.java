package dev.relevo.replication;

import dev.relevo.catalog.LostChanges;
import dev.relevo.catalog.QualifiedName;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Secret;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * The subscription that follows from the slot of {@link Snapshot}, on data that are there already.
 *
 * <p>A published table that was not copied with the others, because it came later or was rewritten
 * meanwhile, is copied by PostgreSQL's own table synchronization: it is left out of the publication
 * while the subscription is made and added again. Killed in between, the step before puts it back,
 * and this one goes on. Later tables are added in the same way.
 */
public final class Follow implements Step {
    private static final String UNDEFINED_TABLE = "42P01";
    private static final String OPTIONS = "copy_data = false, enabled = true";

    private final Node publisher;
    private final Node subscriber;
    private final Supplier<Set<QualifiedName>> copied;

    /**
     * Says who follows whom.
     *
     * @param copied the tables whose rows, as they are in the slot's snapshot, are on the
     *     subscriber
     */
    public Follow(Node publisher, Node subscriber, Supplier<Set<QualifiedName>> copied) {
        this.publisher = publisher;
        this.subscriber = subscriber;
        this.copied = copied;
    }

    @Override
    public String id() {
        return subscriber.step("subscription");
    }

    @Override
    public String title() {
        return subscriber.titled("subscription") + " on the " + subscriber.side() + " server";
    }

    @Override
    public List<Statement> statements() {
        try (Session server = subscriber.openServer("plan")) {
            return List.of(
                    new Statement(
                            subscriber.side().label(),
                            Subscriptions.statement(
                                    publisher,
                                    publisher.login(
                                            publisher.replicationRole(), Secret.of("********")),
                                    subscriber,
                                    server.version(),
                                    publisher.slot(),
                                    OPTIONS)));
        }
    }

    @Override
    public Observation observe() {
        try (Session there = subscriber.open("subscription");
                Session here = publisher.open("slot")) {
            boolean subscribed = Subscriptions.exists(there, subscriber.subscription());
            if (subscribed && !Slots.isUsable(here, publisher)) {
                return new Observation.Drifted(
                        "subscription "
                                + subscriber.subscription()
                                + " is there, its slot "
                                + publisher.slot()
                                + " is not, was made again, or has lost its log: changes are lost to it",
                        LostChanges.NEW_COPY);
            }
            if (subscribed && !Subscriptions.isConnected(there, subscriber.subscription())) {
                return new Observation.Drifted(
                        "subscription "
                                + subscriber.subscription()
                                + " is disabled or has lost its slot",
                        "Run relevo abort, then relevo start.");
            }
            if (subscribed) {
                Followed.requireSame(here, publisher.side());
            }
            return subscribed && followsAll(here, there)
                    ? new Observation.Done(subscriber.subscription())
                    : new Observation.Pending();
        }
    }

    @Override
    public void apply(Progress progress) {
        try {
            follow();
        } catch (PgException e) {
            throw e.is(UNDEFINED_TABLE) ? differs(e) : e;
        }
    }

    /** A table was renamed, or moved to another schema, since the schema was carried. */
    private RuntimeException differs(PgException cause) {
        return new Problem(
                        ExitStatus.STATE,
                        "schema-differs",
                        "the two databases do not have the same tables any more",
                        cause.getMessage() + ", on the " + subscriber.side() + " server",
                        "Make the same change on the other server, or run relevo abort; then run"
                                + " relevo start again.")
                .toException(cause);
    }

    private void follow() {
        if (refresh()) {
            remember();
            return;
        }
        try (Session here = publisher.open("subscription")) {
            Followed.requireSame(here, publisher.side());
            Followed.remember(here);
        }
        Set<QualifiedName> left = leftOut();
        requireNoRows(left);
        alterPublication("DROP", left);
        Subscriptions.create(publisher, subscriber, OPTIONS);
        alterPublication("ADD", left);
        if (!left.isEmpty()) {
            refresh();
        }
    }

    /** What is published and was not copied; our own table of marks is empty and needs no copy. */
    private Set<QualifiedName> leftOut() {
        try (Session here = publisher.open("subscription")) {
            Set<QualifiedName> left = new TreeSet<>(Publication.published(here, publisher));
            left.removeAll(copied.get());
            left.removeIf(name -> name.schema().equals("relevo"));
            return left;
        }
    }

    /**
     * What was copied under another name, of a table that was renamed on both servers since, would
     * be there twice after its table synchronization, or stop it for ever where there is a key.
     */
    private void requireNoRows(Set<QualifiedName> tables) {
        try (Session there = subscriber.open("subscription")) {
            List<String> filled =
                    tables.stream()
                            .filter(table ->
                                    there.exists(
                                            "SELECT FROM "
                                                    + (isPartitioned(there, table) ? "" : "ONLY ")
                                                    + table.sql()
                                                    + " LIMIT 1"))
                            .map(QualifiedName::toString)
                            .toList();
            if (!filled.isEmpty()) {
                throw new Problem(
                                ExitStatus.STATE,
                                "copy-outdated",
                                "tables have rows already that are still to be copied",
                                String.join(", ", filled)
                                        + ": renamed or filled on the "
                                        + subscriber.side()
                                        + " server since the copy began",
                                LostChanges.NEW_COPY)
                        .toException();
            }
        }
    }

    private static boolean isPartitioned(Session session, QualifiedName table) {
        return session.exists(
                "SELECT FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass(?) AND"
                        + " c.relkind = 'p'",
                table.sql());
    }

    private void alterPublication(String verb, Set<QualifiedName> tables) {
        if (!tables.isEmpty()) {
            try (Session here = publisher.openForDdl("publication")) {
                here.execute(
                        "ALTER PUBLICATION "
                                + Quote.ident(publisher.publication())
                                + " "
                                + verb
                                + " TABLE ONLY "
                                + String.join(
                                        ", ONLY ",
                                        tables.stream().map(QualifiedName::sql).toList()));
            }
        }
    }

    private void remember() {
        try (Session here = publisher.open("subscription")) {
            Followed.remember(here);
        }
    }

    /** Tables that were published since are added, and copied; the others are not touched. */
    private boolean refresh() {
        try (Session there = subscriber.openForDdl("subscription")) {
            if (!Subscriptions.exists(there, subscriber.subscription())) {
                return false;
            }
            there.execute(
                    "ALTER SUBSCRIPTION "
                            + Quote.ident(subscriber.subscription())
                            + " REFRESH PUBLICATION WITH (copy_data = true)");
            return true;
        }
    }

    private boolean followsAll(Session here, Session there) {
        return CopyProgress.tables(there, subscriber.subscription())
                .equals(Publication.published(here, publisher));
    }

    @Override
    public Reversal reversal() {
        return new Reversal.Undo(
                List.of(
                        new Statement(
                                subscriber.side().label(),
                                "DROP SUBSCRIPTION IF EXISTS " + subscriber.subscription()),
                        new Statement(
                                publisher.side().label(),
                                "SELECT pg_drop_replication_slot('" + publisher.slot() + "')")),
                () -> Subscriptions.drop(publisher, subscriber));
    }
}
