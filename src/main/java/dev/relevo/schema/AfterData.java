package dev.relevo.schema;

import static dev.relevo.ledger.OwnTable.AFTER_DATA;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What {@link dev.relevo.ledger.OwnTable#AFTER_DATA} holds, and a script that makes it. */
final class AfterData {
    private AfterData() {}

    /**
     * An entry that is not made yet.
     *
     * @param what type and name, a char for each byte
     * @param sql likewise, in the encoding of the database
     */
    record Entry(int id, String what, String sql) {}

    /** An entry that could not be made, in text for people. */
    record Failed(String what, String sql, String sqlState, String message, String detail) {}

    static boolean exists(Session session) {
        return session.exists(
                "SELECT WHERE pg_catalog.to_regclass('" + AFTER_DATA + "') IS NOT NULL");
    }

    static long countLeft(Session session) {
        return exists(session)
                ? Long.parseLong(
                        session.text(
                                "SELECT pg_catalog.count(*) FROM "
                                        + AFTER_DATA
                                        + " WHERE NOT done"))
                : 0;
    }

    /** In their order. */
    static List<Entry> left(Session session) {
        return exists(session)
                ? session.query(
                        "SELECT id, "
                                + hex("what")
                                + " AS what, "
                                + hex("sql")
                                + " AS sql FROM "
                                + AFTER_DATA
                                + " WHERE NOT done ORDER BY id",
                        row ->
                                new Entry(
                                        row.integer("id"),
                                        bytes(row.text("what")),
                                        bytes(row.text("sql"))))
                : List.of();
    }

    /** In a database of encoding SQL_ASCII it may be no text that the driver can read. */
    private static String hex(String column) {
        return "pg_catalog.encode(pg_catalog.convert_to("
                + column
                + ", pg_catalog.getdatabaseencoding()), 'hex')";
    }

    private static String bytes(String hex) {
        return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
    }

    /**
     * Drops from the list what is not made and gone from the old schema, and takes over what is
     * different there. What is new there is none of the copy's business.
     *
     * @param now what the old schema has
     */
    static void refresh(Session session, List<Archive.Entry> now) {
        List<Entry> left = left(session);
        Set<String> same = new HashSet<>();
        now.forEach(entry -> same.add(entry.sql()));
        Set<String> known = new HashSet<>();
        left.forEach(entry -> known.add(entry.sql()));
        List<Archive.Entry> changed = new ArrayList<>(now);
        changed.removeIf(entry -> known.contains(entry.sql()));
        session.transaction(() -> {
            for (Entry entry : left) {
                if (same.contains(entry.sql())) {
                    continue;
                }
                Optional<Archive.Entry> other =
                        changed.stream().filter(e -> e.what().equals(entry.what())).findFirst();
                if (other.isPresent()) {
                    changed.remove(other.get());
                    session.update(
                            "UPDATE "
                                    + AFTER_DATA
                                    + " SET sql = pg_catalog.convert_from(pg_catalog.decode(?, 'hex'),"
                                    + " pg_catalog.getdatabaseencoding()) WHERE id = ?",
                            HexFormat.of()
                                    .formatHex(
                                            other.get()
                                                    .sql()
                                                    .getBytes(StandardCharsets.ISO_8859_1)),
                            entry.id());
                } else {
                    session.update("DELETE FROM " + AFTER_DATA + " WHERE id = ?", entry.id());
                }
            }
        });
    }

    /**
     * What psql reads, behind a first line of {@code restrict}: for each entry a transaction that
     * also marks it done.
     *
     * @param text a char for each byte
     * @param firstLines the line, from 1, in which each entry begins
     */
    record Script(List<Entry> entries, String text, List<Integer> firstLines) {
        static Script of(List<Entry> entries, String encoding, String restrict) {
            StringBuilder text = new StringBuilder();
            text.append(restrict)
                    .append("SET client_encoding = ")
                    .append(Quote.literal(encoding))
                    .append(";\nSELECT pg_catalog.set_config('search_path', '', false);\n")
                    .append("SET check_function_bodies = off;\n");
            List<Integer> lines = new ArrayList<>();
            int line = 5;
            for (Entry entry : entries) {
                lines.add(line);
                String sql =
                        "BEGIN;\n"
                                + entry.sql().strip()
                                + "\nUPDATE "
                                + AFTER_DATA
                                + " SET done = true WHERE id = "
                                + entry.id()
                                + ";\nCOMMIT;\n";
                text.append(sql);
                line += (int) sql.chars().filter(c -> c == '\n').count();
            }
            return new Script(entries, text.toString(), lines);
        }

        byte[] bytes() {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }

        /** The first error of each entry that failed. */
        List<Failed> failed(List<PsqlErrors.Refused> refused) {
            List<Failed> failed = new ArrayList<>();
            int last = -1;
            for (PsqlErrors.Refused error : refused) {
                int at = at(error.line());
                if (at >= 0 && at != last) {
                    Entry entry = entries.get(at);
                    failed.add(
                            new Failed(
                                    Child.readable(entry.what()),
                                    error.statement().isEmpty()
                                            ? Child.readable(entry.sql())
                                            : error.statement(),
                                    error.sqlState(),
                                    error.message(),
                                    error.detail()));
                    last = at;
                }
            }
            return failed;
        }

        private int at(int line) {
            int at = -1;
            while (at + 1 < firstLines.size() && firstLines.get(at + 1) <= line) {
                at++;
            }
            return at;
        }
    }
}
