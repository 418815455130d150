package dev.relevo.schema;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.Optional;

/**
 * How to create a database like another one: CREATE DATABASE with its encoding, locale, owner,
 * tablespace and connection limit, from {@code template0}.
 *
 * @param locale encoding and locale, as options of CREATE DATABASE
 * @param owner who owns it
 * @param tablespace where its tables are
 * @param connectionLimit -1 for none
 * @see <a href="https://www.postgresql.org/docs/current/sql-createdatabase.html">CREATE
 *     DATABASE</a>
 */
record DatabaseLike(String locale, String owner, String tablespace, int connectionLimit) {
    /**
     * Looks at the database of a session.
     *
     * @param newMajor of the server that the other one is created on
     */
    static DatabaseLike read(Session model, int newMajor) {
        return model.one(
                SqlFile.load(DatabaseLike.class, "database", model.version()),
                row -> {
                    StringBuilder sql = new StringBuilder();
                    sql.append(" ENCODING ").append(Quote.literal(row.text("encoding")));
                    sql.append(" LC_COLLATE ").append(Quote.literal(row.text("collate")));
                    sql.append(" LC_CTYPE ").append(Quote.literal(row.text("ctype")));
                    String provider = row.text("provider");
                    String locale = row.textOrNull("locale");
                    String rules = row.textOrNull("rules");
                    switch (provider) {
                        case "i" -> sql.append(" LOCALE_PROVIDER icu");
                        case "b" -> sql.append(" LOCALE_PROVIDER builtin");
                        default -> {
                            // libc was the only provider before 15, and initdb of a newer one
                            // may have chosen another for template0.
                            sql.append(newMajor >= 15 ? " LOCALE_PROVIDER libc" : "");
                            locale = null;
                        }
                    }
                    if (locale != null) {
                        sql.append(provider.equals("i") ? " ICU_LOCALE " : " BUILTIN_LOCALE ")
                                .append(Quote.literal(locale));
                    }
                    if (rules != null) {
                        sql.append(" ICU_RULES ").append(Quote.literal(rules));
                    }
                    return new DatabaseLike(
                            sql.toString(),
                            row.text("owner"),
                            row.text("tablespace"),
                            row.integer("connection_limit"));
                });
    }

    /** A database like it in every respect. */
    String create(String name) {
        return create(name, Optional.of(owner), Optional.of(tablespace), connectionLimit);
    }

    /**
     * A database of the same encoding and locale.
     *
     * @param ownedBy us, when empty
     * @param in the tablespace; the server's default one, when empty
     */
    String create(String name, Optional<String> ownedBy, Optional<String> in, int limit) {
        return "CREATE DATABASE "
                + Quote.ident(name)
                + " WITH TEMPLATE template0"
                + ownedBy.map(role -> " OWNER " + Quote.ident(role)).orElse("")
                + locale
                + in.map(space -> " TABLESPACE " + Quote.ident(space)).orElse("")
                + " CONNECTION LIMIT "
                + limit;
    }
}
