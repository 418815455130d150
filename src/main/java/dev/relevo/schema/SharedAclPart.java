package dev.relevo.schema;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Privileges on parameters (from 15 on), and owners, privileges and comments of the tablespaces
 * that both servers have by name.
 */
final class SharedAclPart implements Part {
    private record Key(String kind, String name) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byKind = kind.compareTo(other.kind);
            return byKind != 0 ? byKind : name.compareTo(other.name);
        }

        String on() {
            // A parameter may have a dot; it is written as it is kept, and that is checked.
            return kind + " " + (isParameter() ? parameter() : Quote.ident(name));
        }

        private String parameter() {
            return String.join(
                    ".", java.util.Arrays.stream(name.split("\\.", -1)).map(Quote::ident).toList());
        }

        boolean isParameter() {
            return kind.equals("PARAMETER");
        }
    }

    private record One(String owner, String comment, Acl acl) {}

    @Override
    public void compare(Sides sides, Remembered remembered, Amendments found) {
        Map<Key, One> here = read(sides.from());
        Map<Key, One> there = read(sides.to());
        Set<Key> all = new TreeSet<>(here.keySet());
        all.addAll(there.keySet());
        for (Key key : all) {
            One one = here.get(key);
            One other = there.get(key);
            if (key.isParameter()) {
                if (one == null || isGrantable(key, sides, found)) {
                    acl(key, one, other, sides, remembered, found);
                }
            } else if (one != null && other != null) {
                tablespace(key, one, other, sides, remembered, found);
                acl(key, one, other, sides, remembered, found);
            }
        }
    }

    private static boolean isGrantable(Key key, Sides sides, Amendments found) {
        String why = "";
        if (sides.to().version().major() < 15) {
            why = "that server knows no privileges on parameters";
        } else if (key.name().equalsIgnoreCase("session_replication_role")) {
            why = "whoever may set it could write past the fence";
        } else if (!new Setting(key.name(), "").isKnownTo(sides.to())) {
            why = "that server has no such parameter";
        }
        if (why.isEmpty()) {
            return true;
        }
        found.note(
                "privileges on parameter %s are left out on the %s server: %s"
                        .formatted(key.name(), sides.following(), why));
        return false;
    }

    private static void tablespace(
            Key key, One one, One other, Sides sides, Remembered remembered, Amendments found) {
        if (remembered.judge(key.on() + " owner", one.owner(), other.owner())
                        == Remembered.Verdict.CARRY
                && sides.willHave(one.owner())) {
            found.add(
                    Amendment.of(
                            "ALTER " + key.on() + " OWNER TO " + Quote.ident(one.owner()),
                            "ALTER " + key.on() + " OWNER TO " + Quote.ident(other.owner())));
        }
        String here = one.comment().isEmpty() ? null : one.comment();
        String there = other.comment().isEmpty() ? null : other.comment();
        String comment = "COMMENT ON " + key.on() + " IS ";
        switch (remembered.judge(key.on() + " comment", here, there)) {
            case CARRY ->
                    found.add(
                            Amendment.of(
                                    comment + Quote.literal(one.comment()),
                                    comment + (there == null ? "NULL" : Quote.literal(there))));
            case REMOVE -> found.add(Amendment.of(comment + "NULL"));
            case LEAVE ->
                    found.note(
                            "%s has another comment on the %s server; it is left as it is"
                                    .formatted(key.on(), sides.following()));
            case NOTHING -> {}
        }
    }

    private static void acl(
            Key key,
            @org.jspecify.annotations.Nullable One one,
            @org.jspecify.annotations.Nullable One other,
            Sides sides,
            Remembered remembered,
            Amendments found) {
        Acl here = one == null ? Acl.NONE : one.acl();
        Acl there = other == null ? Acl.NONE : other.acl();
        Set<Acl.Privilege> all = new TreeSet<>(here.grantable().keySet());
        all.addAll(there.grantable().keySet());
        for (Acl.Privilege p : all) {
            if (!sides.comparable(p, found, key.name())
                    || (!p.grantee().isEmpty() && !sides.onFrom().all().contains(p.grantee()))) {
                continue;
            }
            String text = p.name() + " ON " + key.on();
            String grantee = Acl.grantee(p.grantee());
            Boolean wanted = here.grantable().get(p);
            Boolean has = there.grantable().get(p);
            switch (remembered.judge(
                    text + " TO " + grantee,
                    wanted == null ? null : wanted.toString(),
                    has == null ? null : has.toString())) {
                case CARRY -> {
                    if (Boolean.FALSE.equals(wanted) && Boolean.TRUE.equals(has)) {
                        found.add(
                                Amendment.of(
                                        "REVOKE GRANT OPTION FOR "
                                                + text
                                                + " FROM "
                                                + grantee
                                                + " CASCADE"));
                    } else {
                        found.add(
                                Amendment.of(
                                        "GRANT "
                                                + text
                                                + " TO "
                                                + grantee
                                                + (Boolean.TRUE.equals(wanted)
                                                        ? " WITH GRANT OPTION"
                                                        : ""),
                                        has == null
                                                ? "REVOKE " + text + " FROM " + grantee + " CASCADE"
                                                : ""));
                    }
                }
                case REMOVE ->
                        found.add(Amendment.of("REVOKE " + text + " FROM " + grantee + " CASCADE"));
                case LEAVE ->
                        found.note(
                                "%s has another GRANT OPTION for %s on the %s server; it is left as it is"
                                        .formatted(grantee, text, sides.following()));
                case NOTHING -> {}
            }
        }
    }

    private static Map<Key, One> read(Session session) {
        Map<Key, One> all = new TreeMap<>();
        session.query(
                SqlFile.load(SharedAclPart.class, "shared_acls", session.version()),
                row ->
                        all.put(
                                        new Key(row.text("kind"), row.text("name")),
                                        new One(
                                                row.text("owner"),
                                                row.text("comment"),
                                                Acl.of(row.texts("grants"))))
                                == null);
        return all;
    }
}
