package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.handover.HandoverEvent;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Secret;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What changes beside the rows while an upgrade lasts is there when the clients arrive. */
@TestInstance(Lifecycle.PER_CLASS)
class SyncTest {
    /** 63 bytes of what names may be made of. */
    private static final String HOSTILE = "Ünï \"c\" 'x' %I \\ $$ select; ";

    @ParameterizedTest
    @CsvSource({"11, 16", "14, 18"})
    void whatChangedBesideTheRowsIsThereAfterTheSwitchAndAfterTheRollback(int old, int fresh) {
        try (Ground ground = Ground.prepared(old, fresh)) {
            String role = Quote.ident(HOSTILE);
            Ground.run(
                    ground.server(Side.NEW).superuser("postgres"),
                    "CREATE ROLE theirs LOGIN CONNECTION LIMIT 7 PASSWORD 'before'");
            sql(
                    ground,
                    Side.OLD,
                    """
                    CREATE ROLE svc LOGIN PASSWORD 'first'; CREATE ROLE team; CREATE ROLE gone; CREATE ROLE theirs LOGIN;
                    GRANT team TO svc; CREATE ROLE %1$s LOGIN PASSWORD 'first'
                    """
                            .formatted(role));
            sql(ground, Side.OLD, objects());
            if (old > 11) {
                sql(ground, Side.OLD, "CREATE PROCEDURE s.pr(integer) LANGUAGE sql AS ''");
            }
            ground.upgrade.start(_ -> {});
            assertThat(ground.upgrade.sync(true, _ -> {}))
                    .satisfies(report -> assertThat(report.statements()).isEmpty());
            sql(
                    ground,
                    Side.OLD,
                    """
                    ALTER ROLE svc PASSWORD 'second'; ALTER ROLE svc SET work_mem = '7MB';
                    ALTER ROLE %1$s PASSWORD 'second' CONNECTION LIMIT 3 VALID UNTIL '2100-01-01 03:00+03';
                    COMMENT ON ROLE %1$s IS 'it''s "it"'; ALTER ROLE %1$s SET search_path = public, %1$s, "$user";
                    REVOKE team FROM svc;
                    CREATE ROLE newsvc LOGIN PASSWORD 'brandnew' IN ROLE team
                    """
                            .formatted(role));
            sql(ground, Side.OLD, granted(role));
            SyncReport dry = ground.upgrade.sync(true, _ -> {});
            assertThat(dry.statements().toString())
                    .contains("ALTER ROLE \"svc\" PASSWORD '********'")
                    .doesNotContain("SCRAM", "md5");
            assertThat(ground.upgrade.sync(true, _ -> {})).isEqualTo(dry);
            assertThat(canLogIn(ground, Side.NEW, "svc", "second")).isFalse();
            List<HandoverEvent> events = new ArrayList<>();
            ground.upgrade.switchOver(events::add);
            assertThat(said(events))
                    .contains("carried to new: ALTER ROLE \"svc\" PASSWORD '********'");
            assertThat(canLogIn(ground, Side.NEW, "svc", "second")).isTrue();
            assertThat(canLogIn(ground, Side.NEW, "svc", "first")).isFalse();
            assertThat(canLogIn(ground, Side.NEW, HOSTILE, "second")).isTrue();
            assertThat(canLogIn(ground, Side.NEW, "newsvc", "brandnew")).isTrue();
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT pg_has_role('newsvc', 'team', 'USAGE') || ' ' || pg_has_role('svc', 'team', 'USAGE')"))
                    .isEqualTo("true false");
            assertThat(roles(ground, Side.NEW)).doesNotContain("gone").contains("theirs");
            assertThat(settings(ground, Side.NEW)).isEqualTo(settings(ground, Side.OLD));
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT rolconnlimit || rolpassword FROM pg_authid WHERE rolname = 'theirs'"))
                    .startsWith("7");

            same(ground);
            sql(
                    ground,
                    Side.NEW,
                    "GRANT DELETE ON public.probe TO svc; REVOKE SELECT (b) ON s.\"T %\" FROM svc;"
                            + " ALTER DATABASE pgbench SET statement_timeout = '51s'; GRANT CREATE ON SCHEMA s TO team;"
                            + " ALTER TABLE s.\"T %\" OWNER TO team");
            sql(
                    ground,
                    Side.NEW,
                    "ALTER ROLE svc PASSWORD 'third'; CREATE ROLE late LOGIN PASSWORD 'late'; DROP ROLE newsvc;"
                            + " ALTER ROLE svc RESET work_mem; GRANT team TO svc WITH ADMIN OPTION");
            ground.upgrade.rollback(events::add);
            assertThat(canLogIn(ground, Side.OLD, "svc", "third")).isTrue();
            same(ground);
            assertThat(canLogIn(ground, Side.OLD, "late", "late")).isTrue();
            assertThat(settings(ground, Side.OLD)).isEqualTo(settings(ground, Side.NEW));
            assertThat(said(events)).contains("role newsvc was dropped on the new server");
            for (Side side : Side.values()) {
                assertThat(ground.server(side).log()).doesNotContain("SCRAM-SHA", "PASSWORD 'md5");
            }
            assertThat(ground.upgrade.log().toString()).doesNotContain("SCRAM-SHA", "md5");
            ground.upgrade.abort(_ -> {});
            assertThat(roles(ground, Side.NEW)).doesNotContain("svc").contains("theirs", "late");
        }
    }

    private static String objects() {
        return """
        CREATE SCHEMA s AUTHORIZATION svc; GRANT USAGE ON SCHEMA s TO team WITH GRANT OPTION;
        CREATE TABLE s."T %%" (id integer PRIMARY KEY, a integer, b text); GRANT SELECT (a) ON s."T %%" TO gone;
        CREATE VIEW s.v AS SELECT 1 AS one; CREATE SEQUENCE s.q; CREATE TABLE s.ser (id serial PRIMARY KEY);
        CREATE FUNCTION s.f(integer, s."T %%") RETURNS integer LANGUAGE sql AS 'SELECT 1';
        CREATE AGGREGATE s.agg(integer) (sfunc = pg_catalog.int4pl, stype = integer);
        CREATE TYPE s.ty AS ENUM ('a'); CREATE DOMAIN s.dom AS integer;
        CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w;
        CREATE STATISTICS s.st ON id, a FROM s."T %%"; CREATE COLLATION s.co FROM "C";
        ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO team; GRANT DELETE ON s.ser TO gone
        """
                .formatted();
    }

    private static String granted(String role) {
        return """
        GRANT UPDATE ON public.probe TO svc; GRANT SELECT (b), UPDATE (a) ON s."T %%" TO svc;
        ALTER TABLE s."T %%" OWNER TO svc; ALTER TABLE s.ser OWNER TO %1$s; GRANT ALL ON s.v TO %1$s WITH GRANT OPTION;
        GRANT USAGE ON SCHEMA s TO %1$s; SET ROLE %1$s; GRANT SELECT ON s.v TO svc; RESET ROLE;
        GRANT USAGE ON SEQUENCE s.q TO %1$s; REVOKE EXECUTE ON FUNCTION s.f(integer, s."T %%") FROM PUBLIC;
        ALTER FUNCTION s.f(integer, s."T %%") OWNER TO svc; GRANT EXECUTE ON FUNCTION s.agg(integer) TO svc WITH GRANT OPTION;
        ALTER AGGREGATE s.agg(integer) OWNER TO svc; REVOKE USAGE ON TYPE s.ty FROM PUBLIC;
        ALTER DOMAIN s.dom OWNER TO svc; GRANT USAGE ON FOREIGN SERVER srv TO team;
        GRANT USAGE ON FOREIGN DATA WRAPPER w TO team; ALTER STATISTICS s.st OWNER TO svc; ALTER COLLATION s.co OWNER TO svc;
        REVOKE GRANT OPTION FOR USAGE ON SCHEMA s FROM team; GRANT CREATE ON SCHEMA public TO %1$s;
        ALTER DEFAULT PRIVILEGES FOR ROLE svc REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
        ALTER DEFAULT PRIVILEGES IN SCHEMA s REVOKE SELECT ON TABLES FROM team;
        ALTER DATABASE pgbench SET statement_timeout = '50s'; ALTER ROLE svc IN DATABASE pgbench SET work_mem = '9MB';
        GRANT CREATE ON DATABASE pgbench TO %1$s; COMMENT ON DATABASE pgbench IS 'moved';
        GRANT EXECUTE ON FUNCTION pg_catalog.pg_rotate_logfile() TO svc;
        REVOKE ALL ON s."T %%" FROM gone; REVOKE ALL ON s.ser FROM gone; DROP ROLE gone
        """
                .formatted(role);
    }

    /** Owners and privileges, by PostgreSQL's own word. */
    private static void same(Ground ground) {
        String sql =
                """
                SELECT string_agg(x, E'\n' ORDER BY x COLLATE "C") FROM (
                  SELECT o.relname || ' ' || pg_get_userbyid(o.relowner) || ' ' || r.rolname || ' ' || p AS x
                  FROM pg_class o JOIN pg_namespace n ON n.oid = relnamespace CROSS JOIN pg_roles r
                  CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER,SELECT WITH GRANT OPTION}'::text[]) p
                  WHERE n.nspname IN ('s', 'public') AND relkind IN ('r', 'v') AND has_table_privilege(r.oid, o.oid, p)
                    AND r.rolname !~ '^(pg_|relevo_)'
                  UNION ALL
                  SELECT c.attname || ' of ' || o.relname || ' ' || r.rolname || ' ' || p
                  FROM pg_class o JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute c ON attrelid = o.oid AND attnum > 0
                  CROSS JOIN pg_roles r CROSS JOIN unnest('{SELECT,UPDATE}'::text[]) p
                  WHERE n.nspname = 's' AND relkind = 'r' AND has_column_privilege(r.oid, o.oid, attnum, p)
                    AND r.rolname !~ '^(pg_|relevo_)'
                  UNION ALL
                  SELECT o.proname || ' ' || pg_get_userbyid(o.proowner) || ' ' || r.rolname
                  FROM pg_proc o JOIN pg_namespace n ON n.oid = pronamespace CROSS JOIN pg_roles r
                  WHERE (n.nspname = 's' OR proname = 'pg_rotate_logfile') AND has_function_privilege(r.oid, o.oid, 'EXECUTE')
                    AND r.rolname !~ '^(pg_|relevo_)'
                  UNION ALL
                  SELECT o.typname || ' ' || pg_get_userbyid(o.typowner) || ' ' || r.rolname
                  FROM pg_type o JOIN pg_namespace n ON n.oid = typnamespace CROSS JOIN pg_roles r
                  WHERE n.nspname = 's' AND typtype IN ('e', 'd') AND has_type_privilege(r.oid, o.oid, 'USAGE')
                    AND r.rolname !~ '^(pg_|relevo_)'
                  UNION ALL
                  SELECT n.nspname || ' ' || pg_get_userbyid(n.nspowner) || ' ' || r.rolname || ' ' || p
                  FROM pg_namespace n CROSS JOIN pg_roles r
                  CROSS JOIN unnest('{USAGE,CREATE,USAGE WITH GRANT OPTION}'::text[]) p
                  WHERE n.nspname IN ('s', 'public') AND has_schema_privilege(r.oid, n.oid, p)
                    AND r.rolname !~ '^(pg_|relevo_)'
                  UNION ALL
                  SELECT defaclrole::regrole || ' ' || defaclobjtype::text || coalesce(defaclnamespace::regnamespace::text, '')
                         || defaclacl::text FROM pg_default_acl
                  UNION ALL
                  SELECT r.rolname || has_database_privilege(r.oid, current_database(), 'CREATE')::text
                         || has_language_privilege(r.oid, 'plpgsql', 'USAGE')::text
                         || has_server_privilege(r.oid, 'srv', 'USAGE')::text
                         || has_foreign_data_wrapper_privilege(r.oid, 'w', 'USAGE')::text
                  FROM pg_roles r WHERE r.rolname !~ '^(pg_|relevo_)'
                  UNION ALL
                  SELECT coalesce(r.rolname, '') || c FROM pg_db_role_setting s
                  LEFT JOIN pg_roles r ON r.oid = s.setrole CROSS JOIN unnest(s.setconfig) c
                  WHERE setdatabase <> 0 AND coalesce(r.rolname, '') !~ '^relevo_' AND c !~ 'read_only'
                  UNION ALL
                  SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()
                ) all_of_them WHERE x !~ ' newsvc|^newsvc'
                """;
        String onNew = ground.text(Side.NEW, sql.replace("defaclacl::text", "''"));
        assertThat(ground.text(Side.OLD, sql.replace("defaclacl::text", "''"))).isEqualTo(onNew);
        assertThat(onNew).contains("probe", "svc UPDATE");
    }

    @Test
    void waitsForALockAndSaysForWhat() {
        try (Ground ground = Ground.prepared(14, 16)) {
            sql(
                    ground,
                    Side.OLD,
                    "CREATE ROLE owner2; CREATE TABLE public.held (id int PRIMARY KEY)");
            ground.upgrade.start(_ -> {});
            sql(ground, Side.OLD, "ALTER TABLE public.held OWNER TO owner2");
            try (Session holder = ground.superuser(Side.NEW).open("holder")) {
                holder.begin();
                holder.execute("LOCK TABLE public.held IN ACCESS SHARE MODE");
                List<String> said = new CopyOnWriteArrayList<>();
                CompletableFuture<SyncReport> sync =
                        CompletableFuture.supplyAsync(() -> ground.upgrade.sync(false, said::add));
                Ground.await(
                        Duration.ofSeconds(30),
                        "the second attempt",
                        () -> said.stream().anyMatch(line -> line.contains("trying again")));
                holder.rollback();
                assertThat(sync.join().statements()).isNotEmpty();
            }
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'held'"))
                    .isEqualTo("owner2");
            ground.upgrade.abort(_ -> {});
        }
    }

    private static String said(List<HandoverEvent> events) {
        return events.stream().map(HandoverEvent::note).collect(Collectors.joining("\n"));
    }

    private static void sql(Ground ground, Side side, String statements) {
        Ground.run(ground.superuser(side), statements);
    }

    private static String roles(Ground ground, Side side) {
        return ground.shared(
                side, "SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles");
    }

    private static String settings(Ground ground, Side side) {
        return ground.text(
                side,
                "SELECT string_agg(rolname || s.setconfig::text, ',' ORDER BY rolname::text COLLATE \"C\")"
                        + " FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole"
                        + " WHERE rolname NOT LIKE 'relevo%'");
    }

    private static boolean canLogIn(Ground ground, Side side, String role, String password) {
        try (Session session =
                ground.superuser(side).withUser(role, Secret.of(password)).open("test")) {
            return session.text("SELECT current_user").equals(role);
        } catch (ProblemException | PgException e) {
            return false;
        }
    }
}
