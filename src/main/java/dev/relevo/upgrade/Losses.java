package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.ledger.Found;
import dev.relevo.pg.Session;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code abort} and {@code finish} take away for good, in words; changes nothing. */
final class Losses {
    private static final String SIZE =
            "SELECT pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(pg_catalog.current_database()))";

    private final Settings settings;
    private final Pair pair;

    Losses(Settings settings, Pair pair) {
        this.settings = settings;
        this.pair = pair;
    }

    List<String> of(boolean finish) {
        return finish ? ofFinish() : ofAbort();
    }

    private List<String> ofAbort() {
        List<String> lines = new ArrayList<>();
        if (pair.ours().isEmpty()) {
            return lines;
        }
        String fresh = settings.newServer().display();
        pair.fresh()
                .openIfThere("abort")
                .ifPresent(session -> {
                    try (session) {
                        lines.add(
                                (isOurs() ? "drops the database: " : "empties the database: ")
                                        + "the copy at %s, %s, begun %s"
                                                .formatted(fresh, session.text(SIZE), begun()));
                    }
                });
        lines.add("stops the new server from following; switch is not possible any more");
        return lines;
    }

    private List<String> ofFinish() {
        List<String> lines = new ArrayList<>();
        if (pair.state(Side.NEW).isPresent()) {
            lines.add(
                    "removes the way back: what is written from now on does not reach %s any more,"
                                    .formatted(settings.oldServer().display())
                            + " and rollback is not possible any more");
        }
        return lines;
    }

    private boolean isOurs() {
        try (Session old = pair.old().open("abort")) {
            return new Facts(old).get(Fact.DATABASE).isPresent();
        }
    }

    private String begun() {
        Optional<Instant> begun = pair.ours().map(Found.Ours::begun);
        return begun.map(at -> at.truncatedTo(ChronoUnit.SECONDS).toString())
                .orElse("unknown when");
    }
}
