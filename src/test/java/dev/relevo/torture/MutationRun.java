package dev.relevo.torture;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.torture.Field.Party;
import dev.relevo.torture.Judge.Violation;
import dev.relevo.torture.Mutation.Edit;
import dev.relevo.torture.Mutation.Where;
import dev.relevo.torture.Round.Report;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;

/** Handovers without one of their safety steps, until somebody notices. */
final class MutationRun {
    private static final int ROUNDS = 6;

    private final Mutation mutation;
    private final Map<Edit, Integer> hits = new ConcurrentHashMap<>();

    private MutationRun(Mutation mutation) {
        this.mutation = mutation;
    }

    /**
     * What came of it.
     *
     * @param stale whether a change found nothing to change: then the mutation is out of date
     */
    record Outcome(Mutation mutation, boolean stale, int rounds, List<Violation> violations) {
        /** Somebody noticed, and for the reason that was expected. */
        boolean caught() {
            return !stale
                    && violations.stream().anyMatch(v -> mutation.caughtAs().contains(v.kind()));
        }

        Map<String, Object> document() {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("mutation", mutation.toString());
            all.put("leftOut", mutation.leftOut());
            all.put("caught", caught());
            all.put("stale", stale);
            all.put("rounds", rounds);
            all.put(
                    "violations",
                    violations.stream()
                            .map(v -> Map.of("kind", v.kind(), "detail", v.detail()))
                            .toList());
            return all;
        }
    }

    static Outcome of(Mutation mutation, int oldMajor, int newMajor, long seed) {
        return new MutationRun(mutation).run(oldMajor, newMajor, seed);
    }

    private Outcome run(int oldMajor, int newMajor, long seed) {
        try (Field field = new Field(oldMajor, newMajor, 1)) {
            field.must("start");
            changeFunctions(field);
            Set<ClientKind> kinds = EnumSet.allOf(ClientKind.class);
            Round round = new Round(field, new Judge(field), kinds, List.of(), 1);
            Random random = new Random(seed);
            Side from = Side.OLD;
            for (int number = 1; number <= ROUNDS; number++) {
                changeStatements(field, from);
                Report report = round.run(number, seed, mutation.plan(), random, from);
                if (!report.violations().isEmpty() || isStale()) {
                    return new Outcome(mutation, isStale(), number, report.violations());
                }
                from = from.other();
            }
            return new Outcome(mutation, isStale(), ROUNDS, List.of());
        }
    }

    private boolean isStale() {
        return !hits.keySet().containsAll(mutation.edits());
    }

    private void changeFunctions(Field field) {
        for (Edit edit : mutation.edits()) {
            if (edit.where() == Where.FUNCTION) {
                for (Side side : Side.values()) {
                    changeFunction(field, side, edit);
                }
            }
        }
    }

    private void changeFunction(Field field, Side side, Edit edit) {
        try (Session session = field.superuser(side).open("torture")) {
            List<String> definitions =
                    session.query(
                            "SELECT pg_get_functiondef(oid) AS definition FROM pg_proc"
                                    + " WHERE pronamespace = 'relevo'::regnamespace AND proname = ?",
                            row -> row.text("definition"),
                            edit.function());
            for (String definition : definitions) {
                String changed = changed(edit, definition);
                if (!changed.equals(definition)) {
                    session.execute(changed);
                }
            }
        }
    }

    private void changeStatements(Field field, Side from) {
        for (Side side : Side.values()) {
            Where where = side == from ? Where.FROM : Where.TO;
            List<Edit> edits =
                    mutation.edits().stream().filter(edit -> edit.where() == where).toList();
            UnaryOperator<String> change =
                    text -> {
                        String changed = text;
                        for (Edit edit : edits) {
                            changed = changed(edit, changed);
                        }
                        return changed;
                    };
            field.link(Party.RELEVO, side).rewriting(change);
        }
    }

    private String changed(Edit edit, String text) {
        Matcher matcher = edit.pattern().matcher(text);
        if (!matcher.find()) {
            return text;
        }
        hits.merge(edit, 1, Integer::sum);
        return matcher.replaceAll(edit.replacement());
    }
}
