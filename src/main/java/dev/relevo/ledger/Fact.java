package dev.relevo.ledger;

import java.util.Locale;

/** What kinds of facts {@link Facts} keeps. Some have one entry, others one for each object. */
public enum Fact {
    /** Old side: the database made on the new server, its name at first, then its OID. */
    DATABASE,
    /** Old side: statements that take the roles away again that were carried to the new server. */
    ROLES,
    /** Old side: how roles, settings and so on stood on both servers when compared last; hashes. */
    ALIKE,
    /** Old side, by side and role: the OID of a role that was created there by us. */
    ROLE_MADE,
    /** Old side: that the new database was made read-only by us. */
    CLOSED_NEW,
    /** New side: statements that give the database its former settings and privileges. */
    DATABASE_SETTINGS,
    /** New side: what was in the database before its schema was loaded. */
    SCHEMA,
    /** Old side: the stamp of its schema before it was dumped. */
    SCHEMA_STAMP,
    /** Old side: the stamps of both schemas, old and new, when they were found to be the same. */
    SCHEMAS_ALIKE,
    /** Old side, by table; the new side too before {@code finish}: how to restore the identity. */
    REPLICA_IDENTITY,
    /** New side, by CHECK that comes behind the rows: how it is put back, and how far that is. */
    LATE_CHECK,
    /** New side, by view: that it was refreshed. */
    REFRESHED,
    /** New side: since when tables that have no statistics are analyzed. */
    ANALYZE_SINCE,
    /** New side: what was analyzed and refreshed. */
    ANALYZED,
    /** Old side: the name of the copy, and who keeps its snapshot. */
    SNAPSHOT,
    /** Old side, by table: the subscription it belongs to. */
    GROUP,
    /** The publisher, by table: the OID it had when its rows were copied. */
    FOLLOWED,
    /** The publisher, by partition of a tree that goes by its root: the OID it had at first. */
    PARTITION,
    /** The publisher, by slot: where it began, and whether it bears our sign. */
    SLOT,
    /** The subscriber, by subscription: its OID. */
    SUBSCRIPTION,
    /** New side: that the way back was given up: when, what its slots kept, and the limit. */
    WAY_BACK_GIVEN_UP;

    /** As it stands in the table. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
