package dev.relevo.lab;

/** The load generators there are. */
public enum LoadKind {
    /** The real {@code pgbench}, connecting anew for each transaction. */
    PGBENCH,
    /** The same transaction over pgjdbc, connecting anew for each. */
    JDBC,
    /** The same transaction over pgjdbc and HikariCP, on connections that persist. */
    POOL
}
