package dev.relevo.schema;

import dev.relevo.pg.Quote;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is a member of what, with the options; from 16 on also by whose grant. There a grantor holds
 * ADMIN OPTION by an earlier grant, so they are made in that order.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-grant.html">GRANT</a>
 */
final class MemberPart implements Part {
    /** What a grant is about; an empty grantor is the first superuser, or does not count. */
    private record Grant(String role, String member, String grantor) {
        String text() {
            return Quote.ident(role) + " TO " + Quote.ident(member);
        }

        String revoke(String what) {
            return "REVOKE "
                    + what
                    + Quote.ident(role)
                    + " FROM "
                    + Quote.ident(member)
                    + by()
                    + (grantor.isEmpty() ? "" : " CASCADE");
        }

        String by() {
            return grantor.isEmpty() ? "" : " GRANTED BY " + Quote.ident(grantor);
        }
    }

    @Override
    public void compare(Sides sides, Remembered remembered, Amendments found) {
        boolean grantors = sides.onTo().major() >= 16;
        Map<Grant, Roles.Options> wanted = placed(wanted(sides, grantors, found), sides, found);
        Map<Grant, Roles.Options> there = placed(existing(sides, grantors), sides, null);
        wanted.forEach((grant, options) ->
                one(grant, options, there.get(grant), sides, remembered, found));
        there.forEach((grant, options) -> {
            // With its role a membership goes by itself.
            if (!wanted.containsKey(grant)
                    && sides.onFrom().all().contains(grant.role())
                    && sides.onFrom().all().contains(grant.member())) {
                one(grant, null, options, sides, remembered, found);
            }
        });
    }

    private static void one(
            Grant grant,
            Roles.@Nullable Options here,
            Roles.@Nullable Options there,
            Sides sides,
            Remembered remembered,
            Amendments found) {
        String key = "membership " + grant.text() + grant.by();
        switch (remembered.judge(
                key,
                here == null ? null : here.toString(),
                there == null ? null : there.toString())) {
            case CARRY -> {
                if (here == null) {
                    return;
                }
                boolean less = there != null && there.admin() && !here.admin();
                if (less) {
                    found.add(Amendment.of(grant.revoke("ADMIN OPTION FOR ")));
                }
                if (!less || here.inherits() != null) {
                    found.add(
                            Amendment.of(
                                    grant(grant, here), there == null ? grant.revoke("") : ""));
                }
            }
            case REMOVE -> found.add(Amendment.of(grant.revoke("")));
            case LEAVE ->
                    found.note(
                            "the membership of %s in %s has other options on the %s server; they are left as they are"
                                    .formatted(grant.member(), grant.role(), sides.following()));
            case NOTHING -> {}
        }
    }

    private static String grant(Grant grant, Roles.Options options) {
        String text = "GRANT " + grant.text();
        return options.inherits() == null
                ? text + (options.admin() ? " WITH ADMIN OPTION" : "")
                : text
                        + " WITH ADMIN "
                        + options.admin()
                        + ", INHERIT "
                        + options.inherits()
                        + ", SET "
                        + options.sets()
                        + grant.by();
    }

    private static Map<Grant, Roles.Options> wanted(
            Sides sides, boolean grantors, Amendments found) {
        Map<Grant, Roles.Options> all = new LinkedHashMap<>();
        for (Roles.Member m : sides.onFrom().members()) {
            if (!sides.willHave(m.role())) {
                found.note(
                        "the membership of %s in %s is left out: the %s server has no such role"
                                .formatted(m.member(), m.role(), sides.following()));
                continue;
            }
            Roles.Options options = m.options();
            if (!grantors) {
                options = new Roles.Options(options.admin(), null, null);
            } else if (options.inherits() == null) {
                Roles.Role member = sides.onFrom().roles().get(m.member());
                options =
                        new Roles.Options(
                                options.admin(), member == null || member.inherits(), true);
            }
            all.merge(key(m, grantors), options, MemberPart::merged);
        }
        return all;
    }

    private static Map<Grant, Roles.Options> existing(Sides sides, boolean grantors) {
        Map<Grant, Roles.Options> all = new LinkedHashMap<>();
        for (Roles.Member m : sides.onTo().members()) {
            all.merge(
                    key(m, grantors),
                    grantors ? m.options() : new Roles.Options(m.options().admin(), null, null),
                    MemberPart::merged);
        }
        return all;
    }

    private static Grant key(Roles.Member m, boolean grantors) {
        return new Grant(m.role(), m.member(), grantors ? m.grantor() : "");
    }

    private static Roles.Options merged(Roles.Options a, Roles.Options b) {
        return new Roles.Options(
                a.admin() || b.admin(), or(a.inherits(), b.inherits()), or(a.sets(), b.sets()));
    }

    private static @Nullable Boolean or(@Nullable Boolean a, @Nullable Boolean b) {
        return a == null ? b : (Boolean) (a || Boolean.TRUE.equals(b));
    }

    /**
     * In an order in which every grantor has ADMIN OPTION before it grants. Before 16 anybody may
     * be noted as a grantor; who could not be one stands as the first superuser.
     */
    private static Map<Grant, Roles.Options> placed(
            Map<Grant, Roles.Options> all, Sides sides, @Nullable Amendments found) {
        Map<Grant, Roles.Options> placed = new LinkedHashMap<>();
        Map<Grant, Roles.Options> left = new LinkedHashMap<>(all);
        Set<List<String>> admins = new HashSet<>();
        boolean moved = true;
        while (moved) {
            moved = false;
            for (Grant grant : List.copyOf(left.keySet())) {
                if (grant.grantor().isEmpty()
                        || admins.contains(List.of(grant.role(), grant.grantor()))) {
                    Roles.Options options = Objects.requireNonNull(left.remove(grant));
                    placed.merge(grant, options, MemberPart::merged);
                    if (options.admin()) {
                        admins.add(List.of(grant.role(), grant.member()));
                    }
                    moved = true;
                }
            }
            if (!moved && !left.isEmpty()) {
                Grant first = left.keySet().iterator().next();
                Roles.Options options = Objects.requireNonNull(left.remove(first));
                left.merge(
                        new Grant(first.role(), first.member(), ""), options, MemberPart::merged);
                Roles.Role grantor = sides.onFrom().roles().get(first.grantor());
                boolean usual =
                        grantor != null && "SUPERUSER".equals(grantor.attributes().get("super"));
                if (found != null && !usual) {
                    found.note(
                            ("%s made %s a member of %s; without ADMIN OPTION of its own it cannot have on the %s"
                                            + " server, so the membership is noted as the first superuser's")
                                    .formatted(
                                            first.grantor(),
                                            first.member(),
                                            first.role(),
                                            sides.following()));
                }
                moved = true;
            }
        }
        return placed;
    }
}
