package dev.relevo.handover;

import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.util.List;

/** The system catalogs, as far as the gate has to do with them. */
final class Catalogs {
    private Catalogs() {}

    /**
     * Locks all catalogs of a database in SHARE UPDATE EXCLUSIVE mode, which only VACUUM and DDL on
     * catalogs mind.
     *
     * @param shared the shared ones too: in one database only, the mode conflicts with itself
     */
    static String lockStatement(Session session, boolean shared) {
        return lockStatement(session.text(SqlFile.load(Catalogs.class, "catalogs"), shared));
    }

    /** The same for a list of them. */
    static String lockStatement(String catalogs) {
        return "LOCK TABLE " + catalogs + " IN SHARE UPDATE EXCLUSIVE MODE";
    }

    static List<String> otherDatabases(Session session) {
        return session.query(
                "SELECT d.datname FROM pg_catalog.pg_database d WHERE d.datallowconn"
                        + " AND d.datconnlimit <> -2"
                        + " AND d.datname <> pg_catalog.current_database() ORDER BY 1",
                row -> row.text("datname"));
    }

    /** Whether a new backend finds both files from which it reads its first relations. */
    static boolean initFilesExist(Session session) {
        return session.one(
                        SqlFile.load(Catalogs.class, "init_files"), row -> row.integer("present"))
                == 2;
    }

    static void requireTime(long deadline) {
        if (System.nanoTime() > deadline) {
            throw new Problem(
                            ExitStatus.ABORTED,
                            "gate-not-shut",
                            "the gate could not be shut in time",
                            "the files pg_internal.init, from which new backends read their first relations,"
                                    + " keep disappearing: something vacuums or rewrites system catalogs",
                            "Wait for VACUUM FULL, REINDEX SYSTEM or the like to end, then run the same"
                                    + " command again.")
                    .toException();
        }
    }
}
