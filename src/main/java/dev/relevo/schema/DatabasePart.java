package dev.relevo.schema;

import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The database as a whole: owner, privileges, comment, ALTER DATABASE SET and ALTER ROLE IN
 * DATABASE SET. It is the same database on both sides, so the serving one always wins; but a
 * setting that only the other one has goes only if it was carried there.
 */
final class DatabasePart implements Part {
    private record One(String owner, String comment, Acl acl) {}

    @Override
    public void compare(Sides sides, Remembered remembered, Amendments found) {
        One here = read(sides.from());
        One there = read(sides.to());
        String database = "DATABASE " + Quote.ident(sides.to().endpoint().database());
        boolean moves = !here.owner().equals(there.owner()) && sides.willHave(here.owner());
        if (moves) {
            found.add(Amendment.of("ALTER " + database + " OWNER TO " + Quote.ident(here.owner())));
        }
        Acl wanted = here.acl().keeping(p -> sides.comparable(p, found, database));
        Acl has =
                (moves ? there.acl().ownedBy(here.owner(), there.owner()) : there.acl())
                        .keeping(p -> sides.comparable(p, null, ""));
        wanted.change(has, database, "", moves ? here.owner() : there.owner())
                .forEach(sql -> found.add(Amendment.of(sql)));
        if (!here.comment().equals(there.comment())) {
            found.add(
                    Amendment.of(
                            "COMMENT ON "
                                    + database
                                    + " IS "
                                    + (here.comment().isEmpty()
                                            ? "NULL"
                                            : Quote.literal(here.comment()))));
        }
        settings(database, sides, remembered, found);
    }

    private static void settings(
            String database, Sides sides, Remembered remembered, Amendments found) {
        Map<Roles.SettingKey, Setting> here = readSettings(sides.from());
        Map<Roles.SettingKey, Setting> there = readSettings(sides.to());
        List<String> carried = new Facts(sides.to()).get(Fact.DATABASE_SETTINGS).orElse(List.of());
        TreeSet<Roles.SettingKey> keys = new TreeSet<>(here.keySet());
        keys.addAll(there.keySet());
        for (Roles.SettingKey key : keys) {
            if (!key.role().isEmpty() && !sides.onFrom().all().contains(key.role())) {
                continue;
            }
            String alter =
                    key.role().isEmpty()
                            ? "ALTER " + database + " "
                            : "ALTER ROLE " + Quote.ident(key.role()) + " IN " + database + " ";
            one(key, alter, here.get(key), there.get(key), carried, sides, remembered, found);
        }
    }

    private static void one(
            Roles.SettingKey key,
            String alter,
            @Nullable Setting here,
            @Nullable Setting there,
            List<String> carried,
            Sides sides,
            Remembered remembered,
            Amendments found) {
        Remembered.Verdict verdict =
                remembered.judge(
                        "setting of the database " + Quote.ident(key.role()) + " " + key.name(),
                        here == null ? null : here.value(),
                        there == null ? null : there.value());
        if (here != null && !here.isReadOnlySwitch() && !here.equals(there)) {
            if (here.isKnownTo(sides.to())) {
                found.add(Amendment.of(alter + here.set()));
            } else {
                found.note(
                        "%s is left out: the %s server has no such parameter"
                                .formatted(alter + here.set(), sides.following()));
            }
        }
        if (here == null && there != null && !there.isReadOnlySwitch()) {
            String reset = alter + there.reset();
            if (verdict == Remembered.Verdict.REMOVE || carried.contains(reset)) {
                found.add(Amendment.of(reset));
            }
        }
    }

    private static One read(Session session) {
        return session.one(
                SqlFile.load(DatabasePart.class, "database_acl"),
                row ->
                        new One(
                                row.text("owner"),
                                row.text("comment"),
                                Acl.of(row.texts("grants"))));
    }

    private static Map<Roles.SettingKey, Setting> readSettings(Session session) {
        Map<Roles.SettingKey, Setting> settings = new TreeMap<>();
        session.query(
                SqlFile.load(CarryDatabaseSettings.class, "database_settings"),
                row -> {
                    Setting setting = Setting.parse(row.text("setting"));
                    return settings.put(
                                    new Roles.SettingKey(row.text("role"), setting.name()), setting)
                            == null;
                });
        return settings;
    }
}
