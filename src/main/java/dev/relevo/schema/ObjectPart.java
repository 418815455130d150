package dev.relevo.schema;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Owners and privileges of everything in the database, with the columns of tables, by the address
 * that both sides know it under. What only one side has is none of this part's business.
 *
 * <p>Of what came with PostgreSQL or an extension it carries what was granted since.
 *
 * @see <a href="https://www.postgresql.org/docs/current/ddl-priv.html">Privileges</a>
 */
final class ObjectPart implements Part {
    private record Address(String kind, String alter, String name, String column)
            implements Comparable<Address> {
        @Override
        public int compareTo(Address other) {
            return key().compareTo(other.key());
        }

        private String key() {
            return kind + "\u0001" + name + "\u0001" + column + "\u0001" + alter;
        }
    }

    private record One(
            boolean given, String owner, String realOwner, boolean untouched, List<String> grants) {
        Acl acl(String kind) {
            return untouched ? Acl.standard(kind, realOwner) : Acl.of(grants);
        }
    }

    @Override
    public void compare(Sides sides, Remembered remembered, Amendments found) {
        Map<Address, One> here = read(sides.from());
        Map<Address, One> there = read(sides.to());
        here.forEach((address, one) -> {
            One other = there.get(address);
            if (other != null
                    && !one.owner().isEmpty()
                    && !one.owner().equals(other.owner())
                    && sides.willHave(one.owner())) {
                found.add(
                        Amendment.of(
                                "ALTER "
                                        + address.alter()
                                        + " "
                                        + address.name()
                                        + " OWNER TO "
                                        + Quote.ident(one.owner())));
            }
        });
        TreeSet<Address> all = new TreeSet<>(here.keySet());
        all.addAll(there.keySet());
        for (Address address : all) {
            if (!address.kind().isEmpty()) {
                privileges(address, here, there, sides, found);
            }
        }
    }

    private static void privileges(
            Address address,
            Map<Address, One> here,
            Map<Address, One> there,
            Sides sides,
            Amendments found) {
        One one = here.get(address);
        One other = there.get(address);
        if (one != null && other != null && one.untouched() && other.untouched()) {
            return;
        }
        One any = one == null ? Objects.requireNonNull(other) : one;
        boolean optional = any.given();
        if ((one == null || other == null) && !optional) {
            Address whole = new Address(address.kind(), "TABLE", address.name(), "");
            if (address.column().isEmpty()
                    || !here.containsKey(whole)
                    || !there.containsKey(whole)) {
                return;
            }
        }
        Acl wanted = one == null ? Acl.NONE : one.acl(address.kind());
        Acl has = other == null ? Acl.NONE : other.acl(address.kind());
        String owner = any.realOwner();
        if (one != null && other != null) {
            has = has.ownedBy(owner, sides.willHave(owner) ? other.realOwner() : owner);
        }
        wanted = wanted.keeping(p -> sides.comparable(p, found, address.name()));
        has = has.keeping(p -> sides.comparable(p, null, ""));
        for (String sql :
                wanted.change(
                        has, address.kind() + " " + address.name(), address.column(), owner)) {
            found.add(optional ? Amendment.optional(sql) : Amendment.of(sql));
        }
    }

    private static Map<Address, One> read(Session session) {
        Map<Address, One> all = new TreeMap<>();
        session.query(
                SqlFile.load(ObjectPart.class, "owners"),
                row ->
                        all.put(
                                        new Address(
                                                row.text("kind"),
                                                row.text("alter_kind"),
                                                row.text("name"),
                                                row.text("col")),
                                        new One(
                                                row.bool("given"),
                                                row.text("owner"),
                                                row.text("real_owner"),
                                                row.bool("untouched"),
                                                row.texts("grants")))
                                == null);
        return all;
    }
}
