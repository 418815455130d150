package dev.relevo.catalog;

import dev.relevo.pg.Row;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Why rows of a tree of partitions may belong to other partitions on the new server than on the old
 * one, although both have the same partitions.
 *
 * <p>The hash of an enum is that of its label's OID, and OIDs differ. What users or extensions made
 * may do anything. Text is ordered, and under a nondeterministic collation also compared, by
 * libraries that differ between machines. NaN has another hash from 15 on. All else is the same in
 * every version.
 *
 * @param reason for people: what routing rests on
 * @param certain whether rows do go elsewhere, not merely may
 * @see <a href="https://www.postgresql.org/docs/current/ddl-partitioning.html">Table
 *     Partitioning</a>
 */
public record Routing(String reason, boolean certain) {
    /** From here on a server publishes, and takes, the rows of a tree by its root. */
    public static final int BY_ROOT = 13;

    private static final int NAN_IS_ONE = 15;

    private record Found(
            long root,
            String reason,
            boolean certain,
            boolean floatHash,
            @Nullable String provider,
            @Nullable String locale,
            @Nullable String actual) {
        static Found of(Row row) throws SQLException {
            return new Found(
                    row.bigint("root"),
                    row.text("reason"),
                    row.bool("certain"),
                    row.bool("float_hash"),
                    row.textOrNull("provider"),
                    row.textOrNull("locale"),
                    row.textOrNull("actual"));
        }
    }

    /**
     * The trees whose routing differs or may differ, by the root's OID on the old server. Takes no
     * locks.
     *
     * @param fresh a session with any database of the new server; used only if there is a question
     */
    public static Map<Long, Routing> differing(Session old, Supplier<Session> fresh) {
        List<Found> all = old.query(SqlFile.load(Routing.class, "partition_routing"), Found::of);
        Map<Long, Routing> differing = new LinkedHashMap<>();
        for (Found found : all) {
            if (!differing.containsKey(found.root())) {
                reason(found, old, fresh)
                        .ifPresent(reason ->
                                differing.put(found.root(), new Routing(reason, found.certain())));
            }
        }
        return differing;
    }

    private static Optional<String> reason(Found found, Session old, Supplier<Session> fresh) {
        if (found.floatHash()) {
            boolean differs =
                    old.version().atLeast(NAN_IS_ONE) != fresh.get().version().atLeast(NAN_IS_ONE);
            return differs ? Optional.of(found.reason()) : Optional.empty();
        }
        String provider = found.provider();
        if (provider == null) {
            return Optional.of(found.reason());
        }
        String locale = Objects.requireNonNullElse(found.locale(), "");
        Optional<String> there =
                fresh.get()
                        .first(
                                SqlFile.load(Routing.class, "collation_version"),
                                row -> Objects.requireNonNullElse(row.textOrNull("actual"), ""),
                                provider,
                                locale)
                        .filter(version -> !version.isEmpty());
        return there.isPresent() && there.get().equals(found.actual())
                ? Optional.empty()
                : Optional.of("collation " + locale + ", whose version differs or is unknown");
    }
}
