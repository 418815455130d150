package dev.relevo.catalog;

import dev.relevo.pg.Quote;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A table of the user's.
 *
 * @param oid differs between the two servers
 * @param identity what is set now
 * @param identityIndex the index that REPLICA IDENTITY USING INDEX names, while it exists
 * @param primaryKey the primary key's index, if it can serve as replica identity: not deferrable,
 *     over no generated column
 * @param primaryKeyUnfit whether there is a primary key that cannot
 * @param candidate the best index that REPLICA IDENTITY USING INDEX would accept
 * @param bytes of the main fork; 0 for a partitioned table
 * @param tuples the planner's estimate, -1 when there is none
 */
public record Table(
        QualifiedName name,
        long oid,
        Kind kind,
        Persistence persistence,
        String owner,
        boolean isPartition,
        Identity identity,
        @Nullable String identityIndex,
        @Nullable String primaryKey,
        boolean primaryKeyUnfit,
        @Nullable String candidate,
        long bytes,
        double tuples,
        List<Column> columns) {

    /** From here on FULL does not go with generated columns. */
    public static final int REFUSES_GENERATED_IN_FULL = 18;

    public Table {
        columns = List.copyOf(columns);
    }

    /** What {@code pg_class.relkind} says. */
    public enum Kind {
        ORDINARY,
        PARTITIONED
    }

    /** What {@code pg_class.relpersistence} says. */
    public enum Persistence {
        PERMANENT,
        UNLOGGED
    }

    /** What {@code pg_class.relreplident} says. */
    public enum Identity {
        DEFAULT,
        NOTHING,
        FULL,
        INDEX
    }

    /** Whether it has generated columns, which are not replicated. */
    public boolean hasGenerated() {
        return columns.stream().anyMatch(Column::generated);
    }

    /** The same with another size. */
    public Table sized(long size) {
        return new Table(
                name,
                oid,
                kind,
                persistence,
                owner,
                isPartition,
                identity,
                identityIndex,
                primaryKey,
                primaryKeyUnfit,
                candidate,
                size,
                tuples,
                columns);
    }

    /** Whether its rows are replicated: permanent and not merely the parent of partitions. */
    public boolean isReplicated() {
        return kind == Kind.ORDINARY && persistence == Persistence.PERMANENT;
    }

    /**
     * Whether UPDATE and DELETE can be replicated with the identity that is set now.
     *
     * <p>A subscriber looks for rows by the primary key when there is one, also under FULL, so a
     * primary key over a generated column spoils FULL as well.
     */
    public boolean hasWorkingIdentity() {
        return switch (identity) {
            case DEFAULT -> primaryKey != null;
            case INDEX -> identityIndex != null;
            case FULL -> primaryKey != null || canUseFull();
            case NOTHING -> false;
        };
    }

    /** The statement that gives it an identity that works; empty when none can be given. */
    public Optional<String> mend() {
        String alter = "ALTER TABLE " + name.sql() + " REPLICA IDENTITY ";
        if (candidate != null) {
            return Optional.of(
                    alter
                            + (candidate.equals(primaryKey)
                                    ? "DEFAULT"
                                    : "USING INDEX " + Quote.ident(candidate)));
        }
        return canUseFull() ? Optional.of(alter + "FULL") : Optional.empty();
    }

    /** The statement that sets the identity it has now. */
    public String restore() {
        return "ALTER TABLE "
                + name.sql()
                + " REPLICA IDENTITY "
                + switch (identity) {
                    case DEFAULT -> "DEFAULT";
                    case NOTHING -> "NOTHING";
                    case FULL -> "FULL";
                    case INDEX ->
                            identityIndex == null
                                    ? "NOTHING"
                                    : "USING INDEX " + Quote.ident(identityIndex);
                };
    }

    /** Columns the apply worker cannot compare. */
    public List<Column> incomparable() {
        return columns.stream().filter(c -> !c.comparable() && !c.generated()).toList();
    }

    private boolean canUseFull() {
        return !primaryKeyUnfitForFull() && incomparable().isEmpty();
    }

    private boolean primaryKeyUnfitForFull() {
        return primaryKeyUnfit && columns.stream().anyMatch(Column::generated);
    }
}
