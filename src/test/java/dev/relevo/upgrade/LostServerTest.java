package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.catalog.Side;
import dev.relevo.handover.Limits;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Secret;
import dev.relevo.pg.Session;
import dev.relevo.plan.Event;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.ProblemException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** One server is lost for good: the other one tidies up alone, if it is the one that serves. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LostServerTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String OURS =
            "SELECT count(*) FROM (SELECT slot_name::text FROM pg_replication_slots UNION ALL SELECT subname"
                    + " FROM pg_subscription UNION ALL SELECT pubname FROM pg_publication UNION ALL SELECT"
                    + " rolname FROM pg_roles WHERE rolname LIKE 'relevo%' UNION ALL SELECT tgname FROM"
                    + " pg_trigger WHERE tgname = 'relevo_fence' UNION ALL SELECT nspname FROM pg_namespace"
                    + " WHERE nspname = 'relevo') ours";
    private static final String IDENTITY =
            "SELECT relreplident::text FROM pg_class WHERE oid = 'public.\"no ''key\"'::regclass";

    private Lab lab;
    private Endpoint old;
    private Endpoint fresh;
    private Endpoint third;
    private Set<String> before;

    @BeforeAll
    void follow() {
        lab =
                Lab.start(
                        ServerSpec.of(14).unsafe(),
                        ServerSpec.empty(16).unsafe(),
                        ServerSpec.empty(18).unsafe());
        old = lab.server(0).superuser(LabServer.APPLICATION);
        fresh = lab.server(1).superuser(LabServer.APPLICATION);
        third = lab.server(2).superuser(LabServer.APPLICATION);
        Ground.run(
                old,
                "CREATE TABLE public.t (id int PRIMARY KEY); INSERT INTO public.t VALUES (1);"
                        + " ALTER TABLE public.t OWNER TO "
                        + LabServer.APPLICATION
                        + "; CREATE TABLE public.\"no 'key\" (v text); INSERT INTO public.\"no 'key\" VALUES ('x')");
        before = Traces.of(old, false);
        upgrade(old, fresh, 2).start(_ -> {});
    }

    @AfterAll
    void stop() {
        lab.close();
    }

    private static Settings settings(Endpoint old, Endpoint fresh, int subscriptions) {
        return new Settings(
                old,
                fresh,
                Optional.empty(),
                Optional.empty(),
                new Limits(
                        Duration.ofSeconds(5),
                        false,
                        Duration.ofSeconds(10),
                        Duration.ofMillis(50)),
                2,
                subscriptions);
    }

    private static Upgrade upgrade(Endpoint old, Endpoint fresh, int subscriptions) {
        return new Upgrade(settings(old, fresh, subscriptions), "test");
    }

    private static Upgrade upgrade(Endpoint old, Endpoint fresh) {
        return upgrade(old, fresh, Settings.AUTOMATIC);
    }

    private static void refused(String code, ThrowingCallable command) {
        assertThatThrownBy(command)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> {
                            assertThat(e.problem().status()).isEqualTo(ExitStatus.STATE);
                            assertThat(e.problem().code()).isEqualTo(code);
                            assertThat(e.problem().hint()).isNotEmpty();
                        });
    }

    private static String text(Endpoint endpoint, String sql) {
        try (Session session = endpoint.open("look")) {
            return session.text(sql);
        }
    }

    /** As a client does. */
    private void writes(LabServer server, int id) {
        Ground.run(server.application(), "INSERT INTO public.t VALUES (" + id + ")");
    }

    private static Endpoint at(Endpoint endpoint, String host, int port) {
        return new Endpoint(
                host,
                port,
                endpoint.database(),
                endpoint.user(),
                endpoint.password(),
                Map.of("connect_timeout", "2"));
    }

    @Test
    @Order(1)
    void nothingIsRemovedWhileTheOtherServerAnswersOrWhenItIsTheOneThatServes() {
        Set<String> onOld = Traces.of(old, false);
        Set<String> onNew = Traces.of(fresh, false);
        refused("not-gone", () -> upgrade(old, fresh).removeWithout(Side.NEW, _ -> {}));
        refused(
                "not-gone",
                () -> upgrade(old, Settings.NOT_GIVEN).removeWithout(Side.NEW, _ -> {}));
        refused("not-gone", () -> upgrade(old, fresh).destroyedWithout(Side.NEW));
        // The same server by another database, or without the right to look into this one.
        refused(
                "not-gone",
                () ->
                        upgrade(old, fresh.withDatabase("postgres"))
                                .removeWithout(Side.NEW, _ -> {}));
        refused(
                "not-gone",
                () ->
                        upgrade(old, fresh.withUser(fresh.user(), Secret.of("wrong")))
                                .removeWithout(Side.NEW, _ -> {}));
        refused("wrong-side", () -> upgrade(old, fresh).removeWithout(Side.OLD, _ -> {}));
        refused(
                "wrong-side",
                () -> upgrade(Settings.NOT_GIVEN, fresh).removeWithout(Side.OLD, _ -> {}));
        refused("servers-exchanged", () -> upgrade(fresh, old).removeWithout(Side.NEW, _ -> {}));
        assertThat(Traces.of(old, false)).isEqualTo(onOld);
        assertThat(Traces.of(fresh, false)).isEqualTo(onNew);
    }

    @Test
    @Order(2)
    void whereverTheLostServersAddressLeads() throws IOException {
        lab.server(1).stop(LabServer.StopMode.IMMEDIATE);
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            for (Endpoint nobody :
                    List.of(
                            fresh,
                            Settings.NOT_GIVEN,
                            third,
                            at(fresh, "no-such-host.invalid", 5432),
                            at(fresh, "127.0.0.1", silent.getLocalPort()))) {
                assertThat(upgrade(old, nobody).destroyedWithout(Side.NEW))
                        .as(nobody.display())
                        .anyMatch(line -> line.contains("copy"))
                        .anyMatch(line -> line.contains("frees"));
            }
        }
        refused(
                "not-gone",
                () ->
                        upgrade(old, third.withUser(third.user(), Secret.of("wrong")))
                                .destroyedWithout(Side.NEW));
    }

    @Test
    @Order(3)
    void theOldServerTidiesUpAloneAlsoWhenThatIsKilledMidwayAndAHandoverHadDiedBefore() {
        // What a handover leaves that died together with its watchdog.
        Ground.run(old, "ALTER DATABASE pgbench SET default_transaction_read_only = on");
        for (String step : List.of("subscriptions-and-slots-old", "publication-old", "fence-old")) {
            try (Coordinator coordinator = Coordinator.dyingAt("abort/" + step + "/undone")) {
                coordinator.give("abort--new-is-gone", settings(old, fresh, 2));
                int status = coordinator.await(PATIENCE);
                assertThat(status).as(() -> coordinator.said()).isEqualTo(Coordinator.KILLED);
            }
            assertThat(text(old, "SELECT count(*) FROM pg_replication_slots")).isEqualTo("0");
            Ground.await(
                    PATIENCE,
                    "nobody at work",
                    () -> upgrade(old, fresh).status().operator().isEmpty());
        }
        List<String> notes = new ArrayList<>();
        upgrade(old, Settings.NOT_GIVEN).removeWithout(Side.NEW, note -> noted(note, notes));
        assertThat(notes).isEmpty();
        assertThat(Traces.of(old, false)).isEqualTo(before);
        writes(lab.server(0), 2);
        upgrade(old, fresh).removeWithout(Side.NEW, note -> noted(note, notes));
        assertThat(notes).anyMatch(note -> note.contains("nothing of Relevo's"));
    }

    private static void noted(Event event, List<String> notes) {
        if (event instanceof Event.Noted(String note)) {
            notes.add(note);
        }
    }

    @Test
    @Order(4)
    void anotherServerTakesItsPlaceAndTidiesUpAloneWhenTheOldOneIsLost() {
        upgrade(old, third).start(_ -> {});
        upgrade(old, third).switchOver(_ -> {});
        refused("not-gone", () -> upgrade(old, third).removeWithout(Side.OLD, _ -> {}));
        refused("wrong-side", () -> upgrade(old, third).removeWithout(Side.NEW, _ -> {}));
        lab.server(0).stop(LabServer.StopMode.IMMEDIATE);
        assertThat(text(third, IDENTITY)).isNotEqualTo("d");
        try (Coordinator coordinator = Coordinator.dyingAt("finish/publication-new/undone")) {
            coordinator.give("finish--old-is-gone", settings(old, third, 1));
            int status = coordinator.await(PATIENCE);
            assertThat(status).as(() -> coordinator.said()).isEqualTo(Coordinator.KILLED);
        }
        upgrade(Settings.NOT_GIVEN, third).removeWithout(Side.OLD, _ -> {});
        assertThat(text(third, OURS)).isEqualTo("0");
        assertThat(text(third, IDENTITY)).isEqualTo("d");
        writes(lab.server(2), 3);
        upgrade(old, third).removeWithout(Side.OLD, _ -> {});
    }

    /** Both were fenced or closed when the one that served was lost. */
    @Test
    @Order(5)
    void theSideThatDidNotServeIsOpenedByTheStatementsOfTheGuide() {
        String open = Documented.sql("guide.md", "open");
        // The old server comes back, and the one it was switched to is said to be lost.
        lab.server(0).start();
        refused(
                "wrong-side",
                () -> upgrade(old, Settings.NOT_GIVEN).removeWithout(Side.NEW, _ -> {}));
        Documented.run(old, open);
        writes(lab.server(0), 4);
        upgrade(old, Settings.NOT_GIVEN).removeWithout(Side.NEW, _ -> {});
        assertThat(Traces.of(old, false)).isEqualTo(before);
        // The first new server never served; the old one is said to be lost.
        lab.server(1).start();
        refused(
                "wrong-side",
                () -> upgrade(Settings.NOT_GIVEN, fresh).removeWithout(Side.OLD, _ -> {}));
        Documented.run(fresh, open);
        writes(lab.server(1), 4);
        upgrade(Settings.NOT_GIVEN, fresh).removeWithout(Side.OLD, _ -> {});
        assertThat(text(fresh, OURS)).isEqualTo("0");
        assertThat(text(fresh, IDENTITY)).isEqualTo("d");
        writes(lab.server(1), 5);
    }
}
