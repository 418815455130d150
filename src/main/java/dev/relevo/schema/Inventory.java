package dev.relevo.schema;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which lines of what {@code pg_restore --verbose} prints belong to which object, and what each
 * object needs.
 *
 * @param items in the order of their lines
 */
record Inventory(List<Item> items) {
    private static final Pattern HEAD =
            Pattern.compile(
                    "^--\\n-- TOC entry (\\d+) \\([^\\n]*\\)\\n"
                            + "(?:-- Dependencies:([^\\n]*)\\n)?"
                            + "-- Name: ([^\\n]*); Type: ([^;\\n]*); Schema: ([^\\n]*?); Owner: [^\\n]*\\n"
                            + "(?:-- Data Pos: [^\\n]*\\n)?--\\n",
                    Pattern.MULTILINE);

    private static final Pattern SPACE = Pattern.compile(" ");

    /**
     * An object, or something about one, such as a comment.
     *
     * @param id pg_dump's number for it
     * @param needs ids of what it cannot be without
     * @param type as pg_dump has it, for example {@code MATERIALIZED VIEW}
     * @param name as pg_dump has it: not quoted; that of a table goes before that of its constraint
     * @param firstLine the first line of its text, from 1
     * @param from where its text begins, from 0
     * @param sql its statements, the settings for the next one included
     */
    record Item(
            int id,
            Set<Integer> needs,
            String type,
            String name,
            String schema,
            int firstLine,
            int from,
            String sql) {}

    /** Takes the text apart; a char of it is a byte. */
    static Inventory of(String text) {
        List<Item> items = new ArrayList<>();
        Matcher head = HEAD.matcher(text);
        boolean more = head.find();
        int line = 1;
        int counted = 0;
        while (more) {
            int id = Integer.parseInt(head.group(1));
            Set<Integer> needs = ids(head.group(2) == null ? "" : head.group(2));
            String name = head.group(3);
            String type = head.group(4);
            String schema = head.group(5);
            int from = head.end();
            line += lines(text, counted, from);
            counted = from;
            more = head.find();
            String sql = text.substring(from, more ? head.start() : text.length());
            items.add(new Item(id, needs, type, name, schema, line, from, sql));
        }
        return new Inventory(List.copyOf(items));
    }

    private static Set<Integer> ids(String text) {
        Set<Integer> ids = new HashSet<>();
        SPACE.splitAsStream(text).filter(t -> !t.isBlank()).map(Integer::valueOf).forEach(ids::add);
        return ids;
    }

    private static int lines(String text, int from, int to) {
        int lines = 0;
        for (int i = from; i < to; i++) {
            lines += text.charAt(i) == '\n' ? 1 : 0;
        }
        return lines;
    }

    /** The item that a line belongs to; nothing for the lines before the first one. */
    Stream<Item> at(int line) {
        int low = 0;
        int high = items.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (items.get(middle).firstLine() <= line) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? Stream.empty() : Stream.of(items.get(low - 1));
    }

    /** All that need an item, directly or not. */
    List<Item> needing(Item item) {
        Map<Integer, List<Item>> users = new HashMap<>();
        items.forEach(other ->
                other.needs()
                        .forEach(id ->
                                users.computeIfAbsent(id, _ -> new ArrayList<>()).add(other)));
        Set<Integer> seen = new HashSet<>(Set.of(item.id()));
        Deque<Integer> left = new ArrayDeque<>(seen);
        List<Item> all = new ArrayList<>();
        while (!left.isEmpty()) {
            for (Item user : users.getOrDefault(left.removeFirst(), List.of())) {
                if (seen.add(user.id())) {
                    all.add(user);
                    left.add(user.id());
                }
            }
        }
        return all;
    }
}
