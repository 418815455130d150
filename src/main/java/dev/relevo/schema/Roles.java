package dev.relevo.schema;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The roles of a server, who is a member of what, and what is set for whom in all databases. */
record Roles(
        Map<String, Role> roles,
        Map<Membership, Options> memberships,
        Map<SettingKey, Setting> settings) {

    /** A role. The verifier is what {@code pg_authid.rolpassword} has; never printed. */
    record Role(
            String name, String attributes, @Nullable String verifier, @Nullable String comment) {
        /** How {@code statements()} shows what must not be seen. */
        static final String MASK = "********";

        String create(boolean masked) {
            String password = verifier == null ? "" : " PASSWORD " + password(verifier, masked);
            return "CREATE ROLE " + Quote.ident(name) + " WITH " + attributes + password;
        }

        Optional<String> commentOn() {
            return Optional.ofNullable(comment)
                    .map(c -> "COMMENT ON ROLE " + Quote.ident(name) + " IS " + Quote.literal(c));
        }

        private static String password(String verifier, boolean masked) {
            return Quote.literal(masked ? MASK : verifier);
        }

        @Override
        public String toString() {
            return create(true);
        }
    }

    /** A role is a member of another one. */
    record Membership(String role, String member) implements Comparable<Membership> {
        @Override
        public int compareTo(Membership other) {
            int byRole = role.compareTo(other.role);
            return byRole != 0 ? byRole : member.compareTo(other.member);
        }
    }

    /** Options of a membership; before 16 there was only the first, the others are null. */
    record Options(boolean admin, @Nullable Boolean inherits, @Nullable Boolean sets) {
        String grant(Membership membership) {
            String grant =
                    "GRANT "
                            + Quote.ident(membership.role())
                            + " TO "
                            + Quote.ident(membership.member());
            if (inherits == null || sets == null) {
                return admin ? grant + " WITH ADMIN OPTION" : grant;
            }
            return grant + " WITH ADMIN " + admin + ", INHERIT " + inherits + ", SET " + sets;
        }
    }

    /** Which setting of which role; an empty role stands for ALL. */
    record SettingKey(String role, String name) implements Comparable<SettingKey> {
        @Override
        public int compareTo(SettingKey other) {
            int byRole = role.compareTo(other.role);
            return byRole != 0 ? byRole : name.compareTo(other.name);
        }

        String alter() {
            return "ALTER ROLE " + (role.isEmpty() ? "ALL" : Quote.ident(role)) + " ";
        }
    }

    /** Reads them all; needs a superuser. */
    static Roles read(Session session) {
        Map<String, Role> roles = new TreeMap<>();
        session.query(
                        load(session, "roles"),
                        row ->
                                new Role(
                                        row.text("name"),
                                        attributes(row),
                                        row.textOrNull("rolpassword"),
                                        row.textOrNull("comment")))
                .forEach(role -> roles.put(role.name(), role));
        Map<Membership, Options> memberships = new TreeMap<>();
        session.query(
                load(session, "memberships"),
                row ->
                        memberships.put(
                                        new Membership(row.text("role"), row.text("member")),
                                        new Options(
                                                row.bool("admin"),
                                                row.isNull("inherits")
                                                        ? null
                                                        : (Boolean) row.bool("inherits"),
                                                row.isNull("sets")
                                                        ? null
                                                        : (Boolean) row.bool("sets")))
                                == null);
        Map<SettingKey, Setting> settings = new TreeMap<>();
        session.query(
                load(session, "role_settings"),
                row -> {
                    Setting setting = Setting.parse(row.text("setting"));
                    return settings.put(new SettingKey(row.text("role"), setting.name()), setting)
                            == null;
                });
        return new Roles(roles, memberships, settings);
    }

    private static String attributes(dev.relevo.pg.Row row) throws java.sql.SQLException {
        List<String> all = new ArrayList<>();
        all.add(row.bool("rolsuper") ? "SUPERUSER" : "NOSUPERUSER");
        all.add(row.bool("rolinherit") ? "INHERIT" : "NOINHERIT");
        all.add(row.bool("rolcreaterole") ? "CREATEROLE" : "NOCREATEROLE");
        all.add(row.bool("rolcreatedb") ? "CREATEDB" : "NOCREATEDB");
        all.add(row.bool("rolcanlogin") ? "LOGIN" : "NOLOGIN");
        all.add(row.bool("rolreplication") ? "REPLICATION" : "NOREPLICATION");
        all.add(row.bool("rolbypassrls") ? "BYPASSRLS" : "NOBYPASSRLS");
        all.add("CONNECTION LIMIT " + row.integer("rolconnlimit"));
        String until = row.textOrNull("valid_until");
        if (until != null) {
            all.add("VALID UNTIL " + Quote.literal(until));
        }
        return String.join(" ", all);
    }

    private static String load(Session session, String file) {
        return SqlFile.load(Roles.class, file, session.version());
    }
}
