package dev.relevo.schema;

import dev.relevo.pg.Quote;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Who may do what with one object. Who granted it does not count when two are compared: what is
 * granted by us is granted in the owner's name.
 *
 * @param grantable for each privilege, whether it may be granted on
 * @param grantors for each privilege, who granted it
 */
record Acl(Map<Privilege, Boolean> grantable, Map<Privilege, Set<String>> grantors) {
    private static final Pattern OURS =
            Pattern.compile("relevo_[0-9a-f]{8}_(reads|applies)_(old|new)(_[0-9]+)?");
    static final Acl NONE = new Acl(Map.of(), Map.of());

    /** An empty grantee stands for PUBLIC. */
    record Privilege(String grantee, String name) implements Comparable<Privilege> {
        @Override
        public int compareTo(Privilege other) {
            int byGrantee = grantee.compareTo(other.grantee);
            return byGrantee != 0 ? byGrantee : name.compareTo(other.name);
        }
    }

    /** Privileges as the queries of this package write them. */
    static Acl of(List<String> grants) {
        Map<Privilege, Boolean> grantable = new TreeMap<>();
        Map<Privilege, Set<String>> grantors = new TreeMap<>();
        for (String grant : grants) {
            String[] part = grant.split("\u0001", -1);
            Privilege privilege = new Privilege(part.length > 3 ? part[3] : "", part[0]);
            if (!OURS.matcher(privilege.grantee()).matches()) {
                grantable.merge(privilege, part[1].startsWith("t"), Boolean::logicalOr);
                grantors.computeIfAbsent(privilege, _ -> new TreeSet<>()).add(part[2]);
            }
        }
        return new Acl(grantable, grantors);
    }

    /** What holds where nobody granted or revoked anything. */
    static Acl standard(String kind, String owner) {
        List<String> names =
                switch (kind) {
                    case "TABLE" ->
                            List.of(
                                    "INSERT",
                                    "SELECT",
                                    "UPDATE",
                                    "DELETE",
                                    "TRUNCATE",
                                    "REFERENCES",
                                    "TRIGGER",
                                    "MAINTAIN");
                    case "SEQUENCE" -> List.of("USAGE", "SELECT", "UPDATE");
                    case "ROUTINE" -> List.of("EXECUTE");
                    case "SCHEMA" -> List.of("USAGE", "CREATE");
                    case "LARGE OBJECT" -> List.of("SELECT", "UPDATE");
                    default -> List.of("USAGE");
                };
        Map<Privilege, Boolean> grantable = new TreeMap<>();
        for (String name : names) {
            grantable.put(new Privilege(owner, name), false);
            if (Set.of("ROUTINE", "TYPE", "LANGUAGE").contains(kind)) {
                grantable.put(new Privilege("", name), false);
            }
        }
        return new Acl(grantable, Map.of());
    }

    /** Without those that cannot or need not be compared. */
    Acl keeping(Predicate<Privilege> kept) {
        Map<Privilege, Boolean> left = new TreeMap<>(grantable);
        left.keySet().removeIf(kept.negate());
        return new Acl(left, grantors);
    }

    /** As it is after a change of the owner. */
    Acl ownedBy(String after, String before) {
        if (after.equals(before)) {
            return this;
        }
        Map<Privilege, Boolean> moved = new TreeMap<>();
        Map<Privilege, Set<String>> by = new TreeMap<>();
        grantable.forEach((privilege, may) -> {
            Privilege now =
                    new Privilege(
                            privilege.grantee().equals(before) ? after : privilege.grantee(),
                            privilege.name());
            moved.merge(now, may, Boolean::logicalOr);
            Set<String> names = new TreeSet<>(grantors.getOrDefault(privilege, Set.of()));
            if (names.remove(before)) {
                names.add(after);
            }
            by.computeIfAbsent(now, _ -> new TreeSet<>()).addAll(names);
        });
        return new Acl(moved, by);
    }

    /**
     * Makes {@code there} like this one.
     *
     * @param object what stands behind ON, or {@code TABLES} and the like
     * @param column empty, or the column it is about
     * @param owner in whose name we grant
     */
    List<String> change(Acl there, String object, String column, String owner) {
        Map<List<String>, Set<String>> revoked = new LinkedHashMap<>();
        Map<List<String>, Set<String>> granted = new LinkedHashMap<>();
        there.grantable.forEach((privilege, may) -> {
            Boolean wanted = grantable.get(privilege);
            if (wanted == null) {
                put(revoked, "REVOKE ", privilege);
                for (String grantor : there.grantors.getOrDefault(privilege, Set.of())) {
                    if (!grantor.equals(owner) && !grantor.equals(privilege.grantee())) {
                        put(
                                revoked,
                                "REVOKE GRANT OPTION FOR ",
                                new Privilege(grantor, privilege.name()));
                    }
                }
            } else if (may && !wanted) {
                put(revoked, "REVOKE GRANT OPTION FOR ", privilege);
            }
        });
        grantable.forEach((privilege, may) -> {
            Boolean has = there.grantable.get(privilege);
            if (has == null || (may && !has)) {
                put(granted, may ? " WITH GRANT OPTION" : "", privilege);
            }
        });
        List<String> sql = new ArrayList<>();
        revoked.forEach((key, names) ->
                sql.add(
                        key.getFirst()
                                + list(names, column)
                                + " ON "
                                + object
                                + " FROM "
                                + grantee(key.getLast())
                                + " CASCADE"));
        granted.forEach((key, names) ->
                sql.add(
                        "GRANT "
                                + list(names, column)
                                + " ON "
                                + object
                                + " TO "
                                + grantee(key.getLast())
                                + key.getFirst()));
        return sql;
    }

    private static void put(Map<List<String>, Set<String>> all, String form, Privilege privilege) {
        all.computeIfAbsent(List.of(form, privilege.grantee()), _ -> new LinkedHashSet<>())
                .add(privilege.name());
    }

    private static String list(Set<String> names, String column) {
        return String.join(
                ", ",
                column.isEmpty()
                        ? names
                        : names.stream().map(name -> name + " (" + column + ")").toList());
    }

    static String grantee(String name) {
        return name.isEmpty() ? "PUBLIC" : Quote.ident(name);
    }
}
