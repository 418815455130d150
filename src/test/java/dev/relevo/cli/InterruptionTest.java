package dev.relevo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With a process of its own, because it ends by a signal. */
final class InterruptionTest {

    /** Waits for a signal in the middle of its work. */
    static final class Hanging {
        private Hanging() {}

        public static void main(String[] args) throws InterruptedException {
            Interruption interruption = new Interruption();
            interruption.say("nothing is lost; run the same command again");
            interruption.tidyUp(() -> System.out.println("tidied up"));
            interruption.install(Terminal.console(Map.of()));
            System.out.println("working");
            Thread.sleep(10_000);
            System.out.println("nobody interrupted it");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void endsWith130AndOneLineAndTidiesUp(String signal) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Signals.interruptible(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-XX:TieredStopAtLevel=1",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        Hanging.class.getName()))
                        .start();
        try (BufferedReader out = process.inputReader(UTF_8)) {
            assertThat(out.readLine()).isEqualTo("working");
            Signals.send(signal, process);
            assertThat(out.lines().collect(Collectors.joining())).isEqualTo("tidied up");
            assertThat(process.errorReader(UTF_8).lines())
                    .containsExactly(
                            "relevo: interrupted: nothing is lost; run the same command again");
            assertThat(process.waitFor()).isEqualTo(130);
        } finally {
            process.destroyForcibly();
        }
    }
}
