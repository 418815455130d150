package dev.relevo.schema;

import dev.relevo.pg.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Roles: those that are missing, and the attributes, verifiers and comments of those that both
 * sides have.
 *
 * <p>Left alone are password, superuser and log-in of the roles that we ourselves connect as, and
 * that the first superuser is one.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-alterrole.html">ALTER ROLE</a>
 */
final class RolePart implements Part {
    private static final Set<String> OURS =
            Set.of("super", "canlogin", "valid until", "connection limit", "password");

    @Override
    public void compare(Sides sides, Remembered remembered, Amendments found) {
        sides.onFrom()
                .roles()
                .forEach((name, role) -> {
                    Roles.Role existing = sides.onTo().roles().get(name);
                    if (existing == null) {
                        create(role, remembered, found);
                    } else {
                        alter(role, existing, sides, remembered, found);
                    }
                });
        sides.onTo()
                .roles()
                .forEach((name, role) -> {
                    if (!sides.onFrom().roles().containsKey(name)) {
                        drop(role, sides, remembered, found);
                    }
                });
    }

    private static String key(String name) {
        return "role " + Quote.ident(name);
    }

    private static void create(Roles.Role role, Remembered remembered, Amendments found) {
        if (remembered.judge(key(role.name()), "", null) != Remembered.Verdict.CARRY) {
            return;
        }
        String name = Quote.ident(role.name());
        found.add(
                Amendment.create(
                        role.create(false),
                        role.create(true),
                        "DROP ROLE IF EXISTS " + name,
                        role.name()));
        role.commentOn().ifPresent(sql -> found.add(Amendment.of(sql)));
    }

    private static void alter(
            Roles.Role role,
            Roles.Role existing,
            Sides sides,
            Remembered remembered,
            Amendments found) {
        String key = key(role.name());
        String alter = "ALTER ROLE " + Quote.ident(role.name()) + " WITH ";
        boolean ourselves = sides.ourselves().contains(role.name());
        remembered.judge(key, "", "");
        List<String> changed = new ArrayList<>();
        for (Map.Entry<String, String> attribute : role.attributes().entrySet()) {
            String what = attribute.getKey();
            String here = attribute.getValue();
            String there = String.valueOf(existing.attributes().get(what));
            if ((ourselves && OURS.contains(what))
                    || (what.equals("super") && existing.bootstrap())) {
                continue;
            }
            switch (remembered.judge(key + " " + what, here, there)) {
                case CARRY -> changed.add(here.isEmpty() ? "VALID UNTIL 'infinity'" : here);
                case LEAVE -> {
                    boolean longer = here.length() > there.length();
                    found.note(
                            "role %s has %s on the %s server%s; that is left as it is"
                                    .formatted(
                                            role.name(),
                                            there.isEmpty() ? "no VALID UNTIL" : there,
                                            sides.following(),
                                            longer && here.isEmpty() ? "" : ", not " + here));
                }
                case NOTHING, REMOVE -> {}
            }
        }
        if (!changed.isEmpty()) {
            found.add(Amendment.of(alter + String.join(" ", changed)));
        }
        if (!ourselves) {
            password(role, existing, sides, remembered, found);
        }
        comment(role, existing, sides, remembered, found);
    }

    private static void password(
            Roles.Role role,
            Roles.Role existing,
            Sides sides,
            Remembered remembered,
            Amendments found) {
        String here = String.valueOf(role.verifier());
        String there = String.valueOf(existing.verifier());
        switch (remembered.judge(key(role.name()) + " password", here, there)) {
            case CARRY -> {
                String alter = "ALTER ROLE " + Quote.ident(role.name()) + " ";
                found.add(
                        Amendment.secret(
                                alter + role.password(false), alter + role.password(true)));
            }
            case LEAVE ->
                    found.note(
                            ("role %s has another password on the %s server, or the same one stored anew;"
                                            + " that is left as it is until it is changed on the %s server")
                                    .formatted(
                                            role.name(),
                                            sides.following(),
                                            sides.serving().label()));
            case NOTHING, REMOVE -> {}
        }
    }

    private static void comment(
            Roles.Role role,
            Roles.Role existing,
            Sides sides,
            Remembered remembered,
            Amendments found) {
        String here = role.commentOn().orElse("");
        switch (remembered.judge(
                key(role.name()) + " comment", here, existing.commentOn().orElse(""))) {
            case CARRY ->
                    found.add(
                            Amendment.of(
                                    here.isEmpty()
                                            ? "COMMENT ON ROLE "
                                                    + Quote.ident(role.name())
                                                    + " IS NULL"
                                            : here));
            case LEAVE ->
                    found.note(
                            "role %s has another comment on the %s server; that is left as it is"
                                    .formatted(role.name(), sides.following()));
            case NOTHING, REMOVE -> {}
        }
    }

    /** Only what this upgrade has created there, by OID, is ever dropped; see {@link DropPart}. */
    private static void drop(
            Roles.Role role, Sides sides, Remembered remembered, Amendments found) {
        if (remembered.judge(key(role.name()), null, "") == Remembered.Verdict.REMOVE
                && !sides.made().containsKey(role.name())) {
            found.note(
                    ("role %s was dropped on the %s server; the %s server had it before the upgrade, so it"
                                    + " stays there: DROP ROLE %s, if nobody uses it any more")
                            .formatted(
                                    role.name(),
                                    sides.serving().label(),
                                    sides.following(),
                                    Quote.ident(role.name())));
        }
    }
}
