package dev.relevo.pg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A connection is given out again as if it were a new one, or not at all. */
class KeptSessionsTest {
    private static Lab lab;
    private static Endpoint database;

    @BeforeAll
    static void start() {
        lab = Lab.start(ServerSpec.of(14).unsafe());
        database = lab.server(0).superuser(LabServer.APPLICATION);
    }

    @AfterAll
    static void stop() {
        lab.close();
    }

    @Test
    void nothingOfTheLastSessionIsLeft() {
        KeptSessions.during(() -> {
            int pid;
            try (Session first = database.open("first")) {
                pid = first.pid();
                first.set("work_mem", "1234kB");
                first.execute("SET ROLE pg_monitor");
                first.execute("CREATE TEMP TABLE pg_temp.left_behind ()");
                first.text("SELECT pg_advisory_lock(7)");
                first.execute("LISTEN something");
            }
            try (Session second = database.open("second")) {
                assertThat(second.pid()).isEqualTo(pid);
                assertThat(
                                second.text(
                                        "SELECT application_name FROM pg_stat_activity WHERE pid ="
                                                + " pg_backend_pid()"))
                        .isEqualTo("relevo second");
                assertThat(second.text("SHOW work_mem")).isNotEqualTo("1234kB");
                assertThat(second.text("SHOW idle_session_timeout")).isEqualTo("0");
                assertThat(second.text("SHOW lock_timeout")).isEqualTo("5s");
                assertThat(second.text("SELECT current_user = session_user")).isEqualTo("t");
                assertThat(second.exists("SELECT FROM pg_class WHERE relname = 'left_behind'"))
                        .isFalse();
                assertThat(second.exists("SELECT FROM pg_locks WHERE locktype = 'advisory'"))
                        .isFalse();
                assertThat(second.exists("SELECT FROM pg_listening_channels()")).isFalse();
            }
        });
    }

    @Test
    void othersGetTheirOwn() {
        KeptSessions.during(() -> {
            int pid;
            try (Session first = database.open("first")) {
                pid = first.pid();
                assertThat(other(first)).isNotEqualTo(pid);
            }
            try (Session second = database.open("second", Map.of("lock_timeout", "1s"))) {
                assertThat(second.pid()).isNotEqualTo(pid);
                assertThat(second.text("SHOW lock_timeout")).isEqualTo("1s");
            }
            try (Session third = database.withDatabase("postgres").open("third")) {
                assertThat(third.text("SELECT current_database()")).isEqualTo("postgres");
            }
        });
    }

    /** It would be rolled back when it is closed, and so it is. */
    @Test
    void openTransactionsAreNotKept() {
        KeptSessions.during(() -> {
            int pid;
            try (Session first = database.open("first")) {
                pid = first.pid();
                first.execute("BEGIN; CREATE TABLE public.never ()");
            }
            try (Session second = database.open("second")) {
                assertThat(second.pid()).isNotEqualTo(pid);
                assertThat(second.text("SELECT to_regclass('public.never') IS NULL"))
                        .isEqualTo("t");
            }
        });
    }

    @Test
    void oneThatTheServerEndedIsReplaced() {
        KeptSessions.during(() -> {
            int pid = other();
            try (Session killer = database.withDatabase("postgres").open("killer")) {
                killer.text("SELECT pg_terminate_backend(?)", pid);
            }
            try (Session second = database.open("second")) {
                assertThat(second.pid()).isNotEqualTo(pid);
                assertThat(second.text("SELECT 1")).isEqualTo("1");
            }
        });
    }

    @Test
    void atTheEndTheyAreClosed() {
        int[] pid = new int[1];
        KeptSessions.during(() -> pid[0] = other());
        try (Session look = database.open("look")) {
            assertThat(look.pid()).isNotEqualTo(pid[0]);
            org.awaitility.Awaitility.await()
                    .until(() ->
                            !look.exists("SELECT FROM pg_stat_activity WHERE pid = ?", pid[0]));
        }
        assertThat(other()).as("outside, none is kept").isNotEqualTo(other());
    }

    private static int other() {
        try (Session session = database.open("other")) {
            return session.pid();
        }
    }

    private static int other(Session open) {
        assertThat(open.text("SELECT 1")).isEqualTo("1");
        return other();
    }
}
