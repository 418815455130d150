package dev.relevo.upgrade;

import dev.relevo.catalog.LostChanges;
import dev.relevo.catalog.Side;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Size;
import dev.relevo.replication.ApplyError;
import dev.relevo.replication.ApplyLog;
import dev.relevo.replication.Node;
import dev.relevo.replication.SlotHealth;
import dev.relevo.replication.Worker;
import java.util.List;
import java.util.Optional;

/**
 * Says what keeps one subscription from going on, and what to do about it, for {@code status} and
 * for the commands that refuse because of it.
 *
 * @param from the side it follows
 * @param to the side that has it
 * @param subscription its name
 * @param problems takes what is found
 */
record Troubles(Side from, Side to, String subscription, List<String> problems) {

    void slotGone(String slot) {
        problems.add(
                "the slot %s on the %s server is gone: changes are lost to the %s one.\n%s"
                        .formatted(slot, from, to, LostChanges.remedy(to)));
    }

    void readsFrom(String slot, String wanted) {
        problems.add(
                "subscription %s on the %s server reads from slot %s, not from %s: somebody changed it.\n%s"
                        .formatted(subscription, to, slot, wanted, LostChanges.remedy(to)));
    }

    /** What is wrong with a slot that is there. */
    void slot(Node publisher, SlotHealth health) {
        if (!health.ours()) {
            madeAgain(publisher.slot());
        } else {
            health(publisher.slot(), health);
        }
    }

    /** It begins where it was made; what came before that and had not arrived never will. */
    private void madeAgain(String slot) {
        problems.add(
                "the slot %s on the %s server is not the one that Relevo made: somebody dropped it and made it again, and changes in between are lost to the %s one.\n%s"
                        .formatted(slot, from, to, LostChanges.remedy(to)));
    }

    private void health(String slot, SlotHealth health) {
        health.invalidated()
                .ifPresent(why ->
                        problems.add(
                                "the slot %s on the %s server was invalidated (%s): changes are lost to the %s one.\n%s"
                                        .formatted(slot, from, why, to, LostChanges.remedy(to))));
        if (health.invalidated().isEmpty()
                && health.walStatus().filter("unreserved"::equals).isPresent()) {
            problems.add(
                    "the slot %s on the %s server is about to lose write-ahead log that it needs: the next checkpoint removes it.\nRaise max_slot_wal_keep_size there now, and run SELECT pg_reload_conf();"
                            .formatted(slot, from));
        }
        health.safeBytes()
                .filter(_ -> health.invalidated().isEmpty())
                .filter(safe -> safe < (1L << 30))
                .ifPresent(safe ->
                        problems.add(
                                "max_slot_wal_keep_size on the %s server lets slot %s keep only %s more of write-ahead log.\nRaise it there, and run SELECT pg_reload_conf(); else replication ends for good."
                                        .formatted(from, slot, Size.text(Math.max(0, safe)))));
    }

    void worker(Worker worker, Optional<ApplyLog.Finding> finding) {
        switch (worker.state()) {
            case MISSING ->
                    problems.add(
                            "subscription %s is gone from the %s server.\n%s"
                                    .formatted(subscription, to, LostChanges.remedy(to)));
            case DISABLED ->
                    problems.add(
                            "subscription %s on the %s server is disabled.\nRun ALTER SUBSCRIPTION %s ENABLE; there."
                                    .formatted(subscription, to, Quote.ident(subscription)));
            case STOPPED -> problems.add(stopped(worker, finding));
            case RUNNING ->
                    finding.flatMap(Troubles::error)
                            .ifPresent(error ->
                                    problems.add(
                                            "the apply worker of %s on the %s server was started again after it failed: %s"
                                                    .formatted(subscription, to, error.text())));
        }
    }

    private String stopped(Worker worker, Optional<ApplyLog.Finding> finding) {
        String times =
                worker.errors()
                        .filter(errors -> errors > 0)
                        .map(" (%,d failures so far)"::formatted)
                        .orElse("");
        Optional<ApplyError> error = finding.flatMap(Troubles::error);
        if (error.isPresent()) {
            return "the apply worker of %s on the %s server fails%s: %s\n%s"
                    .formatted(subscription, to, times, error.get().text(), hint(error.get()));
        }
        String where =
                finding.map(found ->
                                found instanceof ApplyLog.Finding.Elsewhere(String text)
                                        ? text
                                        : "")
                        .orElse("");
        return "no apply worker runs for %s on the %s server%s: %s%s"
                .formatted(subscription, to, times, where, to == Side.OLD ? "\n" + back() : "");
    }

    private static Optional<ApplyError> error(ApplyLog.Finding finding) {
        return finding instanceof ApplyLog.Finding.Found(ApplyError error)
                ? Optional.of(error)
                : Optional.empty();
    }

    private String hint(ApplyError error) {
        if (error.text().contains("invalid memory alloc request size")) {
            return "A row that was written on the "
                    + from
                    + " server does not fit through logical decoding as text, 1 GB at most. From 14 on,"
                    + " on both servers, run ALTER SUBSCRIPTION "
                    + Quote.ident(subscription)
                    + " SET (binary = true) on the "
                    + to
                    + " server, and SET (binary = false) when replication has gone on: that halves a"
                    + " bytea. "
                    + (to == Side.NEW
                            ? "Else run relevo abort, write the row in smaller pieces, and relevo start."
                            : "Else relevo finish stays on the new server.");
        }
        if (error.isOfConnection()) {
            return "The %s server cannot reach the %s one; replication goes on by itself when it can."
                    .formatted(to, from);
        }
        return to == Side.OLD
                ? back()
                : "Fix the cause on the new server; replication goes on by itself then. Until then the old"
                        + " server keeps the write-ahead log, and relevo abort frees it.";
    }

    private static String back() {
        return "As long as this is so, rollback is no longer possible: nothing written since reaches the old"
                + " server. Where that version cannot take the value it stays so; relevo finish then frees the"
                + " write-ahead log that the new server keeps for it.";
    }
}
