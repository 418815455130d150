package dev.relevo.schema;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a setting of a role or of a database is carried. */
final class SettingComparison {
    private SettingComparison() {}

    /**
     * A setting on both sides.
     *
     * @param alter {@code ALTER ROLE …} or {@code ALTER DATABASE …}, up to the blank before SET
     * @param gone whether the role it belongs to is not on the serving side
     */
    record One(String alter, @Nullable Setting here, @Nullable Setting there, boolean gone) {
        Setting any() {
            return here != null ? here : Objects.requireNonNull(there);
        }
    }

    static void compare(One one, Sides sides, Remembered remembered, Amendments found) {
        Setting any = one.any();
        if (any.isReadOnlySwitch() || one.gone()) {
            return;
        }
        Setting here = one.here();
        Setting there = one.there();
        String key = one.alter() + any.reset();
        switch (remembered.judge(
                key, here == null ? null : here.value(), there == null ? null : there.value())) {
            case CARRY -> {
                String set = one.alter() + Objects.requireNonNull(here).set();
                if (!here.isKnownTo(sides.to())) {
                    found.note(
                            "%s is left out: the %s server has no such parameter"
                                    .formatted(set, sides.following()));
                } else {
                    String undo =
                            there == null ? one.alter() + here.reset() : one.alter() + there.set();
                    found.add(Amendment.of(set, undo));
                }
            }
            case REMOVE -> found.add(Amendment.of(one.alter() + any.reset()));
            case LEAVE ->
                    found.note(
                            "%s is another value on the %s server; it is left as it is"
                                    .formatted(
                                            one.alter() + Objects.requireNonNull(here).set(),
                                            sides.following()));
            case NOTHING -> {}
        }
    }
}
