package dev.relevo.check;

import dev.relevo.catalog.Catalog;
import dev.relevo.check.Finding.Severity;
import dev.relevo.pg.Session;
import java.util.List;

/** What a check sees once both servers let us in. */
record Probe(CheckContext context, Session old, Session fresh, Catalog catalog) {

    /** One of the servers, with the name people know it by. */
    record Named(String name, Session session, Needs needs) {
        String setting(String parameter) {
            return session.text("SELECT pg_catalog.current_setting(?, true)", parameter);
        }

        int number(String sql) {
            return Integer.parseInt(session.text(sql));
        }

        boolean is(String sql) {
            return session.text(sql).equals("t");
        }
    }

    List<Named> both() {
        return List.of(
                new Named("old", old, context.onOld()), new Named("new", fresh, context.onNew()));
    }

    /** Whose settings clients will get there; nothing while the new database is missing. */
    String database(Named side) {
        return context.newDatabaseMissing() && side.name().equals("new")
                ? ""
                : side.session().endpoint().database();
    }

    static Finding error(String id, String message, String detail, String hint) {
        return new Finding(id, Severity.ERROR, message, detail, hint);
    }

    static Finding warning(String id, String message, String detail, String hint) {
        return new Finding(id, Severity.WARNING, message, detail, hint);
    }

    static Finding notice(String id, String message, String detail, String hint) {
        return new Finding(id, Severity.NOTICE, message, detail, hint);
    }
}
