package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What somebody changes in the schema while an upgrade lasts is seen, and carried by sync. */
class DriftTest {
    private static final String ZOO =
            """
            CREATE TYPE st AS ENUM ('new', 'done');
            CREATE DOMAIN pos AS int CONSTRAINT positive CHECK (VALUE > 0);
            CREATE TYPE pair AS (a int, b text);
            CREATE SEQUENCE free INCREMENT 3;
            CREATE TABLE p (id int PRIMARY KEY, s st, n pos, u text UNIQUE, CONSTRAINT small CHECK (id < 1000000));
            CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);
            CREATE TABLE "Big "" % tree" (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE TABLE part1 PARTITION OF "Big "" % tree" FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
            CREATE INDEX ON "Big "" % tree" (at);
            CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
            CREATE VIEW v AS SELECT p.id, p.u FROM p JOIN c ON c.p = p.id;
            CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM p;
            CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER tr BEFORE INSERT ON p FOR EACH ROW EXECUTE PROCEDURE t();
            CREATE RULE r AS ON INSERT TO v DO INSTEAD NOTHING;
            CREATE POLICY pol ON c USING (id > 0);
            CREATE STATISTICS stat (ndistinct) ON id, p FROM c;
            COMMENT ON TABLE p IS 'before'; COMMENT ON COLUMN p.u IS 'it''s';
            CREATE OPERATOR === (PROCEDURE = int4eq, LEFTARG = int, RIGHTARG = int);
            CREATE TEXT SEARCH CONFIGURATION tsc (COPY = simple);
            INSERT INTO p SELECT i, 'new', i, 'u' || i FROM generate_series(1, 100) i;
            INSERT INTO c SELECT i, i FROM generate_series(1, 100) i;
            INSERT INTO "Big "" % tree" SELECT i, date '2026-01-01' + i % 30 FROM generate_series(1, 100) i;
            """;

    @ParameterizedTest
    @CsvSource({"11, 16", "14, 18"})
    void whatChangesInTheSchemaIsSeenAndCarriedBothWays(int old, int fresh) {
        try (Ground ground = Ground.prepared(old, fresh)) {
            sql(ground, Side.OLD, ZOO);
            ground.upgrade.start(_ -> {});
            assertThat(alike(ground, Side.OLD).isUnchanged()).isTrue();
            assertThat(alike(ground, Side.OLD).look().differences()).isEmpty();
            assertThat(ground.upgrade.sync(true, _ -> {}).differences()).isEmpty();
            sql(
                    ground,
                    Side.OLD,
                    """
                    CREATE INDEX "late I" ON p (u, id) WHERE id > 3;
                    CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1; SELECT $1 + 2;';
                    CREATE FUNCTION g(text) RETURNS text LANGUAGE sql AS 'SELECT $1 || ''?;''';
                    CREATE VIEW v2 AS SELECT id FROM v; CREATE OR REPLACE VIEW v AS SELECT p.id, p.u, p.s FROM p;
                    ALTER TABLE c ADD CONSTRAINT fine CHECK (id > 0); ALTER TABLE p DROP CONSTRAINT p_u_key;
                    ALTER TABLE p DROP CONSTRAINT small; ALTER DOMAIN pos DROP CONSTRAINT positive;
                    ALTER TABLE p ADD COLUMN extra int DEFAULT 5 NOT NULL, ADD COLUMN note text;
                    ALTER TABLE c ENABLE ROW LEVEL SECURITY; DROP POLICY pol ON c;
                    CREATE POLICY pol ON c FOR SELECT TO PUBLIC USING (id > 1);
                    ALTER TABLE p DISABLE TRIGGER tr; ALTER TYPE pair ADD ATTRIBUTE c int;
                    COMMENT ON TABLE p IS 'after'; COMMENT ON COLUMN p.u IS NULL; COMMENT ON INDEX "late I" IS 'x';
                    DROP STATISTICS stat; CREATE SCHEMA "S p"; CREATE TABLE "S p".t2 (id serial PRIMARY KEY, x "st");
                    ALTER SEQUENCE free INCREMENT 4; ALTER TABLE p ALTER u SET DEFAULT 'd', ALTER id SET STATISTICS 50;
                    CREATE TABLE part2 PARTITION OF "Big "" % tree" FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')
                    """);
            sql(ground, Side.OLD, "ALTER TYPE st ADD VALUE 'late' BEFORE 'done'");
            assertThatThrownBy(() -> ground.upgrade.switchOver(_ -> {}))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("not have the same tables");
            SyncReport dry = ground.upgrade.sync(true, _ -> {});
            assertThat(dry.statements()).isNotEmpty();
            sql(ground, Side.OLD, "INSERT INTO p VALUES (101, 'late', -5, 'u1', 6, 'n')");
            SyncReport report = ground.upgrade.sync(false, _ -> {});
            assertThat(report.differences()).as(report.statements().toString()).isEmpty();
            assertThat(alike(ground, Side.OLD).isUnchanged()).isTrue();
            // Tables that are new are copied.
            ground.upgrade.start(_ -> {});
            ground.upgrade.switchOver(_ -> {});
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT concat(s, n, extra, note) FROM public.p WHERE id = 101"))
                    .isEqualTo("late-56n");
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT concat(min(extra), public.f(1), public.g('a')) FROM public.p"))
                    .isEqualTo("53a?;");
            sql(
                    ground,
                    Side.NEW,
                    "DROP INDEX \"late I\"; CREATE INDEX back ON c (p); ALTER TABLE c ADD COLUMN w int;"
                            + " CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 7';"
                            + " DROP VIEW v2; CREATE VIEW v3 AS SELECT id FROM c; INSERT INTO c VALUES (101, 101, 1)");
            assertThatThrownBy(() -> ground.upgrade.rollback(_ -> {}))
                    .isInstanceOf(ProblemException.class);
            SyncReport back = ground.upgrade.sync(false, _ -> {});
            assertThat(back.differences()).as(back.statements().toString()).isEmpty();
            ground.upgrade.rollback(_ -> {});
            assertThat(
                            ground.text(
                                    Side.OLD,
                                    "SELECT concat(public.f(1), (SELECT w FROM public.c WHERE id = 101))"))
                    .isEqualTo("71");
            ground.upgrade.abort(_ -> {});
        }
    }

    @ParameterizedTest
    @CsvSource({"14, 16"})
    void whatChecksRowsRunsWithTheRightsOfTheirOwner(int old, int fresh) {
        try (Ground ground = Ground.prepared(old, fresh)) {
            sql(
                    ground,
                    Side.OLD,
                    "CREATE ROLE bob; CREATE TABLE his (a int); ALTER TABLE his OWNER TO bob;"
                            + " CREATE DOMAIN his_d AS int; ALTER DOMAIN his_d OWNER TO bob;"
                            + " INSERT INTO his VALUES (1)");
            ground.upgrade.start(_ -> {});
            sql(
                    ground,
                    Side.OLD,
                    "CREATE FUNCTION who(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS"
                            + " $$ BEGIN RETURN current_user = 'bob' OR inet_server_port() = "
                            + ground.server(Side.OLD).port()
                            + "; END $$; ALTER TABLE his ADD CONSTRAINT mine CHECK (who(a));"
                            + " ALTER DOMAIN his_d ADD CONSTRAINT mine CHECK (who(VALUE));"
                            + " ALTER TABLE his ADD COLUMN g boolean GENERATED ALWAYS AS (public.who(a)) STORED");
            SyncReport report = ground.upgrade.sync(false, _ -> {});
            assertThat(report.differences()).as(report.statements().toString()).isEmpty();
            assertThat(ground.text(Side.NEW, "SELECT g::text FROM public.his")).isEqualTo("true");
            ground.upgrade.abort(_ -> {});
        }
    }

    @ParameterizedTest
    @CsvSource({"14, 16"})
    void leavesToAPersonWhatWouldLoseRows(int old, int fresh) {
        try (Ground ground = Ground.prepared(old, fresh)) {
            sql(
                    ground,
                    Side.OLD,
                    ZOO
                            + "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
                            + " CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (password 'first')");
            ground.upgrade.start(_ -> {});
            sql(
                    ground,
                    Side.OLD,
                    "ALTER TABLE c RENAME COLUMN p TO q; CREATE INDEX z ON p (n);"
                            + " ALTER TABLE p ADD COLUMN r double precision DEFAULT random();"
                            + " ALTER USER MAPPING FOR PUBLIC SERVER s OPTIONS (SET password 'second')");
            SyncReport report = ground.upgrade.sync(false, _ -> {});
            assertThat(report.differences())
                    .anyMatch(text -> text.contains("c.p") && text.contains("renamed"))
                    .anyMatch(text -> text.contains("p.r") && text.contains("relevo abort"))
                    .anyMatch(text ->
                            text.contains(
                                    "user mapping for public on server s differs: secret options\n"))
                    .noneMatch(text ->
                            text.contains("second") || text.matches("(?s).*[0-9a-f]{32}.*"));
            assertThat(ground.text(Side.NEW, "SELECT count(*) FROM public.c WHERE p IS NOT NULL"))
                    .isEqualTo("100");
            assertThat(ground.text(Side.NEW, "SELECT count(*) FROM pg_class WHERE relname = 'z'"))
                    .isEqualTo("1");
            ground.upgrade.abort(_ -> {});
        }
    }

    @ParameterizedTest
    @CsvSource({"14, 16"})
    void aTableWithoutAKeyThatIsMadeMeanwhileArrives(int old, int fresh) {
        try (Ground ground = Ground.prepared(old, fresh)) {
            ground.upgrade.start(_ -> {});
            sql(
                    ground,
                    Side.OLD,
                    "CREATE TABLE \"No key\" (a int) WITH (fillfactor = 70, autovacuum_enabled = off);"
                            + " INSERT INTO \"No key\" VALUES (1), (1)");
            assertThat(ground.upgrade.sync(false, _ -> {}).differences()).isEmpty();
            ground.upgrade.start(_ -> {});
            assertThat(ground.upgrade.sync(false, _ -> {}).differences()).isEmpty();
            sql(ground, Side.OLD, "UPDATE \"No key\" SET a = 2");
            ground.upgrade.switchOver(_ -> {});
            sql(ground, Side.NEW, "UPDATE \"No key\" SET a = 3");
            ground.upgrade.rollback(_ -> {});
            assertThat(ground.text(Side.OLD, "SELECT sum(a) FROM public.\"No key\""))
                    .isEqualTo("6");
            ground.upgrade.abort(_ -> {});
        }
    }

    @ParameterizedTest
    @CsvSource({"13, 17"})
    void aDifferenceThatAPersonHasJudgedLetsAHandoverThrough(int old, int fresh) {
        try (Ground ground = Ground.prepared(old, fresh)) {
            ground.upgrade.start(_ -> {});
            sql(ground, Side.OLD, "CREATE AGGREGATE mine (int) (SFUNC = int4pl, STYPE = int)");
            List<String> left = ground.upgrade.sync(false, _ -> {}).differences();
            assertThat(left)
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("aggregate public.mine(integer)");
            assertThatThrownBy(() -> ground.upgrade.switchOver(_ -> {}))
                    .hasMessageContaining("schema");
            ground.upgrade.ignoreDifferences(Set.of(left.getFirst().substring(1, 9)));
            ground.upgrade.switchOver(_ -> {});
            ground.upgrade.rollback(_ -> {});
            ground.upgrade.abort(_ -> {});
        }
    }

    private static Alike alike(Ground ground, Side serving) {
        return new Alike(Pair.prove(ground.settings, "test"), serving);
    }

    private static void sql(Ground ground, Side side, String statements) {
        try (Session session = ground.superuser(side).open("app")) {
            session.set("search_path", "public");
            session.execute(statements);
        }
    }
}
