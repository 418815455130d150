package dev.relevo.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Twenty rounds of {@code bin/torture}, always the same ones. */
class TortureTest {
    private static final String FAULTS =
            "kill-at-step,crash-to,terminate-replication,cut-relevo-to,none,"
                    + "kill-relevo,freeze-walsender,freeze-apply,cut-servers,slow-clients,"
                    + "stop-relevo,crash-from,silent-relevo-both,autovacuum,second-operator,"
                    + "ddl,terminate-to,wrong-server,half-open-relevo-from,late-table";

    @Test
    void twentyRoundsOfFaultsBreakNoPromise() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int status =
                Torture.run(
                        new PrintStream(said, true, StandardCharsets.UTF_8),
                        "--seed=1",
                        "--rounds=20",
                        "--faults=" + FAULTS,
                        "--clients=pgbench,psycopg,pool,connect,hostile,draws,long,reads");
        String lines = said.toString(StandardCharsets.UTF_8);
        assertThat(status).as(lines).isZero();
        assertThat(lines.lines()).hasSize(21);
    }
}
