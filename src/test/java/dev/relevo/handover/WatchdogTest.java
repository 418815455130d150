package dev.relevo.handover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Server;
import dev.relevo.lab.Lab;
import dev.relevo.lab.LabServer;
import dev.relevo.lab.ServerSpec;
import dev.relevo.lab.Wire;
import dev.relevo.ledger.Identity;
import dev.relevo.ledger.Ledger;
import dev.relevo.ledger.ServerId;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.PgException;
import dev.relevo.pg.Session;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes on inside the server when nobody is left whom it could tell anything. */
class WatchdogTest {
    private static final int NOBODY = Integer.MAX_VALUE;

    private static final String IS_READ_ONLY =
            "SELECT FROM pg_db_role_setting WHERE 'default_transaction_read_only=on' = ANY (setconfig)";

    /** Whom it has to end is gone by then, of which the server would warn. */
    @ParameterizedTest
    @ValueSource(ints = {11, 14, 18})
    void givesTheSideBackWithoutAClientAndWithNobodyToEnd(int major) {
        try (Lab lab = Lab.start(ServerSpec.of(major).unsafe());
                Wire wire = Wire.to(lab.server(0).port())) {
            Endpoint endpoint = lab.server(0).superuser(LabServer.APPLICATION);
            ServerId here = Ledger.look(endpoint, "test").here();
            new Installation(Server.old(endpoint), Server.old(endpoint), Identity.of(here, here), 1)
                    .apply((_, _, _) -> {});
            try (Session lock = endpoint.open("test");
                    Session look = endpoint.withDatabase("postgres").open("test");
                    Session watch =
                            HandoverSession.openUnattended(wire.through(endpoint), "watch")) {
                lock.execute("UPDATE relevo.state SET status = 'open'");
                lock.execute(Script.readOnly(LabServer.APPLICATION));
                lock.execute(DeadMan.LOCK);
                watch.set("lock_timeout", "1s");
                CompletableFuture<Boolean> answered =
                        CompletableFuture.supplyAsync(() -> {
                            try {
                                watch.execute(Script.watchFrom(NOBODY, NOBODY, NOBODY));
                                return true;
                            } catch (PgException e) {
                                return false;
                            }
                        });
                Awaitility.await().until(() -> look.exists(Script.WAITS, watch.pid()));
                wire.letServerNotice();
                Awaitility.await().until(() -> !look.exists(IS_READ_ONLY));
                assertThat(answered.join()).isFalse();
            }
        }
    }
}
