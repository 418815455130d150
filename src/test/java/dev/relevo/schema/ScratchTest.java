package dev.relevo.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.ledger.Identity;
import dev.relevo.ledger.Ledger;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import dev.relevo.plan.Step;
import dev.relevo.problem.Failpoint;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** A nasty schema in a scratch database, before anything else was carried. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ScratchTest {
    private static final String DATABASES =
            "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database";

    private Pair pair;
    private String before = "";

    @BeforeAll
    void start() {
        pair = new Pair(14, 18);
        before = databases();
    }

    @AfterAll
    void stop() {
        Failpoint.onReach(_ -> {});
        pair.close();
    }

    private String databases() {
        return Pair.text(pair.fresh.withDatabase("postgres"), DATABASES);
    }

    private Scratch load() {
        return Scratch.load(pair.old, pair.fresh, (_, _, _) -> {});
    }

    @Test
    @Order(1)
    void loadsEverythingWithoutRolesAndLeavesNothing() {
        pair.onOld(
                "CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql"
                        + " AS $$BEGIN RAISE EXCEPTION 'my code ran'; END$$;"
                        + " CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION public.refuse();"
                        + " ALTER EVENT TRIGGER refuse ENABLE ALWAYS;"
                        + " CREATE EVENT TRIGGER refuse_again ON ddl_command_end EXECUTE FUNCTION public.refuse();"
                        + " ALTER EVENT TRIGGER refuse_again ENABLE ALWAYS");
        try (Scratch scratch = load()) {
            assertThat(scratch.failures()).isEmpty();
            String tables =
                    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                            + " WHERE n.nspname NOT IN ('relevo', 'information_schema') AND n.nspname !~ '^pg_'";
            assertThat(text(scratch, tables)).isEqualTo(pair.oldText(tables));
            assertThat(text(scratch, ENABLED)).isEqualTo("AA");
            assertThat(text(scratch, CONNECT)).isEqualTo("0 f");
        } finally {
            pair.onOld(
                    "SET session_replication_role = replica; ALTER EVENT TRIGGER refuse DISABLE;"
                            + " ALTER EVENT TRIGGER refuse_again DISABLE;"
                            + " DROP FUNCTION public.refuse() CASCADE");
        }
        assertThat(databases()).isEqualTo(before);
    }

    private static final String ENABLED =
            "SELECT string_agg(evtenabled::text, '') FROM pg_event_trigger";

    private static final String CONNECT =
            "SELECT datconnlimit || ' ' || EXISTS (SELECT FROM aclexplode(datacl) WHERE grantee = 0)::char"
                    + " FROM pg_database WHERE datname = current_database()";

    @Test
    @Order(2)
    void dropsWhatAKilledOneLeftAndNothingElse() {
        for (String place : List.of("scratch/created", "scratch/loading", "scratch/loaded")) {
            Failpoint.onReach(reached -> {
                if (reached.equals(place)) {
                    throw new IllegalStateException("broken off");
                }
            });
            assertThatThrownBy(this::load).hasMessage("broken off");
            assertThat(databases()).as(place).isEqualTo(before);
        }
        Failpoint.onReach(_ -> {});
        String left = left();
        String foreign = left.substring(0, left.length() - 1) + "x";
        create(left());
        create(left());
        create(foreign);
        try (Scratch scratch = load()) {
            assertThat(scratch.failures()).isEmpty();
            // Another process at work with its own is left alone.
            assertThat(Scratch.dropLeftovers(pair.old, pair.fresh)).isZero();
            assertThat(text(scratch, "SELECT 1")).isEqualTo("1");
            assertThat(databases().split(",")).hasSize(before.split(",").length + 2);
        }
        Pair.run(pair.fresh.withDatabase("postgres"), "DROP DATABASE \"" + foreign + "\"");
        assertThat(databases()).isEqualTo(before);
    }

    @Test
    @Order(3)
    void tellsAllThatFailsAndOnlyTheCauses() {
        pair.onOld(
                """
                CREATE SCHEMA bad;
                CREATE VIEW bad."Of it" AS SELECT buffers_backend FROM pg_stat_bgwriter;
                CREATE VIEW bad.upon AS SELECT * FROM bad."Of it";
                COMMENT ON VIEW bad.upon IS 'x';
                CREATE TABLE bad.fine (a int PRIMARY KEY);
                CREATE FUNCTION bad.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
                UPDATE pg_proc SET proconfig = '{gone=1}' WHERE oid = 'bad.f()'::regprocedure;
                """);
        try (Scratch scratch = load()) {
            assertThat(scratch.failures())
                    .extracting(LoadFailure::what)
                    .containsExactlyInAnyOrder("view bad.Of it", "function bad.f()");
            LoadFailure view =
                    scratch.failures().stream()
                            .filter(f -> f.type().equals("VIEW"))
                            .findFirst()
                            .orElseThrow();
            assertThat(view.sqlState()).isEqualTo("42703");
            assertThat(view.statement()).startsWith("CREATE VIEW \"bad\".\"Of it\" AS");
            assertThat(view.message()).contains("buffers_backend does not exist");
            assertThat(view.dependents()).extracting(LoadFailure.Dependent::name).contains("upon");
        }
        pair.onOld("DROP SCHEMA bad CASCADE");
        assertThat(databases()).isEqualTo(before);
    }

    @Test
    @Order(4)
    void carriesBytesOfNoEncodingAsTheyAre() {
        Endpoint old = pair.old.withDatabase("ascii");
        Endpoint fresh = pair.fresh.withDatabase("ascii");
        Pair.run(
                pair.old,
                "CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");
        Pair.run(
                old,
                """
                CREATE TYPE public.mood AS ENUM (E'caf\\xe9', 'plain');
                CREATE TABLE public.t (a int PRIMARY KEY, b text DEFAULT E'\\xe9\\x3b\\x27', m public.mood);
                CREATE INDEX part ON public.t (b) WHERE b <> E'\\xe8';
                CREATE RULE r AS ON DELETE TO public.t WHERE OLD.b = E'\\xe7' DO INSTEAD NOTHING;
                COMMENT ON TABLE public.t IS E'\\xe9\\xff';
                CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS E'SELECT $$\\xe9$$::text';
                """);
        Identity identity =
                Identity.of(Ledger.look(old, "test").here(), Ledger.look(fresh, "test").here());
        prepare(old, Side.OLD, identity);
        try (Scratch scratch = Scratch.load(old, fresh, (_, _, _) -> {})) {
            assertThat(scratch.failures()).isEmpty();
        }
        Pair.apply(new CreateDatabase(old, fresh, identity));
        prepare(fresh, Side.NEW, identity);
        Pair.apply(new CarrySchema(old, fresh));
        Step after = new CarryAfterData(old, fresh, () -> {});
        assertThat(after.statements()).hasSizeGreaterThan(2);
        Pair.apply(after);
        assertThat(Pair.text(fresh, BYTES)).contains("636166e9").isEqualTo(Pair.text(old, BYTES));
    }

    private static final String BYTES =
            """
            SELECT pg_catalog.string_agg(pg_catalog.encode(pg_catalog.convert_to(x, 'SQL_ASCII'), 'hex'), ',')
            FROM (SELECT enumlabel::text FROM pg_enum
                  UNION ALL SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'public.t'::regclass
                  UNION ALL SELECT pg_get_indexdef('public.part'::regclass)
                  UNION ALL SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename = 'r'
                  UNION ALL SELECT obj_description('public.t'::regclass, 'pg_class')
                  UNION ALL SELECT prosrc FROM pg_proc WHERE proname = 'f') v (x)
            """;

    private static void prepare(Endpoint database, Side side, Identity identity) {
        try (Session session = database.open("test")) {
            Ledger.mark(session, side, identity, database.database());
            Ledger.makeTables(session);
        }
    }

    private static String text(Scratch scratch, String sql) {
        return scratch.with(session -> session.text(sql));
    }

    /** The name of one that a killed process of this pair left. */
    private String left() {
        return ScratchName.random(
                Ledger.look(pair.old, "test").here(), Ledger.look(pair.fresh, "test").here());
    }

    private void create(String name) {
        Pair.run(pair.fresh.withDatabase("postgres"), "CREATE DATABASE \"" + name + "\"");
    }
}
