package dev.relevo.ledger;

import static dev.relevo.ledger.OwnTable.FACT;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What must survive a crash: lists of text, by kind and by the name of what they are about.
 *
 * <p>Written in the same transaction as the change they describe wherever both are on one server.
 * Whoever reads finds nothing, and no error, where Relevo has not been.
 */
public final class Facts {
    private static final String SELECT = "SELECT name, value FROM " + FACT + " WHERE kind = ?";

    private final Session session;

    /** The facts of the database that {@code session} is connected to. */
    public Facts(Session session) {
        this.session = session;
    }

    /** What is kept of a kind that has one entry. */
    public Optional<List<String>> get(Fact kind) {
        return get(kind, "");
    }

    /** What is kept about one object. */
    public Optional<List<String>> get(Fact kind, String name) {
        return exists()
                ? session.first(
                        SELECT + " AND name = ?", row -> row.texts("value"), kind.label(), name)
                : Optional.empty();
    }

    /** All entries of a kind, by name. */
    public Map<String, List<String>> all(Fact kind) {
        Map<String, List<String>> all = new TreeMap<>();
        if (exists()) {
            session.query(
                    SELECT,
                    row -> all.put(row.text("name"), row.texts("value")) == null,
                    kind.label());
        }
        return all;
    }

    /** Keeps a value, in place of the one that was kept before. */
    public void put(Fact kind, List<String> value) {
        put(kind, "", value);
    }

    /** The same about one object. */
    public void put(Fact kind, String name, List<String> value) {
        session.update(
                "INSERT INTO "
                        + FACT
                        + " (kind, name, value) VALUES (?, ?, ?)"
                        + " ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value",
                kind.label(),
                name,
                value);
    }

    /** Keeps what was there first, which is the state before Relevo. */
    public void putFirst(Fact kind, String name, List<String> value) {
        session.update(
                "INSERT INTO "
                        + FACT
                        + " (kind, name, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                kind.label(),
                name,
                value);
    }

    /** The same about many objects, a word each, in one statement. */
    public void putFirst(Fact kind, Map<String, String> values) {
        session.update(
                "INSERT INTO "
                        + FACT
                        + " (kind, name, value)"
                        + " SELECT ?, v.name, ARRAY[v.word] FROM ROWS FROM (pg_catalog.unnest(?::text[]),"
                        + " pg_catalog.unnest(?::text[])) AS v (name, word) ON CONFLICT DO NOTHING",
                kind.label(),
                List.copyOf(values.keySet()),
                values.keySet().stream().map(values::get).toList());
    }

    /** Forgets every entry of a kind. */
    public void remove(Fact kind) {
        if (exists()) {
            session.update("DELETE FROM " + FACT + " WHERE kind = ?", kind.label());
        }
    }

    /** Forgets one entry. */
    public void remove(Fact kind, String name) {
        session.update("DELETE FROM " + FACT + " WHERE kind = ? AND name = ?", kind.label(), name);
    }

    /** What {@link #put} runs, for a script that psql runs. */
    public static String statement(Fact kind, List<String> value) {
        return "INSERT INTO "
                + FACT
                + " (kind, name, value) VALUES ("
                + Quote.literal(kind.label())
                + ", '', ARRAY["
                + value.stream().map(Quote::literal).collect(Collectors.joining(", "))
                + "]::pg_catalog.text[])";
    }

    /** What {@link #putFirst} runs, for people to read. */
    public static String statement(Fact kind, Map<String, String> values) {
        return "INSERT INTO "
                + FACT
                + " (kind, name, value) VALUES"
                + values.entrySet().stream()
                        .map(entry ->
                                "\n    ("
                                        + Quote.literal(kind.label())
                                        + ", "
                                        + Quote.literal(entry.getKey())
                                        + ", ARRAY["
                                        + Quote.literal(entry.getValue())
                                        + "])")
                        .collect(Collectors.joining(","))
                + "\nON CONFLICT DO NOTHING";
    }

    private boolean exists() {
        return session.exists("SELECT WHERE pg_catalog.to_regclass('" + FACT + "') IS NOT NULL");
    }
}
