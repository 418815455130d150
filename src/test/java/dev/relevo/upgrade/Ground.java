package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.handover.Limits;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.Load;
import dev.relevo.lab.LoadKind;
import dev.relevo.lab.LoadReport;
import dev.relevo.lab.LoadSettings;
import dev.relevo.lab.PgbenchTables;
import dev.relevo.lab.ServerSpec;
import dev.relevo.lab.Tally;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/** Two servers and an upgrade between them. */
final class Ground implements AutoCloseable {
    private static final Limits QUICK =
            new Limits(Duration.ofSeconds(5), false, Duration.ofSeconds(10), Duration.ofMillis(50));

    private static final String READ_ONLY =
            "SELECT count(*) FROM pg_db_role_setting WHERE setrole = 0"
                    + " AND 'default_transaction_read_only=on' = ANY (setconfig)";

    private static final String HAS_SEQUENCES =
            "SELECT count(*) > 0 FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace";

    final Lab lab;
    final Settings settings;
    final Upgrade upgrade;

    Ground(int oldMajor, int newMajor, Limits limits) {
        this(oldMajor, newMajor, limits, 1);
    }

    private Ground(int oldMajor, int newMajor, Limits limits, int subscriptions) {
        this(
                ServerSpec.of(oldMajor).unsafe(),
                ServerSpec.empty(newMajor).unsafe(),
                limits,
                subscriptions);
    }

    private Ground(ServerSpec old, ServerSpec fresh, Limits limits, int subscriptions) {
        lab = Lab.start(old, fresh);
        PgbenchTables.create(lab, lab.server(0).application(), 1);
        run(
                lab.server(0).application(),
                "CREATE TABLE public.probe (side text, n integer, PRIMARY KEY (side, n))");
        settings =
                new Settings(
                        superuser(Side.OLD),
                        superuser(Side.NEW),
                        Optional.empty(),
                        Optional.empty(),
                        limits,
                        2,
                        subscriptions);
        upgrade = new Upgrade(settings, "test");
    }

    /** With time limits that suit a test of 14 to 16. */
    static Ground prepared(int oldMajor, int newMajor) {
        return new Ground(oldMajor, newMajor, QUICK);
    }

    /** The same on servers that have more set. */
    static Ground prepared(ServerSpec old, ServerSpec fresh) {
        return new Ground(old, fresh, QUICK, 1);
    }

    /** The same, with several subscriptions in each direction. */
    static Ground prepared(int oldMajor, int newMajor, int subscriptions) {
        return new Ground(oldMajor, newMajor, QUICK, subscriptions);
    }

    /** The same pair with other settings. */
    Settings with(Limits limits, int subscriptions) {
        return new Settings(
                settings.oldServer(),
                settings.newServer(),
                Optional.empty(),
                Optional.empty(),
                limits,
                settings.jobs(),
                subscriptions);
    }

    LabServer server(Side side) {
        return lab.server(side == Side.OLD ? 0 : 1);
    }

    Endpoint superuser(Side side) {
        return server(side).superuser(LabServer.APPLICATION);
    }

    PlainClient client(Side side) {
        return new PlainClient(server(side).application());
    }

    String text(Side side, String sql) {
        try (Session session = superuser(side).open("look")) {
            return session.text(sql);
        }
    }

    static void run(Endpoint endpoint, String sql) {
        try (Session session = endpoint.open("test")) {
            session.execute(sql);
        }
    }

    Load load(int clients) {
        return Load.start(
                LoadKind.JDBC,
                lab,
                LoadSettings.of(
                                List.of(
                                        server(Side.OLD).application(),
                                        server(Side.NEW).application()))
                        .with(clients, 1)
                        .thinking(Duration.ofMillis(20)));
    }

    /** A change away from a side. */
    static String command(Side from) {
        return from == Side.OLD ? "switch" : "rollback";
    }

    /** The same, in this process. */
    dev.relevo.handover.HandoverReport handOver(Side from) {
        return from == Side.OLD ? upgrade.switchOver(_ -> {}) : upgrade.rollback(_ -> {});
    }

    /** Waits until a client may write on one side and on no other, and no operator is at work. */
    void awaitServing(Side side, Duration patience) {
        long begun = System.nanoTime();
        List<String> answers = new ArrayList<>();
        while (true) {
            long asked = System.nanoTime();
            String here = client(side).write();
            String there = client(side.other()).write();
            if (here.isEmpty() && PlainClient.isRefusal(there)) {
                return;
            }
            answers.add("%d ms: '%s' and '%s'".formatted((asked - begun) / 1_000_000, here, there));
            // A question that was asked in time counts, however long the client took over it.
            if (asked - begun > patience.toNanos()) {
                throw new AssertionError(
                        "%s does not serve alone after %s; SQLSTATEs there and on the other side: %s"
                                .formatted(side, patience, answers));
            }
            LockSupport.parkNanos(10_000_000);
        }
    }

    /** Waits until one side serves and the other does not, and tells which. */
    Side awaitOneServing(Duration patience) {
        long begun = System.nanoTime();
        while (true) {
            long asked = System.nanoTime();
            String onOld = client(Side.OLD).write();
            String onNew = client(Side.NEW).write();
            assertThat(onOld.isEmpty() && onNew.isEmpty()).as("both serve").isFalse();
            if (onOld.isEmpty() && PlainClient.isRefusal(onNew)) {
                return Side.OLD;
            }
            if (onNew.isEmpty() && PlainClient.isRefusal(onOld)) {
                return Side.NEW;
            }
            if (asked - begun > patience.toNanos()) {
                throw new AssertionError(
                        "after %s the answers are '%s' and '%s'".formatted(patience, onOld, onNew));
            }
            LockSupport.parkNanos(10_000_000);
        }
    }

    /** A statement for all subscriptions there: ALTER SUBSCRIPTION … {@code what}. */
    String eachSubscription(Side side, String what) {
        return text(
                side,
                "SELECT string_agg(format('ALTER SUBSCRIPTION %I "
                        + what
                        + "', subname), '; ') FROM pg_subscription");
    }

    boolean isReadOnly(Side side) {
        return shared(side, READ_ONLY).equals("1");
    }

    /** From a shared catalog, and another database: nobody is sent away or waits there. */
    String shared(Side side, String sql) {
        try (Session session = superuser(side).withDatabase("postgres").open("look")) {
            return session.text(sql);
        }
    }

    static void await(Duration patience, String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(25))
                .atMost(patience)
                .until(condition);
    }

    /** No command holds the lease any more: its server has noticed that it died. */
    void awaitNobodyAtWork() {
        await(
                Duration.ofSeconds(10),
                "nobody at work",
                () -> upgrade.status().operator().isEmpty());
    }

    /** One direction of replication, nothing closed but the side that does not serve. */
    void requireTidy(Side serving) {
        requireTidy(serving, 1);
    }

    /** The same with several subscriptions. */
    void requireTidy(Side serving, int number) {
        Side other = serving.other();
        assertThat(upgrade.status().phase())
                .isEqualTo(serving == Side.OLD ? Status.Phase.FOLLOWING : Status.Phase.SWITCHED);
        String slots =
                "SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE 'relevo\\_%'";
        assertThat(text(serving, slots)).isEqualTo(Integer.toString(number));
        assertThat(text(other, slots)).isEqualTo("0");
        String subscriptions =
                "SELECT coalesce(string_agg(subname || ' ' || subenabled, ',' ORDER BY subname), '')"
                        + " FROM pg_subscription";
        assertThat(text(serving, subscriptions)).isEmpty();
        assertThat(text(other, subscriptions))
                .isEqualTo(
                        IntStream.rangeClosed(1, number)
                                .mapToObj(part ->
                                        "relevo_%s_%s%s true"
                                                .formatted(
                                                        tag(),
                                                        other.label(),
                                                        part == 1 ? "" : "_" + part))
                                .collect(Collectors.joining(",")));
        for (Side side : Side.values()) {
            assertThat(text(side, "SELECT count(*) FROM relevo.saved_acl")).isEqualTo("0");
            assertThat(text(side, "SELECT count(*) > 0 FROM relevo.saved_sequence"))
                    .as("sequences held back")
                    .isEqualTo(side == serving ? "f" : text(side, HAS_SEQUENCES));
            assertThat(
                            text(
                                    side,
                                    "SELECT relevo.fence_is_raised()::text || coalesce(string_agg(DISTINCT"
                                            + " tgenabled::text, ''), '') FROM pg_trigger WHERE tgname = 'relevo_fence'"))
                    .isEqualTo(side == serving ? "falseA" : "trueA");
        }
    }

    /** What the names of this upgrade's slots, subscriptions and so on bear. */
    String tag() {
        return text(Side.OLD, "SELECT left(id::text, 8) FROM relevo.upgrade");
    }

    /** Our sessions on a side that belong to a command that changes sides. */
    String sessions(Side side) {
        return text(
                side,
                "SELECT coalesce(string_agg(application_name, ', '), '') FROM pg_stat_activity"
                        + " WHERE application_name LIKE 'relevo switch%'");
    }

    /**
     * Waits until the coordinator has made a side read-only and stands still: for half a second
     * none of its sessions has begun or ended a statement. Looks from another database, because in
     * this one the gate may be shut.
     */
    void awaitFrozen(Side from) {
        await(
                Duration.ofSeconds(30),
                "a frozen coordinator",
                () -> isReadOnly(from) && stands(Side.OLD) && stands(Side.NEW));
    }

    private boolean stands(Side side) {
        try (Session session = superuser(side).withDatabase("postgres").open("look")) {
            return !session.exists(
                    "SELECT FROM pg_stat_activity WHERE application_name LIKE 'relevo switch%'"
                            + " AND application_name NOT IN ('relevo switch dead-man', 'relevo switch keeper',"
                            + " 'relevo switch pulse')"
                            + " AND (state = 'active' OR state_change > clock_timestamp() - interval '500 ms')");
        }
    }

    /** Nothing lost, nothing doubled, on either server. */
    void requireNothingLost(LoadReport report) {
        upgrade.awaitFollowing();
        Tally onOld = Tally.of(superuser(Side.OLD), report.acknowledged());
        Tally onNew = Tally.of(superuser(Side.NEW), report.acknowledged());
        assertThat(onOld.clean()).as(onOld.toString()).isTrue();
        assertThat(onNew).isEqualTo(onOld);
        assertThat(onNew.unknownCommitted()).isLessThanOrEqualTo(report.counters().unknown());
        assertThat(report.counters().committed()).isPositive();
    }

    @Override
    public void close() {
        upgrade.close();
        lab.close();
    }
}
