package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.plan.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code --max-rate}: two workers together are no faster. */
class CopyRateTest {
    private static final long RATE = 4 << 20;

    @Test
    void rowsTakeAtLeastTheTimeTheyAreGiven() {
        try (Ground ground = Ground.prepared(14, 16)) {
            long bytes =
                    Long.parseLong(
                            ground.text(
                                    Side.OLD,
                                    "SELECT sum(octet_length(filler) + 12) FROM public.pgbench_accounts"));
            List<Duration> took = new ArrayList<>();
            new Upgrade(ground.settings.withMaxRate(RATE), "test")
                    .start(event -> {
                        if (event instanceof Event.Finished done
                                && done.step().id().equals("copy")) {
                            took.add(done.took());
                        }
                    });
            assertThat(took).hasSize(1);
            assertThat(took.getFirst()).isGreaterThan(Duration.ofMillis(bytes * 1000 / RATE));
            assertThat(ground.text(Side.NEW, "SELECT count(*) FROM public.pgbench_accounts"))
                    .isEqualTo("100000");
        }
    }
}
