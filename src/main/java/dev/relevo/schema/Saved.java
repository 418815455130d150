package dev.relevo.schema;

import dev.relevo.pg.Session;
import java.util.List;
import java.util.Optional;

/**
 * What must survive a crash: lists of text under a key in {@code relevo.saved}.
 *
 * <p>Written in the same transaction as the change it describes wherever both are on one server.
 */
final class Saved {
    private final Session session;

    Saved(Session session) {
        this.session = session;
    }

    /** An entry of the table. */
    record Entry(String key, List<String> value) {}

    /** What is kept under a key; empty also while the table does not exist. */
    Optional<List<String>> get(String key) {
        return startingWith(key).stream()
                .filter(e -> e.key().equals(key))
                .map(Entry::value)
                .findFirst();
    }

    /** All entries whose keys begin so, in order. */
    List<Entry> startingWith(String prefix) {
        if (!session.exists("SELECT 1 WHERE pg_catalog.to_regclass('relevo.saved') IS NOT NULL")) {
            return List.of();
        }
        return session.query(
                "SELECT key, ARRAY(SELECT v FROM pg_catalog.jsonb_array_elements_text(value)"
                        + " WITH ORDINALITY AS e (v, n) ORDER BY n) AS value"
                        + " FROM relevo.saved WHERE pg_catalog.starts_with(key, ?) ORDER BY key",
                row -> new Entry(row.text("key"), row.texts("value")),
                prefix);
    }

    void put(String key, List<String> value) {
        session.update(
                "INSERT INTO relevo.saved (key, value)"
                        + " VALUES (?, pg_catalog.to_jsonb(?::pg_catalog.text[]))"
                        + " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                key,
                value);
    }

    /** Keeps what was there first, which is the state before Relevo. */
    void putFirst(String key, List<String> value) {
        session.update(
                "INSERT INTO relevo.saved (key, value)"
                        + " VALUES (?, pg_catalog.to_jsonb(?::pg_catalog.text[]))"
                        + " ON CONFLICT (key) DO NOTHING",
                key,
                value);
    }

    void remove(String key) {
        session.update("DELETE FROM relevo.saved WHERE key = ?", key);
    }
}
