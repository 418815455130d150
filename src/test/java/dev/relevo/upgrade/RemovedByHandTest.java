package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.ledger.OwnTable;
import dev.relevo.pg.Endpoint;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the guide tells people to run in psql leaves nothing of Relevo's, and clients that write.
 */
class RemovedByHandTest {
    private static final String TABLES =
            "SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'relevo'::regnamespace"
                    + " AND relkind = 'r'";

    private static final Set<String> NAMES =
            Stream.of(OwnTable.values())
                    .map(table -> table.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.toSet());

    private static final String BY_HAND = Documented.sql("guide.md", "by hand");
    private static final String WRITABLE = Documented.sql("guide.md", "writable");
    private static final String NO_KEY =
            "CREATE TABLE public.\"no 'key\" (v text); ALTER TABLE public.\"no 'key\" OWNER TO pgbench";
    private static final String IDENTITY =
            "SELECT relreplident::text FROM pg_class WHERE oid = 'public.\"no ''key\"'::regclass";

    @Test
    void beforeTheSwitch() {
        try (Ground ground = Ground.prepared(11, 18)) {
            Ground.run(ground.superuser(Side.OLD), NO_KEY);
            Set<String> before = Traces.of(ground.superuser(Side.OLD), true);
            ground.upgrade.start(_ -> {});
            // As a handover leaves them that died together with its watchdogs.
            Ground.run(ground.superuser(Side.NEW), "SELECT relevo.close_schemas()");
            Ground.run(
                    ground.superuser(Side.OLD).withDatabase("postgres"),
                    "ALTER DATABASE pgbench SET default_transaction_read_only = on");
            Documented.run(ground.superuser(Side.NEW), BY_HAND);
            Documented.run(ground.superuser(Side.OLD), BY_HAND);
            Documented.run(ground.superuser(Side.OLD), WRITABLE);
            requireNothingLeft(ground);
            assertThat(Traces.of(ground.superuser(Side.OLD), true)).isEqualTo(before);
            assertThat(ground.client(Side.OLD).write()).isEmpty();
            assertThat(ground.upgrade.status().phase()).isEqualTo(Status.Phase.NOT_STARTED);
        }
    }

    @Test
    void afterTheSwitchWithSeveralSubscriptions() {
        try (Ground ground = Ground.prepared(14, 16, 2)) {
            Ground.run(ground.superuser(Side.OLD), NO_KEY);
            ground.upgrade.start(_ -> {});
            ground.handOver(Side.OLD);
            requireEveryTableNamed(ground);
            Documented.run(ground.superuser(Side.OLD), BY_HAND);
            Documented.run(ground.superuser(Side.NEW), BY_HAND);
            Documented.run(ground.superuser(Side.NEW), WRITABLE);
            requireNothingLeft(ground);
            assertThat(ground.client(Side.NEW).write()).isEmpty();
        }
    }

    /** What is kept in the databases has a name in {@link OwnTable}, but for the marks. */
    private static void requireEveryTableNamed(Ground ground) {
        for (Side side : Side.values()) {
            assertThat(ground.text(side, TABLES).split(","))
                    .hasSizeGreaterThan(5)
                    .allMatch(name -> name.startsWith("nonce_") || NAMES.contains(name));
        }
    }

    private static void requireNothingLeft(Ground ground) {
        for (Side side : List.of(Side.OLD, Side.NEW)) {
            Endpoint endpoint = ground.superuser(side);
            assertThat(Traces.of(endpoint, false))
                    .noneMatch(line -> line.contains("relevo"))
                    .noneMatch(line -> line.startsWith("slot ") || line.startsWith("subscription "))
                    .contains("origin 0");
            assertThat(ground.text(side, IDENTITY)).isEqualTo("d");
        }
    }
}
