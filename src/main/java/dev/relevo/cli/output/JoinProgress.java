package dev.relevo.cli.output;

import dev.relevo.copy.Standing;
import java.time.InstantSource;
import java.util.function.Consumer;

/** How far the copy is that this process helps with, in one line. */
public final class JoinProgress implements Consumer<Standing> {
    private final StatusLine line;

    public JoinProgress(Console console, boolean quiet, InstantSource clock) {
        this.line = new StatusLine(console, quiet, clock);
    }

    @Override
    public synchronized void accept(Standing at) {
        line.update(
                "copy: %s; %d of %d tables; %d of %d indexes; %s"
                        .formatted(
                                CopyText.amount(at),
                                at.tablesDone(),
                                at.tables(),
                                at.indexesDone(),
                                at.indexes(),
                                Texts.plural(at.workers(), "worker")));
    }

    /** Leaves the terminal with a fresh line. */
    public synchronized void clear() {
        line.clear();
    }
}
