package dev.relevo.schema;

import java.util.TreeSet;

/** ALTER ROLE … SET and ALTER ROLE ALL SET, for all databases. */
final class RoleSettingPart implements Part {
    @Override
    public void compare(Sides sides, Remembered remembered, Amendments found) {
        TreeSet<Roles.SettingKey> keys = new TreeSet<>(sides.onFrom().settings().keySet());
        keys.addAll(sides.onTo().settings().keySet());
        for (Roles.SettingKey key : keys) {
            Setting here = sides.onFrom().settings().get(key);
            Setting there = sides.onTo().settings().get(key);
            boolean gone = !key.role().isEmpty() && !sides.onFrom().all().contains(key.role());
            SettingComparison.compare(
                    new SettingComparison.One(key.alter(), here, there, gone),
                    sides,
                    remembered,
                    found);
        }
    }
}
