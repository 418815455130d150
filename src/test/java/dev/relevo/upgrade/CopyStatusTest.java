package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.copy.Standing;
import dev.relevo.plan.Event;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What anybody can see of a copy while others work at it. */
class CopyStatusTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Test
    void everybodySeesHowFarTheCopyIs() throws Exception {
        everybodySeesHowFarTheCopyIs(14, 16);
    }

    /** Where the new server tells less of its work. */
    @Test
    void alsoOnOlderServers() throws Exception {
        everybodySeesHowFarTheCopyIs(11, 12);
    }

    private static void everybodySeesHowFarTheCopyIs(int oldMajor, int newMajor) throws Exception {
        try (Ground ground = Ground.prepared(oldMajor, newMajor);
                Upgrade elsewhere = new Upgrade(ground.settings, "somebody else");
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Ground.run(ground.superuser(Side.OLD), "ANALYZE");
            assertThat(elsewhere.status().copy()).isEmpty();
            Queue<String> told = new ConcurrentLinkedQueue<>();
            Future<?> start;
            try (Held held = Held.index(ground)) {
                assertThat(held).isNotNull();
                start =
                        executor.submit(() ->
                                ground.upgrade.start(event -> {
                                    if (event instanceof Event.Moved moved
                                            && moved.step().id().equals("copy")) {
                                        told.add(moved.what());
                                    }
                                }));
                Ground.await(
                        PATIENCE, "only one index left", () -> start.isDone() || isHeld(elsewhere));
                Status.Copy copy = elsewhere.status().copy().orElseThrow();
                Standing at = copy.standing();
                assertThat(at.bytesDone()).isEqualTo(at.bytes()).isPositive();
                assertThat(at.bytesPerSecond()).isPositive();
                assertThat(at.rowsDone()).isEqualTo(100_011 + Held.ROWS);
                assertThat(at.indexesDone()).isEqualTo(at.indexes() - 1);
                assertThat(at.workers()).isEqualTo(2);
                assertThat(at.building())
                        .singleElement()
                        .satisfies(index -> {
                            assertThat(index.table()).isEqualTo("public.held");
                            assertThat(index.statement()).contains("held_waits");
                            assertThat(index.phase()).startsWith("building index");
                        });
                assertThat(copy.lost()).isFalse();
                assertThat(copy.retainedBytes()).isPositive();
                Ground.await(
                        PATIENCE,
                        "progress of start",
                        () -> told.stream().anyMatch(what -> what.contains("one of public.held")));
            }
            start.get();
            assertThat(elsewhere.status().copy()).isEmpty();
            assertThat(ground.text(Side.NEW, "SELECT sum(rows) FROM relevo.copy_task"))
                    .isEqualTo(Integer.toString(100_011 + Held.ROWS));
        }
    }

    private static boolean isHeld(Upgrade elsewhere) {
        return elsewhere
                .status()
                .copy()
                .map(Status.Copy::standing)
                .filter(at -> at.tablesDone() == at.tables() && !at.building().isEmpty())
                .filter(at -> at.indexesDone() == at.indexes() - 1)
                .isPresent();
    }
}
