package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.cli.Main;
import dev.relevo.lab.Kill;
import dev.relevo.lab.KillBench;
import dev.relevo.lab.Struck;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code bin/bench kills} does, on few rows that are held back to be killed in between. */
class CopyKillsTest {
    /** The copy that begins anew is the third kill, so that there is something to lose. */
    private static final long SEED = Long.getLong("relevo.test.seed", 20_251_142);

    @Test
    void killedOnceByEveryKindItEndsEqualAndTellsTheTimeLost() {
        kill(14, 16, Kill.values().length, "3MB");
    }

    @Test
    void killedTwiceByEveryKindItEndsEqualFrom11To18() {
        kill(11, 18, Integer.getInteger("relevo.test.random", 2 * Kill.values().length), "3MB");
    }

    private static void kill(int oldMajor, int newMajor, int kills, String rate) {
        List<String> told = new ArrayList<>();
        KillBench.Options options =
                new KillBench.Options(
                        Main.class,
                        oldMajor,
                        newMajor,
                        1,
                        2,
                        kills,
                        SEED,
                        List.of("--max-rate", rate),
                        false);
        try (KillBench bench = new KillBench(options, told::add)) {
            KillBench.Report report;
            try {
                report = bench.run();
            } catch (ProblemException e) {
                throw new AssertionError(told + "\n" + e.problem().detail(), e);
            }
            String story = String.join("\n", told);
            assertThat(report.differences()).as(story).isEmpty();
            assertThat(report.struck()).as(story).hasSize(kills);
            assertThat(report.struck().stream().map(Struck::kill).distinct())
                    .as(story)
                    .containsExactlyInAnyOrderElementsOf(
                            Arrays.stream(Kill.values()).limit(kills).toList());
            assertThat(report.killed()).as(story).isGreaterThan(report.undisturbed());
            for (Struck one : report.struck()) {
                assertThat(one.back()).as(story).isPositive().isLessThan(Duration.ofMinutes(1));
            }
        }
    }
}
