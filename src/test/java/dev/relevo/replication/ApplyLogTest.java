package dev.relevo.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is read out of a log as a server writes it, whatever its language and its settings. */
final class ApplyLogTest {
    private static final String STDERR =
            """
            ut off) in a message
            2026-11-28 17:40:06.996 UTC [7] LOG:  logical replication apply worker for subscription "relevo_old_2" has started
            2026-11-28 17:40:07.018 UTC [8] LOG:  logical replication apply worker for subscription "relevo_old" has started
            2026-11-28 17:40:07.040 UTC [8] ERROR:  invalid input syntax for type interval: "infinity"
            2026-11-28 17:40:07.040 UTC [9] LOG:  statement: SELECT 'relevo_old'
            2026-11-28 17:40:07.042 UTC [1] LOG:  background worker "logical replication worker" (PID 8) exited with exit code 1
            2026-11-28 17:40:09.046 UTC [11] LOG:  logical replication apply worker for subscription "relevo_old" has started
            2026-11-28 17:40:09.056 UTC [11] ERROR:  invalid input syntax for type interval: "infinity"
            2026-11-28 17:40:09.056 UTC [11] CONTEXT:  processing remote data for replication target relation "public.t" column "i"
            \tand more of it
            2026-11-28 17:40:09.059 UTC [1] LOG:  background worker "logical replication worker" (PID 11) exited with exit code 1
            2026-11-28 17:40:10.000 UTC [12] LOG:  logical replication apply worker for subscription "relevo_old" has started
            2026-11-28 17:40:10.010 UTC [7] FATAL:  of another subscription
            """;

    private static List<LogRecord> lines(String prefix, String tail) {
        return new LogFormat.Lines(LogPrefix.of(prefix).orElseThrow()).read(tail);
    }

    @Test
    void readsTheErrorOfTheLastWorkerThatEndedAndSinceWhen() {
        ApplyError error = ApplyLog.last(lines("%m [%p] ", STDERR), "relevo_old").orElseThrow();
        assertThat(error.message())
                .isEqualTo("invalid input syntax for type interval: \"infinity\"");
        assertThat(error.further())
                .isEqualTo(
                        "processing remote data for replication target relation \"public.t\" column \"i\"\nand more of it");
        assertThat(error.at()).isEqualTo("2026-11-28 17:40:09.056 UTC");
        assertThat(error.since()).isEqualTo("2026-11-28 17:40:07.040 UTC");
        assertThat(error.state()).isEmpty();
        assertThat(error.startedAgain()).isTrue();
    }

    @Test
    void saysNothingOfAWorkerThatHasNotEnded() {
        assertThat(ApplyLog.last(lines("%m [%p] ", STDERR), "relevo_old_2")).isEmpty();
        assertThat(ApplyLog.last(lines("%m [%p] ", STDERR), "relevo_new")).isEmpty();
        assertThat(ApplyLog.last(List.of(), "relevo_old")).isEmpty();
    }

    @Test
    void understandsNoWord() {
        String german =
                """
                2026-11-28 17:40:09 CET [11] LOG:  Apply-Worker für logische Replikation für Subskription »relevo_old« hat gestartet
                2026-11-28 17:40:12 CET [11] FEHLER:  doppelter Schlüsselwert verletzt Unique-Constraint »t_pkey«
                2026-11-28 17:40:12 CET [11] DETAIL:  Schlüssel »(id)=(2)« existiert bereits.
                2026-11-28 17:40:12 CET [1] LOG:  Background-Worker »logical replication worker« (PID 11) beendete mit Status 1
                """;
        ApplyError error = ApplyLog.last(lines("%t [%p] ", german), "relevo_old").orElseThrow();
        assertThat(error.message())
                .isEqualTo("doppelter Schlüsselwert verletzt Unique-Constraint »t_pkey«");
        assertThat(error.further()).isEqualTo("Schlüssel »(id)=(2)« existiert bereits.");
    }

    @Test
    void readsPrefixesOfManyKinds() {
        String[][] prefixes = {
            {"%t:%r:%u@%d:[%p]: ", "2026-11-28 17:40:09 UTC::@:[11]: "},
            {"%m %5p %e %q%u@%d ", "2026-11-28 17:40:09.1 +03    11 22007 "},
            {"[%c] %m ", "[6b0b11fe.b] 2026-11-28 17:40:09.1 UTC "},
            {"%p ", "11 "},
            {"<%b|%p|%l|%n> ", "<logical replication worker|11|3|1764351609.123> "},
        };
        for (String[] prefix : prefixes) {
            String at = prefix[1];
            String tail =
                    at
                            + "LOG:  worker for subscription \"relevo_old\" has started\n"
                            + at
                            + "ERROR:  no\n"
                            + at.replace("[11]", "[1]")
                                    .replace(" 11 22007", "  1 00000")
                                    .replace(".b]", ".1]")
                                    .replace("|11|", "|1|")
                                    .replaceFirst("^11 ", "1 ")
                            + "LOG:  process (PID 11) exited\n";
            assertThat(ApplyLog.last(lines(prefix[0], tail), "relevo_old"))
                    .as(prefix[0])
                    .map(error -> error.message().replaceFirst("^ERROR: +", ""))
                    .contains("no");
        }
        assertThat(LogPrefix.of("%m ")).isEmpty();
        assertThat(LogPrefix.of("")).isEmpty();
        assertThat(LogPrefix.of("%q%p ")).isEmpty();
    }

    @Test
    void readsCsv() {
        String tail =
                """
                a cut line with "quotes
                2026-11-28 17:40:14.415 UTC,,,443,,6b0b11fe.1bb,1,,2026-11-28 17:40:14 UTC,3/16,0,LOG,00000,"logical replication apply worker for subscription ""relevo_old"" has started",,,,,,,,,"","logical replication worker",,0
                2026-11-28 17:40:14.436 UTC,,,443,,6b0b11fe.1bb,2,,2026-11-28 17:40:14 UTC,3/19,0,ERROR,22007,"invalid input: ""inf
                inity\""",,,,,"processing ""public.t"" column ""i\""",,,,"","logical replication worker",,0
                2026-11-28 17:40:14.437 UTC,,,443,,6b0b11fe.1bb,3,,2026-11-28 17:40:14 UTC,3/19,0,LOG,00000,"harmless",,,,,,,,,"","logical replication worker",,0
                2026-11-28 17:40:14.438 UTC,,,427,,6b0b11fb.1ab,9,,2026-11-28 17:40:11 UTC,,0,LOG,00000,"background worker ""logical replication worker"" (PID 443) exited with exit code 1",,,,,,,,,"","postmaster",,0
                """;
        assertThat(ApplyLog.last(new LogFormat.Csv().read(tail), "relevo_old"))
                .contains(
                        new ApplyError(
                                "2026-11-28 17:40:14.436 UTC",
                                "2026-11-28 17:40:14.436 UTC",
                                "22007",
                                "invalid input: \"inf\ninity\"",
                                "processing \"public.t\" column \"i\"",
                                false));
    }

    @Test
    void readsJson() {
        String tail =
                """
                sage":"cut","backend_type":"x"}
                {"timestamp":"a","pid":590,"error_severity":"LOG","message":"worker for subscription \\"relevo_old\\" has started"}
                {"timestamp":"b","pid":590,"error_severity":"ERROR","state_code":"23505","message":"conflict","detail":"Key \\u00e4.\\nKey (id)=(2)","context":"processing"}
                {"timestamp":"c","pid":498,"error_severity":"LOG","message":"worker (PID 590) exited with exit code 1"}
                """;
        assertThat(ApplyLog.last(new LogFormat.Json().read(tail), "relevo_old"))
                .isEqualTo(
                        Optional.of(
                                new ApplyError(
                                        "b",
                                        "b",
                                        "23505",
                                        "conflict",
                                        "Key ä.\nKey (id)=(2)\nprocessing",
                                        false)));
    }
}
