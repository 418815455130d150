package dev.relevo.schema;

import dev.relevo.pg.ServerVersion;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What helps when the new server refuses a part of the schema.
 *
 * @param message one factual line
 * @param detail what the server said, the statement, and what is missing because of it
 * @param hint whole sentences, with statements that make it go away
 */
public record LoadRemedy(String message, String detail, String hint) {
    private static final int LONGEST_STATEMENT = 600;
    private static final int NAMED = 10;

    private static final String OLD = "on the old server";

    /** Columns that PostgreSQL gave up or renamed, and what has their values now. */
    private static final Map<String, String> INSTEAD =
            Map.ofEntries(
                    Map.entry("total_time", "total_exec_time of pg_stat_statements"),
                    Map.entry("min_time", "min_exec_time of pg_stat_statements"),
                    Map.entry("max_time", "max_exec_time of pg_stat_statements"),
                    Map.entry("mean_time", "mean_exec_time of pg_stat_statements"),
                    Map.entry("stddev_time", "stddev_exec_time of pg_stat_statements"),
                    Map.entry("blk_read_time", "shared_blk_read_time of pg_stat_statements"),
                    Map.entry("blk_write_time", "shared_blk_write_time of pg_stat_statements"),
                    Map.entry("buffers_backend", "writes of pg_stat_io"),
                    Map.entry("buffers_backend_fsync", "fsyncs of pg_stat_io"),
                    Map.entry("checkpoints_timed", "num_timed of pg_stat_checkpointer"),
                    Map.entry("checkpoints_req", "num_requested of pg_stat_checkpointer"),
                    Map.entry("checkpoint_write_time", "write_time of pg_stat_checkpointer"),
                    Map.entry("checkpoint_sync_time", "sync_time of pg_stat_checkpointer"),
                    Map.entry("buffers_checkpoint", "buffers_written of pg_stat_checkpointer"),
                    Map.entry("wal_write", "writes of pg_stat_io where object is 'wal'"),
                    Map.entry("wal_sync", "fsyncs of pg_stat_io where object is 'wal'"),
                    Map.entry("wal_write_time", "write_time of pg_stat_io where object is 'wal'"),
                    Map.entry("wal_sync_time", "fsync_time of pg_stat_io where object is 'wal'"),
                    Map.entry("adsrc", "pg_get_expr(adbin, adrelid)"),
                    Map.entry("consrc", "pg_get_constraintdef(oid)"),
                    Map.entry("daticulocale", "datlocale"),
                    Map.entry("colliculocale", "colllocale"));

    /** Functions for arrays that take other pseudo-types since 14, and what they return. */
    private static final Map<String, String> ARRAYS =
            Map.of(
                    "array_append", "anyarray",
                    "array_prepend", "anyarray",
                    "array_cat", "anyarray",
                    "array_remove", "anyarray",
                    "array_replace", "anyarray",
                    "array_position", "integer",
                    "array_positions", "integer[]",
                    "width_bucket", "integer");

    private static final Pattern COLUMN =
            Pattern.compile("column \"?(?:[^\" ]+\\.)?([^\". ]+)\"? does not exist");
    private static final Pattern FUNCTION =
            Pattern.compile("function (?:pg_catalog\\.)?(\\w+)\\((.*)\\) does not exist");
    private static final Pattern FILE =
            Pattern.compile("could not (?:access|load)(?: file| library)? \"([^\"]+)\"");
    private static final Pattern SYMBOL =
            Pattern.compile("could not find function \"([^\"]+)\" in file \"([^\"]+)\"");
    private static final Pattern DICTIONARY =
            Pattern.compile(
                    "could not open (stop-word|dictionary|affix|thesaurus|synonym)? ?file \"([^\"]+)\"");
    private static final Pattern LOCALE =
            Pattern.compile(
                    "could not (?:create locale|open collator for locale(?: with rules)?) \"([^\"]+)\"");
    private static final Pattern COLLATION =
            Pattern.compile(
                    "collation \"(?:pg_catalog\\.)?([^\"]+)\" for encoding .* does not exist");
    private static final Pattern PARAMETER =
            Pattern.compile("unrecognized configuration parameter \"([^\"]+)\"");
    private static final Pattern TYPE = Pattern.compile("type \"?([^\"]+)\"? does not exist");
    private static final Pattern RELATION =
            Pattern.compile("relation \"?(?:pg_catalog\\.)?([^\"]+)\"? does not exist");
    private static final Pattern EXTENSION =
            Pattern.compile(
                    "extension \"([^\"]+)\" is not available"
                            + "|could not open extension control file \".*/([^/\"]+)\\.control\"");
    private static final Pattern TABLESPACE =
            Pattern.compile("tablespace \"([^\"]+)\" does not exist");
    private static final Pattern PROVIDER =
            Pattern.compile("security label provider \"([^\"]+)\" is not loaded");

    private static final Pattern TABLE = Pattern.compile("DROP ((?:FOREIGN )?TABLE .*);");

    /** What helps, by the words of the server, which are English here. */
    static LoadRemedy of(LoadFailure failure, ServerVersion oldVersion) {
        return new LoadRemedy(
                failure.what() + " cannot be made on the new server: " + failure.message(),
                detail(failure),
                known(failure, oldVersion).orElseGet(() -> unknown(failure)));
    }

    private static Optional<String> known(LoadFailure failure, ServerVersion oldVersion) {
        String said = failure.message() + "\n" + failure.detail();
        Optional<String> hint = environment(failure, said);
        if (hint.isPresent()) {
            return hint;
        }
        Matcher column = COLUMN.matcher(said);
        if (column.find()) {
            String instead = INSTEAD.get(column.group(1));
            return Optional.of(
                    "The new server has no column "
                            + column.group(1)
                            + " there"
                            + (instead == null ? ". " : "; " + instead + " stands for it. ")
                            + "Run "
                            + drop(failure)
                            + " "
                            + OLD
                            + "; after the upgrade it can be made anew for the new one.");
        }
        Matcher function = FUNCTION.matcher(said);
        if (function.find()) {
            return Optional.of(function(failure, function.group(1), function.group(2), oldVersion));
        }
        if (said.contains("Postfix operators are not supported")) {
            return Optional.of(
                    "PostgreSQL has no postfix operators since 14. Run "
                            + drop(failure)
                            + " "
                            + OLD
                            + ", and call its function instead.");
        }
        if (failure.sqlState().equals("42601")) {
            return Optional.of(
                    "The new server does not understand the statement; since 14 it has no postfix"
                            + " operators, such as ! for factorial(). Run "
                            + drop(failure)
                            + " "
                            + OLD
                            + ", or define it anew there without them.");
        }
        Matcher parameter = PARAMETER.matcher(said);
        if (parameter.find() && failure.type().matches("FUNCTION|PROCEDURE")) {
            return Optional.of(
                    "The new server has no such setting. Run ALTER %s RESET \"%s\"; %s."
                            .formatted(
                                    drop(failure).substring("DROP ".length()).replace(";", ""),
                                    parameter.group(1),
                                    OLD));
        }
        Matcher type = TYPE.matcher(said);
        if (type.find()) {
            return Optional.of(
                    "The new server has no type %s. Run %s %s, or make it with another type there."
                            .formatted(type.group(1), drop(failure), OLD));
        }
        Matcher relation = RELATION.matcher(said);
        if (relation.find()) {
            return Optional.of(
                    "The new server has no relation %s. Run %s %s."
                            .formatted(relation.group(1), drop(failure), OLD));
        }
        return Optional.empty();
    }

    /** What is missing on the new server's machine. */
    private static Optional<String> environment(LoadFailure failure, String said) {
        Matcher extension = EXTENSION.matcher(said);
        if (extension.find()) {
            String name = extension.group(1) == null ? extension.group(2) : extension.group(1);
            return Optional.of(
                    "Install the package of extension %s on the new server's machine, or run %s %s."
                            .formatted(name, drop(failure), OLD));
        }
        Matcher dictionary = DICTIONARY.matcher(said);
        if (dictionary.find()) {
            return Optional.of(
                    "Copy that file from the old server's directory tsearch_data to %s on the new"
                                    .formatted(dictionary.group(2))
                            + " server's machine, or run "
                            + drop(failure)
                            + " "
                            + OLD
                            + ".");
        }
        Matcher symbol = SYMBOL.matcher(said);
        if (symbol.find()) {
            return Optional.of(
                    "The library %s of the new server has no function %s. Install a version of it that"
                                    .formatted(symbol.group(2), symbol.group(1))
                            + " has, or run "
                            + drop(failure)
                            + " "
                            + OLD
                            + ".");
        }
        Matcher file = FILE.matcher(said);
        if (file.find()) {
            return Optional.of(
                    "Install the library %s for the new server's version on its machine, or run %s %s."
                            .formatted(file.group(1), drop(failure), OLD));
        }
        Matcher locale = LOCALE.matcher(said);
        if (locale.find()) {
            return Optional.of(
                    "Install the locale %s on the new server's machine, for example with locale-gen, and"
                                    .formatted(locale.group(1))
                            + " restart that server; or run "
                            + drop(failure)
                            + " "
                            + OLD
                            + ".");
        }
        Matcher collation = COLLATION.matcher(said);
        if (collation.find()) {
            return Optional.of(
                    "Install the locale of collation %s on the new server's machine and restart that"
                                    .formatted(collation.group(1))
                            + " server. Then run there: ALTER DATABASE template0 ALLOW_CONNECTIONS true;"
                            + " in database template0 SELECT"
                            + " pg_catalog.pg_import_system_collations('pg_catalog'); and ALTER DATABASE"
                            + " template0 ALLOW_CONNECTIONS false.");
        }
        Matcher tablespace = TABLESPACE.matcher(said);
        if (tablespace.find()) {
            return Optional.of(
                    "Make a directory for it on the new server's machine, then run CREATE TABLESPACE"
                            + " \"%s\" LOCATION '…'; there.".formatted(tablespace.group(1)));
        }
        Matcher provider = PROVIDER.matcher(said);
        if (provider.find()) {
            return Optional.of(
                    "Add the library of %s to shared_preload_libraries of the new server and restart it,"
                                    .formatted(provider.group(1))
                            + " or run "
                            + drop(failure)
                            + " "
                            + OLD
                            + ".");
        }
        return Optional.empty();
    }

    private static String function(
            LoadFailure failure, String function, String arguments, ServerVersion oldVersion) {
        String returns = ARRAYS.get(function);
        if (returns == null || !arguments.contains("any") || !failure.type().equals("AGGREGATE")) {
            return "The new server has no function %s(%s). Run %s %s, or make it there with one that both have."
                    .formatted(function, arguments, drop(failure), OLD);
        }
        String schema = "\"" + failure.schema().replace("\"", "\"\"") + "\"";
        String own = schema + ".\"" + function + "\"";
        int count = arguments.split(",", -1).length;
        String parameters =
                java.util.stream.IntStream.rangeClosed(1, count)
                        .mapToObj(i -> "$" + i)
                        .collect(Collectors.joining(", "));
        String aggregate =
                failure.statement()
                        .strip()
                        .replaceAll(
                                "= (?:\"pg_catalog\"\\.)?\"" + function + "\"",
                                Matcher.quoteReplacement("= " + own));
        String create =
                oldVersion.atLeast(12)
                        ? aggregate.replaceFirst("^CREATE AGGREGATE", "CREATE OR REPLACE AGGREGATE")
                        : drop(failure) + " " + aggregate;
        return "Since 14 %s takes other pseudo-types. Let the aggregate use a function of your own %s: "
                        .formatted(function, OLD)
                + "CREATE FUNCTION %s(%s) RETURNS %s LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.%s(%s)'; "
                        .formatted(own, arguments, returns, function, parameters)
                + create.replaceAll("\\s+", " ")
                + (create.endsWith(";") ? "" : ";")
                + " Or run "
                + drop(failure)
                + " there.";
    }

    private static String unknown(LoadFailure failure) {
        return DropStatement.of(failure.statement(), failure.name()).isPresent()
                ? "Change it %s so that the new server takes it: run %s there."
                        .formatted(OLD, drop(failure))
                : "Change it %s so that the new server takes it.".formatted(OLD);
    }

    /**
     * The statement that takes it away, with all that needs it, which the detail names. Nobody is
     * told to drop a table with its rows.
     */
    private static String drop(LoadFailure failure) {
        Optional<String> drop = DropStatement.of(failure.statement(), failure.name());
        if (drop.isEmpty()) {
            return "DROP for it";
        }
        Matcher table = TABLE.matcher(drop.get());
        if (table.matches()) {
            return "ALTER %s … to change what it names".formatted(table.group(1));
        }
        boolean needed =
                failure.dependents().stream()
                        .anyMatch(other ->
                                !List.of("COMMENT", "ACL", "SECURITY LABEL", "DEFAULT ACL")
                                        .contains(other.type()));
        return needed && drop.get().startsWith("DROP")
                ? drop.get().replaceFirst(";$", " CASCADE;")
                : drop.get();
    }

    private static String detail(LoadFailure failure) {
        String statement = failure.statement().strip();
        String shown =
                statement.length() > LONGEST_STATEMENT
                        ? statement.substring(0, LONGEST_STATEMENT) + " …"
                        : statement;
        List<String> others =
                List.copyOf(
                        failure.dependents().stream()
                                .filter(other -> !other.type().equals("ACL"))
                                .map(other ->
                                        other.type().toLowerCase(java.util.Locale.ROOT)
                                                + " "
                                                + other.name())
                                .collect(Collectors.toCollection(TreeSet::new)));
        String needing =
                others.isEmpty()
                        ? ""
                        : "\nThese need it: "
                                + String.join(
                                        ", ", others.subList(0, Math.min(NAMED, others.size())))
                                + (others.size() > NAMED
                                        ? " and %d more".formatted(others.size() - NAMED)
                                        : "");
        return (shown + "\n" + failure.detail()).strip() + needing;
    }
}
