package dev.relevo.replication;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Server;
import dev.relevo.catalog.Side;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Secret;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One side as replication sees it, and how everything there is called.
 *
 * <p>Every name bears a part that no other upgrade has: slots and roles belong to a whole server,
 * where other databases are moved at the same time, and a server that was forgotten must not take
 * the slot of this one.
 *
 * <p>The tables may be spread over several subscriptions. Each has a publication, a slot, a table
 * of marks and a role to read with of its own, on either side; what belongs to the second and
 * further ones has their number behind its name.
 *
 * @param server which of the two
 * @param seenFromOther how the other server reaches this one
 * @param tag the part of every name that is this upgrade's alone, see {@code Identity}
 * @param part which of the subscriptions, counted from 1
 */
public record Node(Server server, Endpoint seenFromOther, String tag, int part) {
    /** What every publication of ours is called, whichever upgrade, as a regular expression. */
    static final String PUBLICATIONS = "^relevo_[0-9a-f]{8}(_[0-9]+)?$";

    /** The first of the subscriptions, which may be the only one. */
    public Node(Server server, Endpoint seenFromOther, String tag) {
        this(server, seenFromOther, tag, 1);
    }

    public Side side() {
        return server.side();
    }

    /** The database, as a superuser. */
    public Endpoint endpoint() {
        return server.endpoint();
    }

    /** The same side as another of the subscriptions has it. */
    public Node part(int number) {
        return new Node(server, seenFromOther, tag, number);
    }

    /** The same side as each of the subscriptions has it. */
    public List<Node> parts(int subscriptions) {
        return IntStream.rangeClosed(1, subscriptions).mapToObj(this::part).toList();
    }

    /** The name of something that each of the subscriptions has. */
    private String numbered(String name) {
        return part == 1 ? name : name + "_" + part;
    }

    private String named(String name) {
        return numbered("relevo_" + tag + name);
    }

    /** The name of a step that is there for each of the subscriptions. */
    String step(String id) {
        return part == 1 ? id : id + "-" + part;
    }

    /** What a step does, of something that each of the subscriptions has. */
    String titled(String what) {
        return part == 1 ? what : what + " " + part;
    }

    /** The publication on this side. */
    public String publication() {
        return named("");
    }

    /** The table whose rows travel from this side to the other one, and which no other side has. */
    public QualifiedName marks() {
        return new QualifiedName("relevo", numbered("nonce_" + side().label()));
    }

    public Session open(String purpose) {
        return endpoint().open(purpose);
    }

    /** A session on the server, whether the database is there or not. */
    Session openServer(String purpose) {
        return endpoint().withDatabase("postgres").open(purpose);
    }

    /** See {@link Endpoint#openForDdl}. */
    Session openForDdl(String purpose) {
        return endpoint().openForDdl(purpose);
    }

    /** A session, or nothing when the database is not there (yet, or any more). */
    public Optional<Session> openIfThere(String purpose) {
        try {
            return Optional.of(open(purpose));
        } catch (ProblemException e) {
            if (e.problem().code().equals("no-database")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** The subscription by which this side follows the other one. */
    public String subscription() {
        return named("_" + side().label());
    }

    /** The slot on this side from which the other one follows. */
    public String slot() {
        return named("_" + side().other().label());
    }

    /**
     * The role as which the other server reads from this one: a password nobody knows, no more
     * rights than it needs. Each subscription has one, because each has a password of its own.
     */
    public String replicationRole() {
        return named("_reads_" + side().label());
    }

    /**
     * The superuser that owns the subscriptions on this side; it has no password, so nobody logs in
     * as it.
     */
    public String applyRole() {
        return part(1).named("_applies_" + side().label());
    }

    /** How the other side logs in here. */
    Endpoint login(String role, Secret password) {
        return seenFromOther.withUser(role, password);
    }
}
