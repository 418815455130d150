package dev.relevo.schema;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The side that serves and the one that follows it, each at one moment.
 *
 * @param made the OID of each role there that this upgrade has created there, by name
 */
record Sides(
        Side serving,
        Session from,
        Session to,
        Roles onFrom,
        Roles onTo,
        Map<String, String> made,
        Set<String> ourselves) {

    static Sides read(Side serving, Session from, Session to, Map<String, String> made) {
        return new Sides(
                serving,
                from,
                to,
                Roles.read(from),
                Roles.read(to),
                made,
                new TreeSet<>(List.of(from.endpoint().user(), to.endpoint().user())));
    }

    String following() {
        return serving.other().label();
    }

    /** Whether a role will be there when the roles have been carried. */
    boolean willHave(String role) {
        return onFrom.roles().containsKey(role) || onTo.all().contains(role);
    }

    /**
     * Whether both sides can have a privilege: MAINTAIN is there from 17 on, and some roles of
     * PostgreSQL's own came later.
     */
    boolean comparable(Acl.Privilege privilege, @Nullable Amendments found, String what) {
        if (privilege.name().equals("MAINTAIN")
                && Math.min(from.version().major(), to.version().major()) < 17) {
            return false;
        }
        if (privilege.grantee().isEmpty() || willHave(privilege.grantee())) {
            return true;
        }
        if (found != null) {
            found.note(
                    "%s on %s is left out for %s: the %s server has no such role"
                            .formatted(privilege.name(), what, privilege.grantee(), following()));
        }
        return false;
    }
}
