package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.check.Finding;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Settings that would open both servers, or lead to a wait without an end: each is refused by name
 * with the statement that takes it away, by check and right before each handover.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusedSettingsTest {
    private static final Pattern STATEMENT =
            Pattern.compile("(?s)Run (.*;) on the (old|new) server[.,].*");

    private Ground ground;

    @BeforeAll
    void start() {
        ground = Ground.prepared(14, 16);
        ground.upgrade.start(_ -> {});
        for (Side side : Side.values()) {
            Ground.run(
                    ground.superuser(side),
                    "DROP ROLE IF EXISTS \"we\"\"ird\"; CREATE ROLE \"we\"\"ird\" LOGIN");
        }
    }

    @AfterAll
    void stop() {
        ground.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "OLD|replication-role|ALTER DATABASE pgbench SET session_replication_role = 'replica'",
                "NEW|replication-role|ALTER DATABASE pgbench SET session_replication_role = 'local'",
                "OLD|replication-role|ALTER ROLE pgbench SET session_replication_role = 'replica'",
                "OLD|replication-role|ALTER ROLE \"we\"\"ird\" IN DATABASE pgbench SET session_replication_role = REPLICA",
                "NEW|replication-role|ALTER ROLE ALL SET session_replication_role = 'replica'",
                "OLD|replication-role|ALTER ROLE ALL IN DATABASE pgbench SET session_replication_role = 'replica'",
                "OLD|replication-role|ALTER SYSTEM SET session_replication_role = 'replica'",
                "NEW|replication-role|ALTER SYSTEM SET session_replication_role = 'replica'",
                "NEW|replication-role|GRANT SET ON PARAMETER session_replication_role TO \"we\"\"ird\" WITH GRANT OPTION",
                "NEW|replication-role|GRANT ALTER SYSTEM ON PARAMETER Session_Replication_Role TO PUBLIC",
                "OLD|output-plugins|ALTER SYSTEM SET output_plugin_libraries = 'wal2json'",
                "NEW|output-plugins|ALTER SYSTEM SET output_plugin_libraries = 'wal2json', 'test_decoding'",
                "NEW|output-plugins|ALTER DATABASE pgbench SET output_plugin_libraries = 'pgoutput, x'",
                "OLD|output-plugins|ALTER ROLE postgres SET output_plugin_libraries = ''",
                "OLD|read-only-settings|ALTER SYSTEM SET default_transaction_read_only = yes",
                "NEW|read-only-settings|ALTER SYSTEM SET default_transaction_read_only = on",
                "NEW|read-only-settings|ALTER ROLE \"we\"\"ird\" SET default_transaction_read_only = off",
                "OLD|synchronous-standbys|ALTER SYSTEM SET synchronous_standby_names = '*'",
                "NEW|synchronous-standbys|ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (\"*\")'",
                "OLD|synchronous-standbys|ALTER SYSTEM SET synchronous_standby_names = 'first 1 (Relevo_New)'",
                "NEW|synchronous-standbys|ALTER SYSTEM SET synchronous_standby_names = 'nobody, \"no body\"'",
            })
    void isRefusedByNameUntilThePrintedStatementIsRun(Side side, String id, String hostile) {
        assertThat(errors()).isEmpty();
        // Nothing of ours waits for a standby that is not there, nor does this session.
        try (Session session = ground.superuser(side).open("test")) {
            session.set("synchronous_commit", "off");
            session.execute(hostile);
            session.execute("SELECT pg_reload_conf()");
        }
        Ground.await(Duration.ofSeconds(10), hostile, () -> !errors().isEmpty());
        assertThat(errors()).extracting(Finding::id).containsOnly(id);
        assertThatThrownBy(() -> ground.handOver(Side.OLD))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> {
                            assertThat(e.problem().status()).isEqualTo(ExitStatus.CHECK);
                            assertThat(statement(e.problem().hint())).isNotEmpty();
                        });
        List<Finding> found = errors();
        for (Finding finding : found) {
            run(finding.hint());
        }
        Ground.await(Duration.ofSeconds(10), "no findings any more", () -> errors().isEmpty());
        ground.awaitServing(Side.OLD, Duration.ofSeconds(10));
    }

    @Test
    void handsOverOnceNothingIsRefused() {
        ground.handOver(Side.OLD);
        ground.handOver(Side.NEW);
        ground.requireTidy(Side.OLD);
    }

    private List<Finding> errors() {
        return ground.upgrade.check().stream()
                .filter(finding -> finding.severity() == Finding.Severity.ERROR)
                .toList();
    }

    private static String statement(String hint) {
        Matcher matcher = STATEMENT.matcher(hint.replace("Start the standby, or run", "Run"));
        assertThat(matcher.matches()).as(hint).isTrue();
        return matcher.group(1);
    }

    /** Types the statement of a hint into the server it names, one after the other as psql does. */
    private void run(String hint) {
        String statement = statement(hint);
        Matcher matcher = STATEMENT.matcher(hint.replace("Start the standby, or run", "Run"));
        assertThat(matcher.matches()).isTrue();
        Side side = matcher.group(2).equals("old") ? Side.OLD : Side.NEW;
        try (Session session = ground.superuser(side).open("test")) {
            session.set("synchronous_commit", "off");
            for (String each : statement.split(";", -1)) {
                if (!each.isBlank()) {
                    session.execute(each);
                }
            }
        }
    }
}
