package dev.relevo.schema;

import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Loads the whole schema into a {@link Scratch} database before anything is copied, and refuses to
 * go on when the new server refuses any of it.
 *
 * <p>That it went well is written nowhere, for the old schema may change until it is carried: a
 * start that is given again rehearses again, until {@link CarrySchema} is done.
 */
public final class Rehearse implements Step {
    private final Endpoint oldServer;
    private final Endpoint newServer;
    private volatile boolean rehearsed;

    public Rehearse(Endpoint oldServer, Endpoint newServer) {
        this.oldServer = oldServer;
        this.newServer = newServer;
    }

    @Override
    public String id() {
        return "rehearsal";
    }

    @Override
    public String title() {
        return "rehearse the schema in a scratch database on the new server";
    }

    @Override
    public List<Statement> statements() {
        return List.of(
                new Statement("new", "CREATE DATABASE " + ScratchName.PREFIX + "…"),
                new Statement(
                        "here",
                        "pg_dump %s --dbname=%s | pg_restore | psql %s --dbname=%s…"
                                .formatted(
                                        String.join(" ", SchemaDump.OPTIONS),
                                        oldServer.display(),
                                        String.join(" ", Scratch.LOAD),
                                        newServer.withDatabase(ScratchName.PREFIX).display())),
                new Statement("new", "DROP DATABASE " + ScratchName.PREFIX + "…"));
    }

    @Override
    public Observation observe() {
        if (rehearsed) {
            return new Observation.Done("the new server takes all of it");
        }
        boolean carried =
                Servers.openIfThere(newServer, id(), Map.of())
                        .map(session -> {
                            try (session) {
                                return new Facts(session).get(Fact.SCHEMA).isPresent();
                            }
                        })
                        .orElse(false);
        return carried
                ? new Observation.Done("the schema is carried already")
                : new Observation.Pending();
    }

    @Override
    public void apply(Progress progress) {
        List<LoadFailure> failures;
        try (Scratch scratch = Scratch.load(oldServer, newServer, progress)) {
            failures = scratch.failures();
        }
        if (!failures.isEmpty()) {
            throw problem(failures);
        }
        rehearsed = true;
    }

    /**
     * What the new server would refuse; makes and drops a scratch database, changes nothing else.
     */
    public static List<LoadRemedy> remedies(
            Endpoint oldServer, Endpoint newServer, Progress progress) {
        try (Scratch scratch = Scratch.load(oldServer, newServer, progress)) {
            return remedies(scratch.failures(), oldServer);
        }
    }

    private static List<LoadRemedy> remedies(List<LoadFailure> failures, Endpoint oldServer) {
        try (Session old = oldServer.open("rehearsal")) {
            return failures.stream().map(failure -> LoadRemedy.of(failure, old.version())).toList();
        }
    }

    private RuntimeException problem(List<LoadFailure> failures) {
        List<LoadRemedy> remedies = remedies(failures, oldServer);
        LoadRemedy first = remedies.getFirst();
        String others =
                remedies.stream()
                        .skip(1)
                        .map(remedy -> "\nAlso: " + remedy.message())
                        .collect(Collectors.joining());
        return new Problem(
                        ExitStatus.CHECK,
                        "rehearsal",
                        first.message(),
                        first.detail() + others,
                        first.hint()
                                + (others.isEmpty()
                                        ? " Then run the same command again."
                                        : " relevo check --rehearse tells of all of them what helps;"
                                                + " then run the same command again."))
                .toException();
    }

    @Override
    public Reversal reversal() {
        return Scratch.hasLeftovers(oldServer, newServer)
                ? new Reversal.Undo(
                        List.of(new Statement("new", "DROP DATABASE " + ScratchName.PREFIX + "…")),
                        () -> Scratch.dropLeftovers(oldServer, newServer))
                : new Reversal.Nothing();
    }
}
