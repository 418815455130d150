package dev.relevo.handover;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Server;
import dev.relevo.pg.Session;
import java.util.List;

/**
 * What is handed over, from where and to where.
 *
 * @param from the server that serves now
 * @param to the other one
 * @param fenced every table a client may write to, partitioned parents included; each has a fence
 * @param sequences every sequence whose value goes along
 * @param schemaStamp {@link #stamp} of {@code from}, read before its tables were listed and
 *     compared
 * @param sparedOnFrom backends on {@code from} that are ours and must not be sent away
 */
public record Task(
        Server from,
        Server to,
        List<QualifiedName> fenced,
        List<QualifiedName> sequences,
        String schemaStamp,
        List<Integer> sparedOnFrom) {
    public Task {
        fenced = List.copyOf(fenced);
        sequences = List.copyOf(sequences);
        sparedOnFrom = List.copyOf(sparedOnFrom);
    }

    /**
     * A fingerprint of every table, column and sequence, by oid: looked at again when a handover
     * holds its first locks.
     */
    public static String stamp(Session session) {
        return session.text(Script.SCHEMA_STAMP);
    }

    List<String> sequenceNames() {
        return sequences.stream().map(QualifiedName::sql).toList();
    }
}
