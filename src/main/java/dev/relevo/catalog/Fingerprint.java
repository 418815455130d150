package dev.relevo.catalog;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The shape of a database as far as replication depends on it: tables, their columns, sequences.
 *
 * <p>Comparable between majors: it holds names and types as text, nothing that differs by server.
 * {@link #read} is one statement on system catalogs, fit for the inside of a handover.
 *
 * @param relations by name; what each is, and its columns' types by name
 */
public record Fingerprint(SortedMap<QualifiedName, Relation> relations) {

    public Fingerprint {
        relations = Collections.unmodifiableSortedMap(new TreeMap<>(relations));
    }

    /** A table or sequence; {@code columns} maps each name to type, NOT NULL and GENERATED. */
    public record Relation(String kind, SortedMap<String, String> columns) {
        public Relation {
            columns = Collections.unmodifiableSortedMap(new TreeMap<>(columns));
        }
    }

    /** Reads it in one statement. */
    public static Fingerprint read(Session session) {
        TreeMap<QualifiedName, Relation> relations = new TreeMap<>();
        session.query(
                SqlFile.load(Fingerprint.class, "fingerprint", session.version()),
                row -> {
                    List<String> names = row.texts("columns");
                    List<String> definitions = row.texts("definitions");
                    TreeMap<String, String> columns = new TreeMap<>();
                    for (int i = 0; i < names.size(); i++) {
                        columns.put(names.get(i), definitions.get(i));
                    }
                    return relations.put(
                                    new QualifiedName(row.text("schema"), row.text("name")),
                                    new Relation(row.text("kind"), columns))
                            == null;
                });
        return new Fingerprint(relations);
    }

    /** A hash of it all: equal exactly when {@link #difference} finds nothing. */
    public String hash() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            relations.forEach((name, relation) -> {
                add(digest, name.sql());
                add(digest, relation.kind());
                relation.columns()
                        .forEach((column, definition) -> {
                            add(digest, column);
                            add(digest, definition);
                        });
                add(digest, "");
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How {@code onNew} differs from {@code onOld}, a line each; empty when they are equal. */
    public static List<String> difference(Fingerprint onOld, Fingerprint onNew) {
        List<String> lines = new ArrayList<>();
        TreeMap<QualifiedName, Relation> all = new TreeMap<>(onOld.relations);
        all.putAll(onNew.relations);
        all.forEach((name, any) -> {
            Relation a = onOld.relations.get(name);
            Relation b = onNew.relations.get(name);
            if (a == null || b == null) {
                String where = a == null ? "old" : "new";
                lines.add("%s %s is missing on %s".formatted(any.kind(), name, where));
            } else if (!a.kind().equals(b.kind())) {
                lines.add("%s is a %s on old, a %s on new".formatted(name, a.kind(), b.kind()));
            } else {
                columns(a.kind() + " " + name, a.columns(), b.columns(), lines);
            }
        });
        return lines;
    }

    private static void columns(
            String table, Map<String, String> a, Map<String, String> b, List<String> lines) {
        TreeMap<String, String> all = new TreeMap<>(a);
        all.putAll(b);
        for (String column : all.keySet()) {
            String onOld = a.get(column);
            String onNew = b.get(column);
            if (onOld == null) {
                lines.add("%s has no column %s on old, %s on new".formatted(table, column, onNew));
            } else if (onNew == null) {
                lines.add(
                        "%s has column %s %s on old, none on new".formatted(table, column, onOld));
            } else if (!onOld.equals(onNew)) {
                lines.add(
                        "%s has column %s %s on old, %s on new"
                                .formatted(table, column, onOld, onNew));
            }
        }
    }

    private static void add(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }
}
