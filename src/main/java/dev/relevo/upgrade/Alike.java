package dev.relevo.upgrade;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.SchemaStamp;
import dev.relevo.catalog.Side;
import dev.relevo.drift.Carrier;
import dev.relevo.drift.Difference;
import dev.relevo.drift.Drift;
import dev.relevo.drift.Remedy;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.plan.Statement;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.replication.CopyProgress;
import dev.relevo.replication.Node;
import dev.relevo.schema.Scratch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Whether the schemas of both sides are still the same, and what makes them the same again.
 *
 * <p>The old side's schema is loaded into a {@link Scratch} database on the new server and compared
 * there with the database that was moved: on one server equal objects read alike. That takes a few
 * seconds, and is done only when the stamp of either schema is another one than when they were
 * found to be the same.
 */
final class Alike {
    /** What is carried may show what else is to be carried; more rounds than this show nothing. */
    private static final int ROUNDS = 6;

    private static final int SHOWN = 12;

    private static final Pattern CREATES_TABLE = Pattern.compile("CREATE (UNLOGGED )?TABLE ");

    private final Pair pair;
    private final Node from;
    private final Node to;

    Alike(Pair pair, Side serving) {
        this.pair = pair;
        this.from = pair.node(serving);
        this.to = pair.node(serving.other());
    }

    /** At the end of start: the same by construction, unless the old one has changed since. */
    static void noteCarried(Pair pair) {
        try (Session old = pair.old().open("start");
                Session fresh = pair.fresh().open("start")) {
            Facts facts = new Facts(old);
            String stamp = SchemaStamp.of(old);
            if (facts.get(Fact.SCHEMAS_ALIKE).isEmpty()
                    && facts.get(Fact.SCHEMA_STAMP).filter(List.of(stamp)::equals).isPresent()) {
                facts.put(Fact.SCHEMAS_ALIKE, List.of(stamp, SchemaStamp.of(fresh)));
            }
        }
    }

    /** Whether neither has changed since they were found to be the same: a query a side. */
    boolean isUnchanged() {
        return alike().equals(stamps());
    }

    private List<String> alike() {
        try (Session old = pair.old().open("schema")) {
            return new Facts(old).get(Fact.SCHEMAS_ALIKE).orElse(List.of());
        }
    }

    private List<String> stamps() {
        return List.of(stamp(pair.old().endpoint()), stamp(pair.fresh().endpoint()));
    }

    private static String stamp(Endpoint endpoint) {
        try (Session session = endpoint.open("schema")) {
            return SchemaStamp.of(session);
        }
    }

    /** Compares them; makes and drops a scratch database, changes nothing else. */
    Drift look() {
        try (Scratch scratch =
                Scratch.load(pair.old().endpoint(), pair.fresh().endpoint(), (_, _, _) -> {})) {
            return scratch.with(onOld -> {
                try (Session onNew = pair.fresh().open("schema");
                        Session there = to.open("schema")) {
                    boolean forward = from.side() == Side.OLD;
                    return Drift.between(
                            forward ? onOld : onNew,
                            forward ? onNew : onOld,
                            to.side().label(),
                            copied(there));
                }
            });
        }
    }

    /** As the server quotes them: their rows come from the side that serves. */
    private Set<String> copied(Session there) {
        List<QualifiedName> all = new ArrayList<>();
        for (Node part : to.parts(pair.subscriptions())) {
            all.addAll(CopyProgress.tables(there, part.subscription()));
        }
        return Set.copyOf(
                there.query(
                        "SELECT pg_catalog.format('%I.%I', v.schema, v.name) AS name FROM ROWS FROM"
                                + " (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[]))"
                                + " AS v (schema, name)",
                        row -> row.text("name"),
                        all.stream().map(QualifiedName::schema).toList(),
                        all.stream().map(QualifiedName::name).toList()));
    }

    /**
     * Carries what can be carried.
     *
     * @param statements is told each statement before it runs
     * @return what is left, with the reason
     */
    Map<Difference, String> carry(Consumer<Statement> statements) {
        Map<Difference, String> left = new LinkedHashMap<>();
        String before = "";
        for (int round = 0; round < ROUNDS; round++) {
            List<String> stamps = stamps();
            Drift drift = look();
            left.clear();
            if (drift.differences().isEmpty()) {
                note(stamps);
                return left;
            }
            List<Remedy> remedies = drift.remedies();
            for (int i = 0; i < remedies.size(); i++) {
                left.put(drift.differences().get(i), reason(remedies.get(i)));
            }
            String now = ids(drift.differences());
            if (now.equals(before)) {
                return left;
            }
            before = now;
            try (Session there = to.endpoint().openForDdl("sync")) {
                there.set("statement_timeout", "0");
                // As pg_restore does: what a body names may come later.
                there.set("check_function_bodies", "off");
                Map<Difference, String> refused =
                        new Carrier(
                                        there,
                                        sql ->
                                                statements.accept(
                                                        new Statement(to.side().label(), sql)))
                                .carry(drift);
                left.putAll(refused);
            }
        }
        return left;
    }

    /** {@link #carry}, told. */
    SyncReport carried(Consumer<String> notes) {
        if (isUnchanged()) {
            return report(false, List.of(), Map.of());
        }
        notes.accept("the schema has changed: comparing both in a scratch database");
        List<Statement> statements = new ArrayList<>();
        Map<Difference, String> left = carry(statements::add);
        return report(false, statements, left);
    }

    /** What {@link #carried} would do at first; changes nothing. */
    SyncReport told() {
        if (isUnchanged()) {
            return report(true, List.of(), Map.of());
        }
        Drift drift = look();
        List<Statement> statements = new ArrayList<>();
        Map<Difference, String> left = new LinkedHashMap<>();
        List<Remedy> remedies = drift.remedies();
        for (int i = 0; i < remedies.size(); i++) {
            if (remedies.get(i) instanceof Remedy.Statements some) {
                some.sql().forEach(sql -> statements.add(new Statement(to.side().label(), sql)));
            } else if (remedies.get(i) instanceof Remedy.None(String why)) {
                left.put(drift.differences().get(i), why);
            }
        }
        return report(true, statements, left);
    }

    private SyncReport report(
            boolean dryRun, List<Statement> statements, Map<Difference, String> left) {
        List<String> differences = new ArrayList<>();
        left.forEach((difference, why) -> differences.add(text(difference) + "\n" + why));
        boolean tables =
                statements.stream()
                        .anyMatch(each -> CREATES_TABLE.matcher(each.text()).lookingAt());
        return new SyncReport(
                from.side().label(),
                to.side().label(),
                dryRun,
                statements,
                tables
                        ? List.of("run relevo start again: it copies the tables that are new")
                        : List.of(),
                differences);
    }

    private static String reason(Remedy remedy) {
        return switch (remedy) {
            case Remedy.None(String why) -> why;
            case Remedy.With(String with) -> "It goes with " + with + ".";
            case Remedy.Statements statements -> String.join("; ", statements.sql());
        };
    }

    private static String ids(List<Difference> differences) {
        return differences.stream().map(Difference::id).collect(Collectors.joining(" "));
    }

    /** Of the stamps that were read before the schemas were. */
    private void note(List<String> stamps) {
        try (Session old = pair.old().open("schema")) {
            new Facts(old).put(Fact.SCHEMAS_ALIKE, stamps);
        }
    }

    /**
     * Lets through two schemas that are the same.
     *
     * @param judged ids of differences that a person has looked at and lets be
     * @throws dev.relevo.problem.ProblemException that names the others
     */
    void require(Set<String> judged) {
        List<String> stamps = stamps();
        if (alike().equals(stamps)) {
            return;
        }
        List<Difference> differences = look().differences();
        if (differences.isEmpty()) {
            note(stamps);
            return;
        }
        List<Difference> left =
                differences.stream()
                        .filter(difference -> !judged.contains(difference.id()))
                        .toList();
        if (left.isEmpty()) {
            return;
        }
        List<String> lines = new ArrayList<>();
        left.stream().limit(SHOWN).forEach(difference -> lines.add(text(difference)));
        if (left.size() > SHOWN) {
            lines.add("and %d more".formatted(left.size() - SHOWN));
        }
        throw new Problem(
                        ExitStatus.STATE,
                        "schema-differs",
                        "the schemas of the two databases are not the same any more",
                        String.join("\n", lines),
                        "Run relevo sync: it carries what can be carried and says what to do about"
                                + " the rest.")
                .toException();
    }

    /** With the id by which a person may let it be. */
    String text(Difference difference) {
        return "[%s] %s"
                .formatted(
                        difference.id(), difference.text(from.side().label(), to.side().label()));
    }
}
