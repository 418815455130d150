package dev.relevo.pg;

/**
 * The SQLSTATEs Relevo acts on.
 *
 * @see <a href="https://www.postgresql.org/docs/current/errcodes-appendix.html">Error codes</a>
 */
public final class SqlState {
    public static final String PROTOCOL_VIOLATION = "08P01";
    public static final String READ_ONLY_SQL_TRANSACTION = "25006";
    public static final String INVALID_AUTHORIZATION = "28000";
    public static final String INVALID_PASSWORD = "28P01";
    public static final String INVALID_CATALOG_NAME = "3D000";
    public static final String DEADLOCK_DETECTED = "40P01";
    public static final String INSUFFICIENT_PRIVILEGE = "42501";
    public static final String UNDEFINED_OBJECT = "42704";
    public static final String DUPLICATE_OBJECT = "42710";
    public static final String TOO_MANY_CONNECTIONS = "53300";
    public static final String CONFIGURATION_LIMIT_EXCEEDED = "53400";
    public static final String OBJECT_NOT_IN_PREREQUISITE_STATE = "55000";
    public static final String OBJECT_IN_USE = "55006";
    public static final String LOCK_NOT_AVAILABLE = "55P03";
    public static final String QUERY_CANCELED = "57014";
    public static final String ADMIN_SHUTDOWN = "57P01";
    public static final String CRASH_SHUTDOWN = "57P02";
    public static final String CANNOT_CONNECT_NOW = "57P03";

    private SqlState() {}

    /** Whether the connection itself is gone, so that nothing is known of the last statement. */
    public static boolean isConnectionLost(String state) {
        return state.startsWith("08")
                || state.equals(ADMIN_SHUTDOWN)
                || state.equals(CRASH_SHUTDOWN)
                || state.equals(CANNOT_CONNECT_NOW);
    }
}
