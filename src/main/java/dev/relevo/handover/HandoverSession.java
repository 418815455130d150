package dev.relevo.handover;

import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import java.util.HashMap;
import java.util.Map;

/**
 * Sessions for a handover: quick to notice that the other end is gone, quick to get past
 * autovacuum.
 */
final class HandoverSession {
    private HandoverSession() {}

    static Session open(Endpoint endpoint, String purpose, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>();
        // A waiter makes autovacuum give way after deadlock_timeout: 10 ms instead of a second.
        all.put("deadlock_timeout", "10ms");
        // If the network dies, the server finds out within about five seconds.
        all.put("tcp_keepalives_idle", "2");
        all.put("tcp_keepalives_interval", "1");
        all.put("tcp_keepalives_count", "3");
        all.putAll(settings);
        Session session = endpoint.open(purpose, all);
        if (session.version().atLeast(12)) {
            session.set("tcp_user_timeout", "5000");
        }
        return session;
    }

    /**
     * Runs what is like the things that are run while clients wait, on our own tables, and takes it
     * back: the first ALTER of a session costs its server three times as much as the second.
     */
    static void rehearse(Session session, String nonceTable, String subscription) {
        session.begin();
        session.execute(
                """
                SET LOCAL lock_timeout = '1s';
                ALTER TABLE ONLY %s DISABLE TRIGGER relevo_warm_up;
                ALTER SUBSCRIPTION %s DISABLE;
                UPDATE relevo.state SET status = status, since = pg_catalog.clock_timestamp();
                SELECT relevo.send('rehearsal')
                """
                        .formatted(nonceTable, Quote.ident(subscription)));
        session.rollback();
    }
}
