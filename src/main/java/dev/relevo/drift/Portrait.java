package dev.relevo.drift;

import dev.relevo.pg.Row;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything in the schema of a database that pg_dump would carry, but for owners and privileges,
 * Relevo's own objects, members of extensions and the bounds of sequences.
 *
 * <p>Two of them can be compared when both databases are on one server: then equal objects are
 * described in equal words, which is not so between major versions ({@code pg_get_viewdef} and its
 * kind write what they read in their own way). Reads system catalogs only, takes no lock on any
 * table, and runs nobody's functions.
 *
 * @param pieces by kind in the order in which they are made, then by name
 * @see <a href="https://www.postgresql.org/docs/current/functions-info.html">System catalog
 *     information functions</a>
 */
record Portrait(SortedMap<Place, Piece> pieces) {

    /** In the order in which objects are made; they are dropped in the opposite one. */
    private static final List<String> KINDS =
            List.of(
                    "schema",
                    "extension",
                    "language",
                    "access method",
                    "collation",
                    "base type",
                    "enum type",
                    "composite type",
                    "attribute",
                    "range type",
                    "domain",
                    "foreign-data wrapper",
                    "server",
                    "user mapping",
                    "text search parser",
                    "text search template",
                    "text search dictionary",
                    "text search configuration",
                    "conversion",
                    "sequence",
                    "function",
                    "procedure",
                    "aggregate",
                    "operator",
                    "operator family",
                    "operator class",
                    "cast",
                    "transform",
                    "domain constraint",
                    "table",
                    "foreign table",
                    "column",
                    "constraint",
                    "index",
                    "view",
                    "materialized view",
                    "rule",
                    "trigger",
                    "policy",
                    "statistics",
                    "event trigger",
                    "security label",
                    "comment");

    private static final List<String> FILES =
            List.of("containers", "types", "routines", "relations", "parts", "remarks");

    /** Where an object stands: what is made first comes first. */
    record Place(int rank, String name) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byRank = Integer.compare(rank, other.rank);
            return byRank != 0 ? byRank : name.compareTo(other.name);
        }
    }

    Portrait {
        pieces = Collections.unmodifiableSortedMap(new TreeMap<>(pieces));
    }

    /** Reads it in one snapshot. */
    static Portrait of(Session session) {
        TreeMap<Place, Piece> pieces = new TreeMap<>();
        session.transaction(() -> {
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            for (String file : FILES) {
                session.query(query(file), Portrait::piece)
                        .forEach(piece ->
                                pieces.put(
                                        new Place(KINDS.indexOf(piece.kind()), piece.name()),
                                        piece));
            }
        });
        return new Portrait(pieces);
    }

    private static String query(String file) {
        return """
        SELECT q.kind, q.name, q.made, q.gone, q.rows,
               ARRAY(SELECT e.key FROM pg_catalog.jsonb_each_text(q.def) e
                     WHERE e.value IS NOT NULL ORDER BY e.key) AS traits,
               ARRAY(SELECT e.value FROM pg_catalog.jsonb_each_text(q.def) e
                     WHERE e.value IS NOT NULL ORDER BY e.key) AS "values",
               ARRAY(SELECT e.key FROM pg_catalog.jsonb_each_text(q.sets) e
                     WHERE e.value IS NOT NULL ORDER BY e.key) AS settable,
               ARRAY(SELECT e.value FROM pg_catalog.jsonb_each_text(q.sets) e
                     WHERE e.value IS NOT NULL ORDER BY e.key) AS statements
        FROM (
        %s) q\
        """
                .formatted(SqlFile.load(Portrait.class, file));
    }

    private static Piece piece(Row row) throws SQLException {
        String kind = row.text("kind");
        if (!KINDS.contains(kind)) {
            throw new IllegalStateException("no place for kind " + kind);
        }
        return new Piece(
                kind,
                row.text("name"),
                new TreeMap<>(zip(row.texts("traits"), row.texts("values"))),
                Optional.ofNullable(row.textOrNull("made")),
                Optional.ofNullable(row.textOrNull("gone")),
                zip(row.texts("settable"), row.texts("statements")),
                Optional.ofNullable(row.textOrNull("rows")));
    }

    private static Map<String, String> zip(List<String> keys, List<String> values) {
        Map<String, String> map = new TreeMap<>();
        for (int i = 0; i < keys.size(); i++) {
            map.put(keys.get(i), values.get(i));
        }
        return map;
    }

    /** Equal for two databases of one server exactly when {@link #differences} finds nothing. */
    String digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            pieces.values()
                    .forEach(piece -> {
                        add(digest, piece.title());
                        piece.traits()
                                .forEach((trait, value) -> {
                                    add(digest, trait);
                                    add(digest, value);
                                });
                        add(digest, "");
                    });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JVM has it
        }
    }

    /** How {@code found} differs from this one, in the order in which objects are made. */
    List<Difference> differences(Portrait found) {
        List<Difference> all = new ArrayList<>();
        TreeMap<Place, Piece> both = new TreeMap<>(found.pieces);
        both.putAll(pieces);
        both.forEach((place, any) -> {
            Optional<Piece> wanted = Optional.ofNullable(pieces.get(place));
            Optional<Piece> there = Optional.ofNullable(found.pieces.get(place));
            if (!wanted.map(Piece::traits).equals(there.map(Piece::traits))) {
                all.add(new Difference(any.kind(), any.name(), wanted, there));
            }
        });
        return all;
    }

    private static void add(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }
}
