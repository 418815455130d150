package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.Side;
import dev.relevo.pg.Session;
import java.util.concurrent.CompletableFuture;

/** Looks again and again whether one of the two sides is read-write by default. */
final class WritableHost implements AutoCloseable {
    private static final String READ_ONLY =
            "SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
                    + " WHERE s.setrole = 0 AND d.datname = 'pgbench'"
                    + " AND 'default_transaction_read_only=on' = ANY (s.setconfig)";

    private final CompletableFuture<Integer> looks;
    private volatile boolean stopping;

    private WritableHost(Ground ground) {
        looks =
                CompletableFuture.supplyAsync(
                        () -> watch(ground), Thread.ofPlatform().daemon()::start);
    }

    static WritableHost watch(Ground ground, Runnable meanwhile) {
        WritableHost host = new WritableHost(ground);
        try (host) {
            meanwhile.run();
        }
        return host;
    }

    private int watch(Ground ground) {
        int number = 0;
        try (Session old = ground.superuser(Side.OLD).withDatabase("postgres").open("look");
                Session fresh = ground.superuser(Side.NEW).withDatabase("postgres").open("look")) {
            while (!stopping) {
                // Read-only before and after it was seen that the other one is.
                boolean both = readOnly(old) && readOnly(fresh) && readOnly(old) && readOnly(fresh);
                assertThat(both).as("both sides are read-only").isFalse();
                number++;
            }
        }
        return number;
    }

    private static boolean readOnly(Session session) {
        return session.text(READ_ONLY).equals("1");
    }

    @Override
    public void close() {
        stopping = true;
        assertThat(looks.join()).as("looks").isPositive();
    }
}
