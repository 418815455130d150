package dev.relevo.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.Fingerprint;
import dev.relevo.catalog.Table;
import dev.relevo.pg.Session;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All steps in their order: applied, applied twice, undone, and applied again. */
class StepsTest {
    @ParameterizedTest
    @CsvSource({"14, 16", "11, 18"})
    void carriesANastyDatabaseThereAndBackAndThereAgain(int oldMajor, int newMajor) {
        try (Pair pair = new Pair(oldMajor, newMajor)) {
            List<String> notes = new ArrayList<>();
            String identities = identities(pair);
            String before = cluster(pair);
            List<Step> steps = steps(pair, notes);
            there(pair, steps);
            assertThat(notes).isEmpty();
            equal(pair);
            pair.onNew("CREATE PUBLICATION theirs FOR TABLES IN SCHEMA public");
            back(steps);
            assertThat(identities(pair)).isEqualTo(identities);
            assertThat(cluster(pair)).isEqualTo(before);
            assertThat(pair.oldText("SELECT count(*) FROM relevo.fact")).isEqualTo("0");
            assertThat(notes).isEmpty();
            there(pair, steps);
            equal(pair);
        }
    }

    static List<Step> steps(Pair pair, List<String> notes) {
        List<Table> tables;
        try (Session session = pair.old.open("test")) {
            tables = Catalog.read(session).fenced();
        }
        return List.of(
                new CarryRoles(pair.old, pair.fresh, notes::add),
                new CreateDatabase(pair.old, pair.fresh, pair.identity),
                new CarryDatabaseSettings(pair.old, pair.fresh, notes::add),
                new SetReplicaIdentities(pair.old),
                new CarrySchema(pair.old, pair.fresh),
                new CarryAfterData(pair.old, pair.fresh, () -> {}),
                new RefreshAndAnalyze(pair.old, pair.fresh, 2, Set.of()),
                FenceTriggers.onOld(pair.old, tables.stream().map(Table::name).toList()),
                FenceTriggers.onNew(pair.fresh, tables.stream().map(Table::name).toList()));
    }

    private static void there(Pair pair, List<Step> steps) {
        for (Step step : steps) {
            assertThat(Pair.isDone(step)).as(step.id()).isFalse();
            assertThat(step.statements()).as(step.id()).isNotEmpty();
            assertThat(step.statements().stream().map(Statement::text).toList())
                    .noneMatch(text -> text.contains("SCRAM-SHA-256"));
            Pair.apply(step);
            if (step.id().equals("database")) {
                pair.bookkeeping();
            }
            Pair.apply(step);
        }
    }

    private static void back(List<Step> steps) {
        for (Step step : steps.reversed()) {
            if (step instanceof CarryAfterData) {
                continue; // goes with the schema
            }
            assertThat(step.reversal()).as(step.id()).isInstanceOf(Reversal.Undo.class);
            Pair.undo(step);
            assertThat(Pair.isDone(step)).as(step.id()).isFalse();
            assertThat(step.reversal()).as(step.id()).isInstanceOf(Reversal.Nothing.class);
        }
    }

    private static void equal(Pair pair) {
        try (Session a = pair.old.open("test");
                Session b = pair.fresh.open("test")) {
            Fingerprint old = Fingerprint.read(a);
            Fingerprint fresh = Fingerprint.read(b);
            assertThat(Fingerprint.difference(old, fresh)).isEmpty();
            assertThat(fresh.hash()).isEqualTo(old.hash());
            assertThat(Roles.read(b).settings()).isEqualTo(Roles.read(a).settings());
            Map<String, Roles.Role> roles = new TreeMap<>(Roles.read(a).roles());
            roles.remove("postgres");
            assertThat(Roles.read(b).roles()).containsAllEntriesOf(roles);
            assertThat(memberships(b)).isEqualTo(memberships(a));
        }
        assertThat(pair.newText(IDENTITIES)).isEqualTo(pair.oldText(IDENTITIES));
        assertThat(pair.newText("SELECT n FROM public.mv_a")).isEqualTo("0");
    }

    private static final String IDENTITIES =
            "SELECT string_agg(c.oid::regclass::text || c.relreplident::text, ' ' ORDER BY c.relname)"
                    + " FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                    + " WHERE relkind = 'r' AND nspname IN ('public', 'we ird')";

    private static String identities(Pair pair) {
        return pair.oldText(IDENTITIES);
    }

    private static String cluster(Pair pair) {
        return Pair.text(
                pair.fresh.withDatabase("postgres"),
                "SELECT (SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles)"
                        + " || (SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database)"
                        + " || (SELECT count(*) FROM pg_db_role_setting)");
    }

    private static List<String> memberships(Session session) {
        return Roles.read(session).members().stream()
                .map(m -> m.member() + " in " + m.role())
                .toList();
    }
}
