package dev.relevo.check;

import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether constraints, indexes, generated columns and materialized views work without the
 * database's {@code search_path}. pg_restore, the copy and the apply worker have none, and from 17
 * on CREATE INDEX and REFRESH have none anywhere; a function of the users' that names others
 * without their schema fails there, which would be found when all rows are copied. (Before 17
 * Relevo refreshes materialized views as clients would.)
 *
 * <p>No code of the users' runs, for this is a superuser's session on the server that serves: the
 * bodies of functions are read, those in SQL are also taken through parse analysis, which
 * PostgreSQL does whenever such a function is created, and which evaluates nothing. A query on a
 * table of theirs would not be harmless even if it were only planned: the planner evaluates what is
 * constant in an index's expression.
 */
final class SearchPath implements Check {
    /** Undefined function, table, column, object, schema. */
    private static final Set<String> NOT_FOUND =
            Set.of("42883", "42P01", "42703", "42704", "3F000");

    @Override
    public String id() {
        return "search-path";
    }

    /** Something that is evaluated, and one of the functions it calls. */
    private record Evaluated(String what, long function, int since) {}

    /** A function of the users'. */
    private record Function(
            long oid,
            String name,
            String language,
            String body,
            String signature,
            boolean hasPath,
            boolean atomic,
            List<String> arguments,
            List<String> calls) {}

    /** What a function does not find; the schemas it would take. */
    private record Lack(Function function, String names, Set<String> schemas, boolean unknown) {}

    /** The names that no object of pg_catalog has, each with the schemas where it is found. */
    private record Names(Map<String, Set<String>> schemas) {
        /** Those of a kind that are not found without a search_path. */
        Set<String> lacking(String kind, Set<String> named) {
            return named.stream()
                    .filter(name -> schemas.containsKey(kind + name))
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        Set<String> where(String kind, Set<String> named) {
            return named.stream()
                    .flatMap(name -> schemas.getOrDefault(kind + name, Set.of()).stream())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Override
    public List<Finding> find(Probe probe) {
        Session old = probe.old();
        List<Evaluated> all =
                old
                        .query(
                                SqlFile.load(SearchPath.class, "evaluated"),
                                row ->
                                        new Evaluated(
                                                row.text("what"),
                                                row.bigint("function"),
                                                row.integer("since")))
                        .stream()
                        .filter(evaluated -> evaluated.since() <= probe.fresh().version().major())
                        .toList();
        if (all.isEmpty()) {
            return List.of();
        }
        return new Search(old).findings(all);
    }

    private final class Search {
        private final Session old;
        private final Map<Long, Function> functions = new HashMap<>();
        private final Map<String, List<Function>> byName = new HashMap<>();
        private final Names names;
        private final Map<Long, @Nullable Lack> judged = new HashMap<>();

        Search(Session old) {
            this.old = old;
            for (Function function : functionsOf(old)) {
                functions.put(function.oid(), function);
                byName.computeIfAbsent(function.name(), _ -> new ArrayList<>()).add(function);
            }
            Map<String, Set<String>> schemas = new HashMap<>();
            old.query(
                    SqlFile.load(SearchPath.class, "names"),
                    row ->
                            schemas.computeIfAbsent(
                                            row.text("kind") + row.text("name"),
                                            _ -> new TreeSet<>())
                                    .add(row.text("schema")));
            names = new Names(schemas);
        }

        List<Finding> findings(List<Evaluated> all) {
            List<Finding> findings = new ArrayList<>();
            for (Evaluated evaluated : all) {
                for (Lack lack : lacking(evaluated.function())) {
                    findings.add(finding(evaluated.what(), lack));
                }
            }
            return findings.stream().distinct().toList();
        }

        /** The function and those it calls, until one has a search_path of its own. */
        private List<Lack> lacking(long first) {
            List<Lack> lacks = new ArrayList<>();
            Set<Long> seen = new HashSet<>();
            Deque<Long> next = new ArrayDeque<>(List.of(first));
            while (!next.isEmpty()) {
                Function function = functions.get(next.pop());
                if (function == null || function.hasPath() || !seen.add(function.oid())) {
                    continue;
                }
                function.calls().forEach(called -> next.add(Long.parseLong(called)));
                if (function.atomic()) {
                    continue;
                }
                Body body = Body.of(function.body(), function.arguments());
                if (!judged.containsKey(function.oid())) {
                    judged.put(function.oid(), judge(function, body));
                }
                Lack lack = judged.get(function.oid());
                if (lack != null) {
                    lacks.add(lack);
                }
                body.qualified()
                        .forEach(name ->
                                byName.getOrDefault(name, List.of())
                                        .forEach(called -> next.add(called.oid())));
            }
            return lacks;
        }

        private @Nullable Lack judge(Function function, Body body) {
            return switch (function.language()) {
                case "plpgsql" -> read(function, body);
                case "sql" -> {
                    String missing = missing(old, function.oid());
                    Lack read = read(function, body);
                    yield missing.isEmpty()
                            ? null
                            : new Lack(
                                    function,
                                    missing,
                                    read == null ? Set.of() : read.schemas(),
                                    false);
                }
                default -> new Lack(function, "", Set.of(), true);
            };
        }

        private @Nullable Lack read(Function function, Body body) {
            Set<String> lacking = new TreeSet<>();
            Set<String> schemas = new TreeSet<>();
            Map.of("f", body.functions(), "r", body.relations(), "t", body.types())
                    .forEach((kind, named) -> {
                        Set<String> some = names.lacking(kind, named);
                        lacking.addAll(some);
                        schemas.addAll(names.where(kind, some));
                    });
            return lacking.isEmpty()
                    ? null
                    : new Lack(function, String.join(", ", lacking), schemas, false);
        }
    }

    private Finding finding(String what, Lack lack) {
        String alter =
                "ALTER %s SET search_path = %s;"
                        .formatted(
                                lack.function().signature(),
                                lack.schemas().isEmpty() ? "…" : Quote.idents(lack.schemas()));
        String without =
                " The copy, the apply worker and, from 17 on, CREATE INDEX and REFRESH run without it.";
        return lack.unknown()
                ? Probe.warning(
                        id(),
                        what + " may need a search_path",
                        "%s is in language %s, which is not looked into."
                                        .formatted(
                                                lack.function().signature(),
                                                lack.function().language())
                                + without,
                        "Run " + alter + " with the schemas it needs, on the old server.")
                : Probe.error(
                        id(),
                        what + " needs a search_path",
                        "%s does not find without it: %s."
                                        .formatted(lack.function().signature(), lack.names())
                                + without,
                        "Run " + alter + " on the old server.");
    }

    private static List<Function> functionsOf(Session old) {
        return old.query(
                SqlFile.load(SearchPath.class, "functions"),
                row ->
                        new Function(
                                row.bigint("oid"),
                                row.text("schema") + "." + row.text("name"),
                                row.text("language"),
                                row.text("body"),
                                row.text("signature"),
                                row.bool("has_path"),
                                row.bool("atomic"),
                                row.texts("arguments"),
                                row.texts("calls")));
    }

    /** What parse analysis of a function in SQL does not find, or nothing. */
    private static String missing(Session old, long function) {
        old.execute("BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'");
        try {
            old.execute("SELECT pg_catalog.fmgr_sql_validator(" + function + ")");
            return "";
        } catch (PgException e) {
            if (e.isConnectionLost()) {
                throw e;
            }
            return NOT_FOUND.stream().anyMatch(e::is) ? String.valueOf(e.getMessage()) : "";
        } finally {
            old.rollback();
        }
    }
}
