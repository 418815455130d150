package dev.relevo.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.handover.HandoverEvent;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class RenderingTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Instant now = Instant.EPOCH;

    private Console console(boolean terminal) {
        PrintStream stream = new PrintStream(err, true, UTF_8);
        return new Console(stream, stream, terminal, false, false, null);
    }

    @Test
    void foretellsFromRecentSpeedOnly() {
        Eta eta = new Eta();
        assertThat(eta.sample(1_000, 2_000, Duration.ZERO)).isEmpty();
        assertThat(eta.sample(1_100, 2_000, Duration.ofSeconds(1))).isEmpty();
        assertThat(eta.sample(1_200, 2_000, Duration.ofSeconds(2))).contains(Duration.ofSeconds(8));
        for (int second = 3; second <= 60; second++) {
            eta.sample(1_200 + second, 2_000, Duration.ofSeconds(second));
        }
        assertThat(eta.sample(1_261, 2_000, Duration.ofSeconds(61)).orElseThrow())
                .isBetween(Duration.ofSeconds(700), Duration.ofSeconds(740));
        assertThat(eta.sample(5, 50, Duration.ofSeconds(62))).isEmpty();
    }

    @Test
    void writesALineEveryFewSecondsWhereThereIsNoTerminal() {
        StatusLine line = new StatusLine(console(false), false, () -> now);
        line.begin("begin");
        for (int i = 1; i <= 11; i++) {
            now = now.plusSeconds(1);
            line.update("at " + i);
        }
        line.settle("end");
        assertThat(err.toString(UTF_8)).isEqualTo("at 5\nat 10\nend\n");
    }

    @Test
    void writesOverItsLineOnATerminal() {
        StatusLine line = new StatusLine(console(true), false, () -> now);
        line.begin("begin");
        now = now.plusSeconds(1);
        line.update("middle");
        line.settle("end");
        line.clear();
        assertThat(err.toString(UTF_8)).isEqualTo("\r\u001b[Kbegin\r\u001b[Kmiddle\r\u001b[Kend\n");
    }

    @Test
    void timesAHandoversStepsByWhenTheyHappened() {
        HandoverProgress progress = new HandoverProgress(console(false), false, () -> now);
        progress.accept(stamped("gate", 0));
        progress.accept(stamped("drain", 20));
        progress.end(Instant.ofEpochMilli(91));
        assertThat(err.toString(UTF_8).lines().map(l -> l.strip().replaceAll(" +", " ")))
                .containsExactly("gate 20 ms", "drain 71 ms");
    }

    private static HandoverProgress.Stamped stamped(String step, long at) {
        return new HandoverProgress.Stamped(new HandoverEvent(step, ""), Instant.ofEpochMilli(at));
    }

    @Test
    void aStuckTerminalDoesNotHoldUpTheWork() {
        CountDownLatch stuck = new CountDownLatch(1);
        Background<String> background =
                new Background<>(text -> {
                    try {
                        stuck.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        background.accept("one");
        background.accept("two");
        stuck.countDown();
        background.close();
    }

    @Test
    void barsFollowOneAnotherAndAreNeverInvisible() {
        assertThat(HandoverText.bar(0, 50, 100)).isEqualTo("█".repeat(20));
        assertThat(HandoverText.bar(50, 25, 100)).isEqualTo(" ".repeat(20) + "█".repeat(10));
        assertThat(HandoverText.bar(100, 0, 100)).isEqualTo(" ".repeat(39) + "▏");
        assertThat(HandoverText.bar(0, 0, 0)).isEmpty();
    }

    @Test
    void countsAsPostgresqlDoes() {
        assertThat(Texts.bytes(812)).isEqualTo("812 bytes");
        assertThat(Texts.bytes(12_345)).isEqualTo("12 kB");
        assertThat(Texts.bytes(3_650_722_202L)).isEqualTo("3.4 GB");
        assertThat(Texts.plural(1, "client")).isEqualTo("1 client");
        assertThat(Texts.oneLine(" a\n  b ", 10)).isEqualTo("a b");
    }
}
