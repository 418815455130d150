package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Session;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A value is the same on both servers, by whatever way it came and whatever servers, databases and
 * roles have set for how values are written and read.
 */
class ValuesTest {
    /** Names of types, and values as they are written in a session that has nothing set. */
    private static final List<String> VALUES =
            List.of(
                    "float8 0.30000000000000004|-0|1.7976931348623157e308|5e-324|NaN|-Infinity|0.1",
                    "float4 0.3|16777217|1.17549435e-38|3.4028235e38|NaN|Infinity",
                    "numeric 0.1000|-12345678901234567890.123456789|NaN|1e-200|0.000",
                    "numeric(30,5) 1.00000|-7.5",
                    "money 1234.56|-0.07|92233720368547758.07",
                    "int2 -32768",
                    "int8 -9223372036854775808",
                    "bool t|f",
                    "timestamptz 2024-03-04 05:06:07.123456+08|0044-03-15 12:00:00+00"
                            + " BC|infinity|-infinity|1883-11-18 12:03:57.5+00|294276-01-01"
                            + " 00:00:00+00|2024-10-27 01:30:00+00",
                    "timestamptz(0) 2024-12-31 23:59:59+00",
                    "timestamp 2024-03-04 05:06:07.1|0001-01-01 00:00:00 BC|infinity|4714-11-24"
                            + " 00:00:00 BC",
                    "date 2024-03-04|0044-03-15 BC|infinity|-infinity|5874897-12-31|1900-02-01",
                    "time 23:59:60|00:00:00.000001",
                    "timetz 05:06:07.5+08|00:00:00-15:59:59|24:00:00+00",
                    "interval -1 years +2 mons -3 days +04:05:06.789|1 mon -1 days|-00:00:00.5|1"
                            + " year 2 mons|-1 days +02:03:00|-1 mons|178000000 years|00:00:00",
                    "interval year to month 1 year 2 mons",
                    "bytea \\x00ff5c27|\\x|\\x5c5c786465",
                    "text NULL|null||a\\b'c\"d| é | a",
                    "varchar(9) x ",
                    "char(5) ab",
                    "name Name \"quoted\"",
                    "\"char\" a",
                    "xml <a>b</a>|text only <b/>|<!DOCTYPE a><a/>",
                    "json {\"a\": [1.10, null], \"a\" :2}",
                    "jsonb {\"a\": 1.10, \"b\": \"\\u00e9\"}|null|1e400",
                    "uuid 00112233-4455-6677-8899-aabbccddeeff",
                    "bit(3) 101",
                    "varbit 10101010101|",
                    "inet 10.0.0.1/8|::ffff:1.2.3.4/96|fe80::1",
                    "cidr 10.0.0.0/8",
                    "macaddr 08:00:2b:01:02:03",
                    "macaddr8 08:00:2b:01:02:03:04:05",
                    "point (0.30000000000000004,-1e-300)|(NaN,Infinity)",
                    "lseg [(0.1,0.30000000000000004),(1,2)]",
                    "box (1.1,2.2),(0.30000000000000004,0.1)",
                    "path ((0.30000000000000004,1),(2,3))|[(0.1,0.2),(3,3)]",
                    "polygon ((0.30000000000000004,1),(2,3),(4,5))",
                    "circle <(0.30000000000000004,1),0.1>",
                    "line {0.30000000000000004,1,-0.1}",
                    "tsvector 'a':1A 'it''s':2B,3",
                    "tsquery 'a' & !'b c':AB <-> 'd':*",
                    "oid 4294967295",
                    "xid 4294967295",
                    "tid (4294967295,65535)",
                    "pg_lsn FFFFFFFF/FFFFFFFF",
                    "txid_snapshot 10:20:10,14,15",
                    "regclass values_of.\"The Table\"|pg_class",
                    "regtype timestamp with time zone|values_of.mood[]",
                    "regproc values_of.positive",
                    "regprocedure values_of.positive(double precision)",
                    "regoperator +(integer,integer)",
                    "regrole pgbench",
                    "regnamespace values_of",
                    "int4range [1,10)|empty|(,)",
                    "numrange [0.1,0.20]",
                    "tstzrange [\"2024-03-04 05:06:07+08\",infinity)",
                    "daterange [2024-01-01,2024-03-05)",
                    "values_of.floats [0.30000000000000004,1.5)",
                    "int4[] {1,NULL,3}|[0:1]={1,2}|{}",
                    "text[] {NULL,\"NULL\",null,\"\",\"a\\\\b\",\"c\\\"d\",\"e,f\"}|{{a,NULL},{b,c}}",
                    "float8[] {0.30000000000000004,NULL,-Infinity}",
                    "timestamptz[] {\"2024-03-04 05:06:07+08\",infinity}",
                    "interval[] {\"-1 days +02:03:00\",\"1 mon\"}",
                    "money[] {1.50,NULL}",
                    "bytea[] {\"\\\\x00ff\",NULL}",
                    "xml[] {\"<a/>\",text}",
                    "box[] {(1.1,1),(0.30000000000000004,0);(2,2),(1,1)}",
                    "values_of.mood sad|o'k \"so\"",
                    "values_of.mood[] {sad,NULL,\"o'k \\\"so\\\"\"}",
                    "values_of.positive 0.30000000000000004",
                    "values_of.pair"
                            + " (0.30000000000000004,\"2024-03-04 05:06:07+08\",\"-1 days"
                            + " +02:03:00\",\"{NULL,\"\"NULL\"\"}\",\"$1.50\",\"\\\\x5c\")",
                    "values_of.pair[] {\"(0.5,infinity,\\\"1 mon\\\",{},,)\",NULL}");

    private static final String TYPES =
            """
            CREATE SCHEMA values_of;
            CREATE TABLE values_of."The Table" (id int PRIMARY KEY);
            CREATE TYPE values_of.mood AS ENUM ('sad', 'o''k "so"');
            CREATE FUNCTION values_of.positive(x float8) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT x > 0';
            CREATE DOMAIN values_of.positive AS float8 CHECK (VALUE > 0);
            CREATE TYPE values_of.floats AS RANGE (subtype = float8, subtype_diff = float8mi);
            CREATE TYPE values_of.pair AS (f float8, t timestamptz, i interval, a text[], c money, b bytea);
            """;

    /** What nobody would set all at once; each is set by somebody. */
    private static final Map<String, String> OF_SERVER =
            Map.of(
                    "datestyle", "Postgres, DMY",
                    "intervalstyle", "iso_8601",
                    "timezone", "America/St_Johns",
                    "extra_float_digits", "-15",
                    "bytea_output", "escape",
                    "xmloption", "document",
                    "array_nulls", "off",
                    "quote_all_identifiers", "on");

    private static final String OF_DATABASE =
            """
            ALTER DATABASE pgbench SET datestyle = 'SQL, DMY';
            ALTER DATABASE pgbench SET intervalstyle = 'sql_standard';
            ALTER DATABASE pgbench SET timezone = 'Asia/Shanghai';
            ALTER DATABASE pgbench SET extra_float_digits = 0;
            ALTER DATABASE pgbench SET bytea_output = 'escape';
            ALTER DATABASE pgbench SET xmloption = 'document';
            ALTER DATABASE pgbench SET xmlbinary = 'hex';
            ALTER DATABASE pgbench SET array_nulls = off;
            ALTER DATABASE pgbench SET lc_monetary = 'C.UTF-8';
            ALTER DATABASE pgbench SET default_transaction_isolation = 'serializable';
            ALTER DATABASE pgbench SET default_transaction_deferrable = on;
            """;

    private static final String OF_ROLES_OF_OLD =
            """
            ALTER ROLE ALL SET extra_float_digits = -4;
            ALTER ROLE ALL SET datestyle = 'German, YMD';
            ALTER ROLE ALL SET timezone = 'Europe/Lisbon';
            ALTER ROLE pgbench SET intervalstyle = 'iso_8601';
            ALTER ROLE pgbench IN DATABASE pgbench SET timezone = 'Pacific/Apia';
            ALTER ROLE postgres SET datestyle = 'German';
            ALTER ROLE postgres IN DATABASE pgbench SET extra_float_digits = -2;
            ALTER ROLE postgres IN DATABASE pgbench SET intervalstyle = 'iso_8601';
            """;

    private static final String OF_ROLES_OF_NEW =
            """
            ALTER ROLE ALL SET extra_float_digits = -3;
            ALTER ROLE ALL SET datestyle = 'SQL, MDY';
            ALTER ROLE ALL SET timezone = 'America/New_York';
            ALTER ROLE postgres SET intervalstyle = 'sql_standard';
            """;

    @ParameterizedTest
    @CsvSource({"11, 14", "13, 14", "14, 16", "14, 18"})
    void arriveAsTheyAreForwardBackAndForwardAgain(int oldMajor, int newMajor) {
        try (Ground ground =
                Ground.prepared(
                        hostile(ServerSpec.of(oldMajor)), hostile(ServerSpec.empty(newMajor)))) {
            Ground.run(
                    ground.superuser(Side.OLD),
                    OF_DATABASE
                            + OF_ROLES_OF_OLD
                            + TYPES
                            + tables("copied")
                            + insert("copied", "old"));
            Ground.run(ground.superuser(Side.NEW).withDatabase("postgres"), OF_ROLES_OF_NEW);
            ground.upgrade.start(_ -> {});
            requireEqual(ground);
            write(ground, Side.OLD, "first");
            // One that came later is copied by table synchronization.
            for (Side side : Side.values()) {
                try (Session session = ground.superuser(side).openForDdl("later")) {
                    session.execute(noKey("later"));
                }
            }
            Ground.run(ground.superuser(Side.OLD), insertNoKey("later", "old"));
            ground.upgrade.start(_ -> {});
            requireEqual(ground);
            ground.handOver(Side.OLD);
            write(ground, Side.NEW, "second");
            ground.handOver(Side.NEW);
            write(ground, Side.OLD, "third");
            ground.handOver(Side.OLD);
            write(ground, Side.NEW, "fourth");
        }
    }

    private static ServerSpec hostile(ServerSpec spec) {
        ServerSpec all = spec.unsafe();
        for (Map.Entry<String, String> setting : OF_SERVER.entrySet()) {
            all = all.with(setting.getKey(), setting.getValue());
        }
        return all;
    }

    /** Inserts, and changes rows that are found by all their values, and those found by a key. */
    private static void write(Ground ground, Side side, String mark) {
        Ground.run(
                ground.superuser(side),
                insert("copied", mark)
                        + "UPDATE values_of.copied_no_key SET note = note || '!';"
                        + "DELETE FROM values_of.copied_no_key WHERE mark <> '"
                        + mark
                        + "' AND n % 2 = 0;"
                        + "UPDATE values_of.copied_1 SET value = value WHERE n % 2 = 0;");
        requireEqual(ground);
    }

    private static List<String> types() {
        return VALUES.stream().map(value -> value.substring(0, split(value))).toList();
    }

    /** Behind the name of the type, which may have several words. */
    private static int split(String value) {
        for (String words : List.of("interval year to month")) {
            if (value.startsWith(words + " ")) {
                return words.length();
            }
        }
        return value.indexOf(' ');
    }

    private static String tables(String prefix) {
        StringBuilder sql = new StringBuilder(noKey(prefix));
        List<String> types = types();
        for (int i = 0; i < types.size(); i++) {
            sql.append(
                    "CREATE TABLE values_of.%s_%d (mark text, n int, value %s, PRIMARY KEY (mark, n));\n"
                            .formatted(prefix, i, types.get(i)));
        }
        return sql.toString();
    }

    private static String noKey(String prefix) {
        return """
        CREATE TABLE values_of.%1$s_no_key (mark text, n int, f float8, r float4, t timestamptz, i interval,
            m money, b bytea, a text[], z timetz, g float8[], note text);
        ALTER TABLE values_of.%1$s_no_key REPLICA IDENTITY FULL;
        """
                .formatted(prefix);
    }

    private static String insert(String prefix, String mark) {
        StringBuilder sql = new StringBuilder(insertNoKey(prefix, mark));
        for (int i = 0; i < VALUES.size(); i++) {
            String type = types().get(i);
            String[] values = VALUES.get(i).substring(type.length() + 1).split("\\|", -1);
            for (int n = 0; n < values.length; n++) {
                sql.append(
                        "INSERT INTO values_of.%s_%d VALUES ('%s', %d, '%s');\n"
                                .formatted(prefix, i, mark, n, values[n].replace("'", "''")));
            }
            sql.append(
                    "INSERT INTO values_of.%s_%d VALUES ('%s', -1, NULL);\n"
                            .formatted(prefix, i, mark));
        }
        return sql.toString();
    }

    private static String insertNoKey(String prefix, String mark) {
        return """
        SET xmloption = content; SET lc_monetary = 'C';
        INSERT INTO values_of.%s_no_key SELECT '%s', n, 0.1 + n / 10.0::float8 + 1e-17, 0.1::float4 + n / 3.0,
            '2024-03-04 05:06:07.123456+08', '-1 days +02:03:00', 1.5, '\\x00ff', '{NULL,"NULL"}', '05:06+08',
            '{0.30000000000000004}', 'x' FROM generate_series(1, 4) n;
        """
                .formatted(prefix, mark);
    }

    private static void requireEqual(Ground ground) {
        ground.upgrade.awaitFollowing();
        assertThat(read(ground, Side.NEW)).isEqualTo(read(ground, Side.OLD));
    }

    /** What is stored, in binary where that holds no oids; else as text, the same on both sides. */
    private static Map<String, String> read(Ground ground, Side side) {
        Map<String, String> all = new TreeMap<>();
        try (Session session = ground.superuser(side).open("look")) {
            for (String setting :
                    List.of(
                            "DateStyle ISO",
                            "TimeZone UTC",
                            "IntervalStyle postgres",
                            "lc_monetary C",
                            "extra_float_digits 3",
                            "bytea_output hex",
                            "xmloption content")) {
                session.set(setting.split(" ", 2)[0], setting.split(" ", 2)[1]);
            }
            List<String> tables =
                    session.query(
                            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'values_of'::regnamespace"
                                    + " AND c.relkind = 'r' AND c.relname NOT LIKE 'The%'",
                            row -> row.text("relname"));
            for (String table : tables) {
                List<String> columns =
                        session.query(
                                "SELECT CASE WHEN t.typtype = 'e' OR t.typname ~ '^(reg|_mood|_pair)'"
                                        + " THEN quote_ident(a.attname) || '::text' ELSE format('%s(%I)', t.typsend,"
                                        + " a.attname) END AS sent FROM pg_attribute a JOIN pg_type t ON t.oid ="
                                        + " a.atttypid WHERE a.attrelid = ('values_of.' || ?)::regclass AND a.attnum > 0"
                                        + " ORDER BY a.attnum",
                                row -> row.text("sent"), table);
                all.put(
                        table,
                        session.text(
                                "SELECT coalesce(string_agg(v, E'\\n' ORDER BY v COLLATE \"C\"), '') FROM (SELECT ("
                                        + String.join(", ", columns)
                                        + ")::text AS v FROM values_of."
                                        + table
                                        + ") o"));
            }
        }
        return all;
    }
}
