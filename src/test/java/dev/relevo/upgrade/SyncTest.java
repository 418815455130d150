package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.handover.HandoverEvent;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Secret;
import dev.relevo.pg.Session;
import dev.relevo.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What changes beside the rows while an upgrade lasts is there when the clients arrive. */
@TestInstance(Lifecycle.PER_CLASS)
class SyncTest {
    /** 63 bytes of what names may be made of. */
    private static final String HOSTILE = "Ünï \"c\" 'x' %I \\ $$ select; ";

    @ParameterizedTest
    @CsvSource({"11, 16", "14, 18"})
    void whatChangedBesideTheRowsIsThereAfterTheSwitchAndAfterTheRollback(int old, int fresh) {
        try (Ground ground = Ground.prepared(old, fresh)) {
            String role = Quote.ident(HOSTILE);
            Ground.run(
                    ground.server(Side.NEW).superuser("postgres"),
                    "CREATE ROLE theirs LOGIN CONNECTION LIMIT 7 PASSWORD 'before'");
            sql(
                    ground,
                    Side.OLD,
                    """
                    CREATE ROLE svc LOGIN PASSWORD 'first'; CREATE ROLE team; CREATE ROLE gone; CREATE ROLE theirs LOGIN;
                    GRANT team TO svc; CREATE ROLE %1$s LOGIN PASSWORD 'first'
                    """
                            .formatted(role));
            ground.upgrade.start(_ -> {});
            assertThat(ground.upgrade.sync(true, _ -> {}).statements()).isEmpty();
            sql(
                    ground,
                    Side.OLD,
                    """
                    ALTER ROLE svc PASSWORD 'second'; ALTER ROLE svc SET work_mem = '7MB';
                    ALTER ROLE %1$s PASSWORD 'second' CONNECTION LIMIT 3 VALID UNTIL '2100-01-01 03:00+03';
                    COMMENT ON ROLE %1$s IS 'it''s "it"'; ALTER ROLE %1$s SET search_path = public, %1$s, "$user";
                    REVOKE team FROM svc; DROP ROLE gone;
                    CREATE ROLE newsvc LOGIN PASSWORD 'brandnew' IN ROLE team
                    """
                            .formatted(role));
            SyncReport dry = ground.upgrade.sync(true, _ -> {});
            assertThat(dry.statements().toString())
                    .contains("ALTER ROLE \"svc\" PASSWORD '********'")
                    .doesNotContain("SCRAM", "md5");
            assertThat(ground.upgrade.sync(true, _ -> {})).isEqualTo(dry);
            assertThat(canLogIn(ground, Side.NEW, "svc", "second")).isFalse();
            List<HandoverEvent> events = new ArrayList<>();
            ground.upgrade.switchOver(events::add);
            assertThat(said(events))
                    .contains("carried to new: ALTER ROLE \"svc\" PASSWORD '********'");
            assertThat(canLogIn(ground, Side.NEW, "svc", "second")).isTrue();
            assertThat(canLogIn(ground, Side.NEW, "svc", "first")).isFalse();
            assertThat(canLogIn(ground, Side.NEW, HOSTILE, "second")).isTrue();
            assertThat(canLogIn(ground, Side.NEW, "newsvc", "brandnew")).isTrue();
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT pg_has_role('newsvc', 'team', 'USAGE') || ' ' || pg_has_role('svc', 'team', 'USAGE')"))
                    .isEqualTo("true false");
            assertThat(roles(ground, Side.NEW)).doesNotContain("gone").contains("theirs");
            assertThat(settings(ground, Side.NEW)).isEqualTo(settings(ground, Side.OLD));
            assertThat(
                            ground.text(
                                    Side.NEW,
                                    "SELECT rolconnlimit || rolpassword FROM pg_authid WHERE rolname = 'theirs'"))
                    .startsWith("7");

            sql(
                    ground,
                    Side.NEW,
                    "ALTER ROLE svc PASSWORD 'third'; CREATE ROLE late LOGIN PASSWORD 'late'; DROP ROLE newsvc;"
                            + " ALTER ROLE svc RESET work_mem; GRANT team TO svc WITH ADMIN OPTION");
            ground.upgrade.rollback(events::add);
            assertThat(canLogIn(ground, Side.OLD, "svc", "third")).isTrue();
            assertThat(canLogIn(ground, Side.OLD, "late", "late")).isTrue();
            assertThat(settings(ground, Side.OLD)).isEqualTo(settings(ground, Side.NEW));
            assertThat(said(events)).contains("role newsvc was dropped on the new server");
            for (Side side : Side.values()) {
                assertThat(ground.server(side).log()).doesNotContain("SCRAM-SHA", "PASSWORD 'md5");
            }
            assertThat(ground.upgrade.log().toString()).doesNotContain("SCRAM-SHA", "md5");
            ground.upgrade.abort(_ -> {});
            assertThat(roles(ground, Side.NEW)).doesNotContain("svc").contains("theirs", "late");
        }
    }

    private static String said(List<HandoverEvent> events) {
        return events.stream().map(HandoverEvent::note).collect(Collectors.joining("\n"));
    }

    private static void sql(Ground ground, Side side, String statements) {
        Ground.run(ground.superuser(side), statements);
    }

    private static String roles(Ground ground, Side side) {
        return ground.shared(
                side, "SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles");
    }

    private static String settings(Ground ground, Side side) {
        return ground.text(
                side,
                "SELECT string_agg(rolname || s.setconfig::text, ',' ORDER BY rolname::text COLLATE \"C\")"
                        + " FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole"
                        + " WHERE rolname NOT LIKE 'relevo%'");
    }

    private static boolean canLogIn(Ground ground, Side side, String role, String password) {
        try (Session session =
                ground.superuser(side).withUser(role, Secret.of(password)).open("test")) {
            return session.text("SELECT current_user").equals(role);
        } catch (ProblemException | PgException e) {
            return false;
        }
    }
}
