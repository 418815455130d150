package dev.relevo.drift;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds what each of some differences takes.
 *
 * <p>What is gone on one side and new on the other may be a renamed object, and to drop it and make
 * it anew would lose its rows. So where a table misses a column and has another one too many, or a
 * table is missing that looks like one too many, a person has to say. Neither is anything done
 * about a column whose type changed: PostgreSQL wrote its rows anew, and logical decoding does not
 * tell what they hold now.
 */
final class Remedies {
    private static final String BY_HAND =
            "Relevo has no statement for this: make the same change on the %s server by hand.";
    private static final String REWRITTEN =
            "Its rows were written anew, and that is not replicated: relevo abort, then relevo start"
                    + " copies them again. If no value changed (a varchar that became longer), make the"
                    + " same change on the %s server by hand.";
    private static final String UNKNOWN_VALUES =
            "The rows that were there got values that only the side that serves knows: relevo abort, then"
                    + " relevo start copies them again.";

    /** These are nothing but their definition. */
    private static final Set<String> MADE_ANEW =
            Set.of(
                    "index",
                    "constraint",
                    "domain constraint",
                    "trigger",
                    "rule",
                    "policy",
                    "statistics",
                    "operator",
                    "cast",
                    "function",
                    "procedure",
                    "view");

    private final String follower;
    private final Set<String> copied;
    private final Set<String> missingTables = new HashSet<>();
    private final Set<String> extraTables = new HashSet<>();
    private final Set<String> renamed = new HashSet<>();

    /**
     * Looks through all of them.
     *
     * @param follower the side that follows, for people
     * @param copied the tables there whose rows came from the side that serves, quoted: only these
     *     may be dropped
     */
    Remedies(List<Difference> all, String follower, Collection<String> copied) {
        this.follower = follower;
        this.copied = Set.copyOf(copied);
        Map<String, Set<String>> missing = new TreeMap<>();
        Map<String, Set<String>> extra = new TreeMap<>();
        for (Difference difference : all) {
            boolean isMissing = difference.found().isEmpty();
            if (!isMissing && difference.wanted().isPresent()) {
                continue;
            }
            if (difference.kind().equals("table")) {
                (isMissing ? missingTables : extraTables).add(difference.name());
            } else if (difference.kind().equals("column")) {
                (isMissing ? missing : extra)
                        .computeIfAbsent(relation(difference), _ -> new TreeSet<>())
                        .add(difference.name().substring(relation(difference).length()));
            }
        }
        missingTables.forEach(one ->
                extraTables.forEach(other -> {
                    if (missing.getOrDefault(one, Set.of())
                            .equals(extra.getOrDefault(other, Set.of()))) {
                        renamed.addAll(List.of(one, other));
                    }
                }));
        missing.keySet().stream().filter(extra::containsKey).forEach(renamed::add);
    }

    private static String relation(Difference column) {
        return column.wanted().or(column::found).flatMap(Piece::rowsOf).orElse("");
    }

    Remedy of(Difference difference) {
        String kind = difference.kind();
        String table = kind.equals("column") ? relation(difference) : difference.name();
        boolean oneSided = difference.found().isEmpty() || difference.wanted().isEmpty();
        if (oneSided && (kind.equals("table") || kind.equals("column"))) {
            if (renamed.contains(table)) {
                return new Remedy.None(
                        ("It may have been renamed: if so, rename it on the %s server too; if not, drop the one that is"
                                        + " too many there by hand.")
                                .formatted(follower));
            }
            if (kind.equals("column")
                    && (missingTables.contains(table) || extraTables.contains(table))) {
                return new Remedy.With("table " + table);
            }
        }
        if (difference.wanted().isEmpty()) {
            return dropped(difference.found().orElseThrow());
        }
        Piece wanted = difference.wanted().get();
        return difference
                .found()
                .map(found -> changed(difference, wanted, found))
                .orElseGet(() -> made(wanted));
    }

    private Remedy made(Piece wanted) {
        if (wanted.made().isEmpty()) {
            return new Remedy.None(
                    wanted.kind().equals("column") ? UNKNOWN_VALUES : BY_HAND.formatted(follower));
        }
        return new Remedy.Statements(List.of(wanted.made().get()), List.of(), Remedy.Turn.MAKES);
    }

    private Remedy dropped(Piece found) {
        if (found.gone().isEmpty()) {
            return new Remedy.None(BY_HAND.formatted(follower));
        }
        Optional<String> rows = found.rowsOf();
        if (rows.isPresent() && !copied.contains(rows.get())) {
            return new Remedy.None(
                    "Its rows did not come from the side that serves: drop it on the %s server by hand."
                            .formatted(follower));
        }
        return new Remedy.Statements(List.of(found.gone().get()), List.of(), Remedy.Turn.DROPS);
    }

    private Remedy changed(Difference difference, Piece wanted, Piece found) {
        List<String> traits = difference.traits();
        Optional<List<String>> labels =
                wanted.kind().equals("enum type")
                        ? EnumLabels.between(wanted, found)
                        : Optional.empty();
        if (labels.isPresent()) {
            return new Remedy.Statements(labels.get(), List.of(), Remedy.Turn.MAKES);
        }
        List<String> anew = new ArrayList<>();
        if (MADE_ANEW.contains(wanted.kind())
                && found.gone().isPresent()
                && wanted.made().isPresent()) {
            anew.addAll(List.of(found.gone().get(), wanted.made().get()));
        }
        if (traits.stream().allMatch(wanted.sets()::containsKey)) {
            if (!traits.contains("definition")) {
                anew.clear();
            }
            return new Remedy.Statements(
                    traits.stream().map(wanted.sets()::get).distinct().toList(),
                    anew,
                    Remedy.Turn.SETS);
        }
        if (!anew.isEmpty()) {
            return new Remedy.Statements(anew, List.of(), Remedy.Turn.MAKES);
        }
        return new Remedy.None(
                (wanted.kind().equals("column") && traits.contains("type") ? REWRITTEN : BY_HAND)
                        .formatted(follower));
    }
}
