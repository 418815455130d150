package dev.relevo.schema;

import dev.relevo.pg.ClientTools;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Pins;
import dev.relevo.pg.ServerVersion;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The schema of a database as pg_dump wrote it, in pg_dump's own format, for pg_restore to take
 * apart. It is in the encoding of the database, so that nothing is converted: in a database of
 * encoding SQL_ASCII, text may be in none.
 *
 * <p>pg_dump holds ACCESS SHARE on every table while it reads the catalogs, which is less than a
 * second for a thousand tables and stands in the way of DDL only; it waits for such locks 10 s at
 * most.
 *
 * @param tools that wrote it, and that can read it
 * @param encoding of the text in it, as PostgreSQL names it
 * @param reader of what it says
 * @param archive a char for each byte; may hold passwords of user mappings
 * @see <a href="https://www.postgresql.org/docs/current/app-pgdump.html">pg_dump</a>
 */
record SchemaDump(ClientTools tools, String encoding, ServerVersion reader, String archive) {
    /** What pg_dump is told besides the encoding. */
    static final List<String> OPTIONS =
            List.of(
                    "--format=custom",
                    "--schema-only",
                    "--no-publications",
                    "--no-subscriptions",
                    "--exclude-schema=relevo",
                    "--quote-all-identifiers",
                    "--lock-wait-timeout=10s",
                    "--no-password");

    private static final Pattern UNLOGGED_PARENT =
            Pattern.compile("(?m)^CREATE UNLOGGED TABLE ([^;]*?\\)\\nPARTITION BY )");

    private static final int LONGEST_DETAIL = 4000;

    /**
     * Dumps the schema of a database.
     *
     * @param reader of what pg_dump writes
     */
    static SchemaDump take(Endpoint database, ServerVersion reader) {
        ServerVersion version;
        String encoding;
        try (Session session = database.open("schema")) {
            version = session.version();
            encoding = session.text("SHOW server_encoding");
        }
        ClientTools tools = Client.find(version.major(), reader.major()).tools();
        Child.Result dump =
                Child.run(
                        tools.pgDump(), options(encoding), database, Pins.of(version), new byte[0]);
        if (dump.status() != 0) {
            throw failed("pg_dump", tools, dump.errors());
        }
        return new SchemaDump(tools, encoding, reader, dump.output());
    }

    private static List<String> options(String encoding) {
        return Stream.concat(OPTIONS.stream(), Stream.of("--encoding=" + encoding)).toList();
    }

    /**
     * What pg_restore prints of it, a char for each byte.
     *
     * @param which options that choose
     */
    String part(List<String> which, Endpoint anywhere) {
        Child.Result part =
                Child.run(
                        tools.pgRestore(),
                        which,
                        anywhere,
                        Map.of(),
                        archive.getBytes(StandardCharsets.ISO_8859_1));
        if (part.status() != 0) {
            throw failed("pg_restore", tools, part.errors());
        }
        // pg_dump 17 sets it whatever the server is; before 17 no server knows it.
        String text = part.output().replaceFirst("(?m)^SET transaction_timeout = 0;$", "");
        // It never meant anything, and 18 refuses it; pg_dump leaves it out since then.
        return reader.atLeast(18)
                ? UNLOGGED_PARENT.matcher(text).replaceAll("CREATE TABLE $1")
                : text;
    }

    /** Whether the driver can read and send that: in SQL_ASCII, bytes may be in no encoding. */
    boolean isReadable(String bytes) {
        return !encoding.equals("SQL_ASCII")
                || Child.isUtf8(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The programs to work with. */
    record Client(ClientTools tools) {
        private static final Pattern VERSION = Pattern.compile("^(\\d+)\\.(\\d+)");

        /** The minor version of each major that can keep a script from giving psql commands. */
        private static final Map<Integer, Integer> RESTRICT =
                Map.of(13, 22, 14, 19, 15, 14, 16, 10, 17, 6);

        /**
         * The line that a script begins with, so that nothing in it is a command to psql.
         *
         * @see <a href="https://www.postgresql.org/docs/current/app-psql.html">psql</a>
         */
        String restrict() {
            Matcher version = VERSION.matcher(tools.version());
            boolean able =
                    tools.major() >= 18
                            || (version.find()
                                    && Integer.parseInt(version.group(2))
                                            >= RESTRICT.getOrDefault(
                                                    tools.major(), Integer.MAX_VALUE));
            return able
                    ? "\\restrict " + UUID.randomUUID().toString().replace("-", "") + "\n"
                    : "\n";
        }

        /** For what was dumped before. */
        static Client find(ServerVersion newServer) {
            return find(0, newServer.major());
        }

        private static Client find(int major, int newMajor) {
            return ClientTools.find(major, newMajor)
                    .map(Client::new)
                    .orElseThrow(() ->
                            new Problem(
                                            ExitStatus.USAGE,
                                            "client-tools",
                                            "no pg_dump of version " + major + " or newer found",
                                            "Looked in /usr/lib/postgresql/*/bin, /usr/pgsql-*/bin"
                                                    + " and PATH.",
                                            "Run apt-get install postgresql-client-"
                                                    + newMajor
                                                    + ".")
                                    .toException());
        }
    }

    /** That a program failed, with what it said of it; passwords are masked. */
    static RuntimeException failed(String program, ClientTools tools, String errors) {
        // With --verbose it tells what it is doing, too.
        List<String> lines =
                errors.lines()
                        .filter(line -> !line.isBlank() && !line.matches("pg_restore: creating .*"))
                        .toList();
        String message =
                lines.stream()
                        .filter(line -> line.contains("ERROR:  ") || line.contains("error: "))
                        .findFirst()
                        .map(line -> line.replaceFirst("^.*?(ERROR:  |error: )(error: )?", ""))
                        .orElse("it ended without saying why");
        String hint =
                errors.contains("max_locks_per_transaction")
                        ? "Run ALTER SYSTEM SET max_locks_per_transaction = 1024 on that server,"
                                + " restart it, then run the same command again."
                        : "Fix the cause on the old server, then run the same command again;"
                                + " nothing was left on the new one.";
        String detail = masked(String.join("\n", lines));
        return new Problem(
                        ExitStatus.FAILED,
                        program.equals("psql") ? "schema-not-restored" : "schema-not-dumped",
                        program + " " + tools.version() + " failed: " + message,
                        detail.length() > LONGEST_DETAIL
                                ? detail.substring(0, LONGEST_DETAIL) + " …"
                                : detail,
                        hint)
                .toException();
    }

    /** Without the passwords of user mappings and the like. */
    static String masked(String sql) {
        return sql.replaceAll("(?i)(password[\"']?\\s+)E?'(?:[^']|'')*'", "$1'********'");
    }
}
