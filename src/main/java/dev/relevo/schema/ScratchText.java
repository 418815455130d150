package dev.relevo.schema;

import dev.relevo.pg.Quote;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The schema as psql loads it into a {@link Scratch}, and whose statement stands in which line.
 *
 * @param script a char for each byte
 * @param missing roles that the source has and the new server has not, or not yet
 * @param database what the real one is called
 */
record ScratchText(String script, Inventory inventory, Set<String> missing, String database) {
    private static final Pattern OWNER =
            Pattern.compile("(?m)^(ALTER [^\\n]* OWNER TO )(\"(?:[^\"\\n]|\"\")+\");$");
    private static final Pattern NO_ROLE = Pattern.compile("^role \"(.*)\" does not exist$");
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    /** pg_cron and its kin ask what the database is called. */
    private static final Pattern BY_NAME =
            Pattern.compile("can only create extension in database (.*)");

    /**
     * Prepares what pg_restore printed; no line moves.
     *
     * @param text a char for each byte
     */
    static ScratchText of(String text, Set<String> missing, String database) {
        Inventory inventory = Inventory.of(text);
        StringBuilder all = new StringBuilder(text);
        for (Inventory.Item item : inventory.items()) {
            if (item.type().equals("TRIGGER")
                    && item.name().endsWith(" " + FenceTriggers.TRIGGER)
                    && item.sql().contains("EXECUTE FUNCTION \"relevo\".\"fence\"()")) {
                blank(all, item);
            }
        }
        String script = missing.isEmpty() ? all.toString() : withoutOwners(all, missing);
        return new ScratchText(script, inventory, missing, database);
    }

    private static void blank(StringBuilder all, Inventory.Item item) {
        int to = item.from() + item.sql().length();
        for (int i = item.from(); i < to; i++) {
            if (all.charAt(i) != '\n') {
                all.setCharAt(i, ' ');
            }
        }
    }

    /** In the body of a function this may change a line too, which does no harm here. */
    private static String withoutOwners(CharSequence all, Set<String> missing) {
        Set<String> names = new HashSet<>();
        missing.forEach(role -> names.add(bytes(Quote.ident(role))));
        return OWNER.matcher(all)
                .replaceAll(match ->
                        names.contains(match.group(2))
                                ? Matcher.quoteReplacement(
                                        match.group(1) + Quote.ident(Scratch.NOBODY) + ";")
                                : Matcher.quoteReplacement(match.group()));
    }

    private static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** What failed by itself, in the order of the script. */
    List<LoadFailure> failures(List<PsqlErrors.Refused> errors) {
        Map<Integer, List<Failed>> failed = new TreeMap<>();
        for (PsqlErrors.Refused error : errors) {
            if (!concernsRoleOnly(error)) {
                Inventory.Item item = item(error);
                failed.computeIfAbsent(item.id(), _ -> new ArrayList<>())
                        .add(new Failed(item, error));
            }
        }
        Set<Integer> causes = new HashSet<>(failed.keySet());
        Map<Integer, Inventory.Item> byId = new TreeMap<>();
        inventory.items().forEach(item -> byId.put(item.id(), item));
        List<LoadFailure> all = new ArrayList<>();
        for (PsqlErrors.Refused error : errors) {
            Inventory.Item item = item(error);
            if (failed.containsKey(item.id())
                    && failed.get(item.id()).getFirst().error().equals(error)
                    && !isBecauseOfAnother(item, causes, byId)
                    && !isExpected(error)) {
                all.add(failure(item, error));
            }
        }
        return all;
    }

    private record Failed(Inventory.Item item, PsqlErrors.Refused error) {}

    private Inventory.Item item(PsqlErrors.Refused error) {
        // A setting for an object stands behind the one before it.
        int line = error.statement().startsWith("SET default_t") ? Integer.MAX_VALUE : 0;
        List<Inventory.Item> items = inventory.items();
        Inventory.Item at =
                inventory
                        .at(error.line())
                        .findFirst()
                        .orElseGet(() ->
                                new Inventory.Item(0, Set.of(), "SETTING", "-", "-", 1, 0, ""));
        int next = items.indexOf(at) + 1;
        return line > 0 && next < items.size() ? items.get(next) : at;
    }

    /** Whether an object that this one needs, directly or not, has failed. */
    private static boolean isBecauseOfAnother(
            Inventory.Item item, Set<Integer> failed, Map<Integer, Inventory.Item> byId) {
        Set<Integer> seen = new HashSet<>(Set.of(item.id()));
        List<Integer> left = new ArrayList<>(item.needs());
        while (!left.isEmpty()) {
            int id = left.removeLast();
            Inventory.Item needed = byId.get(id);
            if (needed == null || !seen.add(id)) {
                continue;
            }
            if (failed.contains(id)) {
                return true;
            }
            left.addAll(needed.needs());
        }
        return false;
    }

    /** Of an owner or a privilege; whoever is missing, start creates. */
    private boolean concernsRoleOnly(PsqlErrors.Refused error) {
        return isExpected(error)
                && (error.statement().startsWith("GRANT")
                        || error.statement().startsWith("REVOKE")
                        || error.statement().contains(" OWNER TO "));
    }

    private boolean isExpected(PsqlErrors.Refused error) {
        Matcher role = NO_ROLE.matcher(error.message());
        Matcher byName = BY_NAME.matcher(error.message());
        return (role.matches() && missing.contains(role.group(1)))
                || (!missing.isEmpty() && error.sqlState().equals(INSUFFICIENT_PRIVILEGE))
                || (byName.matches() && byName.group(1).equals(database));
    }

    private LoadFailure failure(Inventory.Item item, PsqlErrors.Refused error) {
        return new LoadFailure(
                item.type(),
                Child.readable(item.schema()),
                Child.readable(item.name()),
                error.statement(),
                error.sqlState(),
                error.message(),
                error.detail(),
                inventory.needing(item).stream()
                        .map(user ->
                                new LoadFailure.Dependent(
                                        user.type(),
                                        Child.readable(user.schema()),
                                        Child.readable(user.name()),
                                        Child.readable(user.sql())))
                        .toList());
    }
}
