package dev.relevo.drift;

import dev.relevo.pg.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Labels of an enum type. They can be added anywhere, and never be taken away. */
final class EnumLabels {
    private static final Pattern LITERAL = Pattern.compile("'((?:[^']|'')*)'");

    private EnumLabels() {}

    /** What adds those that are missing; nothing when others are too many or moved. */
    static Optional<List<String>> between(Piece wanted, Piece found) {
        List<String> all = of(wanted);
        List<String> there = of(found);
        if (!all.stream().filter(there::contains).toList().equals(there)) {
            return Optional.empty();
        }
        List<String> sql = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (!there.contains(all.get(i))) {
                sql.add(
                        "ALTER TYPE %s ADD VALUE %s%s"
                                .formatted(
                                        wanted.name(),
                                        Quote.literal(all.get(i)),
                                        place(all, i, there)));
            }
        }
        return Optional.of(sql);
    }

    /** Behind the label before it, which is there by then. */
    private static String place(List<String> all, int i, List<String> there) {
        if (i > 0) {
            return " AFTER " + Quote.literal(all.get(i - 1));
        }
        return there.isEmpty() ? "" : " BEFORE " + Quote.literal(there.getFirst());
    }

    private static List<String> of(Piece type) {
        return LITERAL.matcher(type.traits().getOrDefault("labels", ""))
                .results()
                .map(result -> result.group(1).replace("''", "'"))
                .toList();
    }
}
