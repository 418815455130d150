package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import dev.relevo.plan.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What plan says of a switch is what the servers are told in one. */
class PlanningTest {
    /** A line of the log and those that belong to it. */
    private static final Pattern LOGGED =
            Pattern.compile(
                    "(?m)^\\d{4}-\\S+ \\S+ \\S+ \\[\\d+] \\S+ relevo [^:]*: LOG: +(?:statement|execute"
                            + " [^:]*): (.*(?:\\n\\t.*)*)");

    /** What changes or locks anything, or ends anybody; but for the lock of the operator. */
    private static final Pattern ACT =
            Pattern.compile(
                    "(ALTER|LOCK|INSERT|UPDATE|DELETE|DROP|SAVEPOINT|COMMIT|ROLLBACK TO|DO|CALL)\\b.*"
                            + "|SELECT .*(relevo\\.(?!schema_stamp|without_fence|fence_is_raised|has_arrived|nonce|saved|state|marks)[a-z_]+"
                            + "|pg_catalog\\.(pg_terminate|pg_drop|pg_create|pg_copy|pg_advisory"
                            + "|pg_logical_emit|pg_replication_origin_advance|setval))\\(.*");

    /** Sessions in which passwords travel do not log; what the journal is told, no plan says. */
    private static final Pattern SECRET =
            Pattern.compile("ALTER ROLE .*|INSERT INTO relevo\\.journal .*");

    @Test
    void theSwitchRunsWhatThePlanSays() {
        theSwitchRunsWhatThePlanSays(14, 16, 1);
    }

    @Test
    void alsoWithSeveralSubscriptions() {
        theSwitchRunsWhatThePlanSays(12, 18, 2);
    }

    private static void theSwitchRunsWhatThePlanSays(
            int oldMajor, int newMajor, int subscriptions) {
        try (Ground ground = Ground.prepared(oldMajor, newMajor, subscriptions)) {
            Ground.run(ground.superuser(Side.OLD), "CREATE SEQUENCE public.numbers");
            ground.upgrade.start(_ -> {});
            if (newMajor >= 14) {
                // Else what a mark sets off could begin before the transaction has committed.
                assertThat(
                                ground.text(
                                        Side.NEW,
                                        "SELECT bool_or(substream::text <> 'f') FROM pg_subscription"))
                        .isEqualTo("f");
            }
            Set<String> planned = planned(ground);
            assertThat(planned).isNotEmpty();
            for (Side side : Side.values()) {
                logAll(ground, side);
            }
            ground.upgrade.switchOver(_ -> {});
            Set<String> run = new TreeSet<>();
            for (Side side : Side.values()) {
                run.addAll(logged(ground, side));
            }
            assertThat(run).isEqualTo(planned);
        }
    }

    private static Set<String> planned(Ground ground) {
        return ground.upgrade.plan().stream()
                .filter(step -> step.command().equals("switch"))
                .flatMap(step -> step.statements().stream())
                .flatMap(PlanningTest::parts)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The driver sends one after the other what stands in one message. */
    private static Stream<String> parts(Statement statement) {
        String text = statement.text();
        return Stream.of(text.startsWith("DO ") ? new String[] {text} : text.split(";"))
                .map(PlanningTest::normal)
                .filter(PlanningTest::isAct)
                .map(part -> statement.where() + ": " + part);
    }

    private static boolean isAct(String text) {
        return ACT.matcher(text).matches() && !SECRET.matcher(text).matches();
    }

    private static void logAll(Ground ground, Side side) {
        try (Session session = ground.server(side).superuser("postgres").open("look")) {
            session.execute("ALTER SYSTEM SET log_statement = 'all'");
            session.text("SELECT pg_reload_conf()");
        }
        Awaitility.await().until(() -> ground.text(side, "SHOW log_statement").equals("all"));
    }

    private static Set<String> logged(Ground ground, Side side) {
        List<String> found = new ArrayList<>();
        Matcher matcher = LOGGED.matcher(ground.server(side).log());
        while (matcher.find()) {
            String text = normal(matcher.group(1));
            if (isAct(text)) {
                found.add(side.label() + ": " + text);
            }
        }
        return new TreeSet<>(found);
    }

    /** Without what is known only when it runs. */
    private static String normal(String statement) {
        return statement
                .replaceAll("(?m)^\\s*--.*$", "")
                .replaceAll("\\s+", " ")
                .strip()
                .replaceAll("ARRAY\\[[^]]*]|:?'[^']*'|\\$\\d+|\\bNULL(?=::)", "?")
                .replaceAll("(pg_catalog\\.\\w+(, )?){10,}", "?")
                .replaceAll("(?<=[ (,=]):[a-z_]+", "?")
                .replaceAll("\\b\\d+\\b", "?");
    }
}
