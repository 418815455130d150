package dev.relevo.schema;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Row;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The roles of a server, who is a member of what, and what is set for whom in all databases.
 *
 * @param all the names of all roles, PostgreSQL's own among them
 */
record Roles(
        Map<String, Role> roles,
        List<Member> members,
        Map<SettingKey, Setting> settings,
        Set<String> all,
        int major) {

    /**
     * A role. The verifier is what {@code pg_authid.rolpassword} has; never printed.
     *
     * @param attributes as CREATE ROLE has them, by what each is about
     */
    record Role(
            String name,
            Map<String, String> attributes,
            @Nullable String verifier,
            @Nullable String comment,
            boolean bootstrap) {
        /** How {@code statements()} shows what must not be seen. */
        static final String MASK = "********";

        String create(boolean masked) {
            String password = verifier == null ? "" : " " + password(masked);
            return "CREATE ROLE "
                    + Quote.ident(name)
                    + " WITH "
                    + attributes.values().stream()
                            .filter(text -> !text.isEmpty())
                            .collect(Collectors.joining(" "))
                    + password;
        }

        /** {@code PASSWORD …}, as it stands behind CREATE or ALTER ROLE. */
        String password(boolean masked) {
            return "PASSWORD "
                    + (verifier == null ? "NULL" : Quote.literal(masked ? MASK : verifier));
        }

        Optional<String> commentOn() {
            return Optional.ofNullable(comment)
                    .map(c -> "COMMENT ON ROLE " + Quote.ident(name) + " IS " + Quote.literal(c));
        }

        boolean inherits() {
            return "INHERIT".equals(attributes.get("inherit"));
        }

        @Override
        public String toString() {
            return create(true);
        }
    }

    /**
     * A role is a member of another one, by the grant of a third; an empty grantor is the first
     * superuser.
     */
    record Member(String role, String member, String grantor, Options options) {}

    /** Options of a membership; before 16 there was only the first, the others are null. */
    record Options(boolean admin, @Nullable Boolean inherits, @Nullable Boolean sets) {}

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
                                        row.textOrNull("comment"),
                                        row.bool("bootstrap")))
                .forEach(role -> roles.put(role.name(), role));
        List<Member> members =
                session.query(
                        load(session, "memberships"),
                        row ->
                                new Member(
                                        row.text("role"),
                                        row.text("member"),
                                        row.text("grantor"),
                                        new Options(
                                                row.bool("admin"),
                                                boolOrNull(row, "inherits"),
                                                boolOrNull(row, "sets"))));
        Map<SettingKey, Setting> settings = new TreeMap<>();
        session.query(
                load(session, "role_settings"),
                row -> {
                    Setting setting = Setting.parse(row.text("setting"));
                    return settings.put(new SettingKey(row.text("role"), setting.name()), setting)
                            == null;
                });
        Set<String> all =
                new TreeSet<>(
                        session.query(
                                "SELECT rolname FROM pg_catalog.pg_roles",
                                row -> row.text("rolname")));
        return new Roles(roles, members, settings, all, session.version().major());
    }

    private static @Nullable Boolean boolOrNull(Row row, String column) throws SQLException {
        return row.isNull(column) ? null : (Boolean) row.bool(column);
    }

    private static Map<String, String> attributes(Row row) throws SQLException {
        Map<String, String> all = new LinkedHashMap<>();
        for (String[] each :
                new String[][] {
                    {"rolsuper", "SUPERUSER"},
                    {"rolinherit", "INHERIT"},
                    {"rolcreaterole", "CREATEROLE"},
                    {"rolcreatedb", "CREATEDB"},
                    {"rolcanlogin", "LOGIN"},
                    {"rolreplication", "REPLICATION"},
                    {"rolbypassrls", "BYPASSRLS"}
                }) {
            all.put(each[0].substring(3), row.bool(each[0]) ? each[1] : "NO" + each[1]);
        }
        all.put("connection limit", "CONNECTION LIMIT " + row.integer("rolconnlimit"));
        String until = row.textOrNull("valid_until");
        all.put(
                "valid until",
                until == null || until.equals("infinity")
                        ? ""
                        : "VALID UNTIL " + Quote.literal(until));
        return all;
    }

    private static String load(Session session, String file) {
        return SqlFile.load(Roles.class, file, session.version());
    }
}
