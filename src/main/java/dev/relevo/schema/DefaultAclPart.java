package dev.relevo.schema;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What new objects will be granted.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html">ALTER
 *     DEFAULT PRIVILEGES</a>
 */
final class DefaultAclPart implements Part {
    private record Key(String role, String schema, String kind) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return toString().compareTo(other.toString());
        }

        Acl standard() {
            return schema.isEmpty() ? Acl.standard(singular(), role) : Acl.NONE;
        }

        private String singular() {
            return switch (kind) {
                case "r" -> "TABLE";
                case "S" -> "SEQUENCE";
                case "f" -> "ROUTINE";
                case "T" -> "TYPE";
                case "n" -> "SCHEMA";
                default -> "LARGE OBJECT";
            };
        }
    }

    @Override
    public void compare(Sides sides, Remembered remembered, Amendments found) {
        Map<Key, Acl> here = read(sides.from());
        Map<Key, Acl> there = read(sides.to());
        TreeSet<Key> all = new TreeSet<>(here.keySet());
        all.addAll(there.keySet());
        for (Key key : all) {
            boolean largeObjects = key.kind().equals("L");
            if (!sides.willHave(key.role())
                    || (largeObjects && sides.to().version().major() < 18)) {
                continue;
            }
            String alter =
                    "ALTER DEFAULT PRIVILEGES FOR ROLE "
                            + Quote.ident(key.role())
                            + (key.schema().isEmpty()
                                    ? " "
                                    : " IN SCHEMA " + Quote.ident(key.schema()) + " ");
            Acl wanted =
                    here.getOrDefault(key, key.standard())
                            .keeping(p -> sides.comparable(p, found, alter.strip()));
            Acl has =
                    there.getOrDefault(key, key.standard())
                            .keeping(p -> sides.comparable(p, null, ""));
            String objects = key.singular().equals("ROUTINE") ? "ROUTINES" : key.singular() + "S";
            for (String sql : wanted.change(has, objects, "", key.role())) {
                found.add(Amendment.optional(alter + sql));
            }
        }
    }

    private static Map<Key, Acl> read(Session session) {
        Map<Key, Acl> all = new TreeMap<>();
        session.query(
                SqlFile.load(DefaultAclPart.class, "default_acls"),
                row ->
                        all.put(
                                        new Key(
                                                row.text("role"),
                                                row.text("schema"),
                                                row.text("kind")),
                                        Acl.of(row.texts("grants")))
                                == null);
        return all;
    }
}
