package dev.relevo.handover;

import dev.relevo.pg.Endpoint;
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
        // The pulse notices silence, and a session that looks would be in the way of drain and
        // gate.
        Session session = endpoint.open(purpose, all).unattended();
        if (session.version().atLeast(17)) {
            // Not even those that are ENABLE ALWAYS; before 17 these are refused, see Admission.
            session.set("event_triggers", "off");
        }
        if (session.version().atLeast(12)) {
            session.set("tcp_user_timeout", "5000");
        }
        return session;
    }

    /**
     * Opens a session that acts when we are gone: nothing ends it for the loss of its client, and
     * its commits do not wait for a standby. It sends no warning: a backend that cannot send one
     * ends at once, and {@code pg_terminate_backend} warns of a backend that ends by itself at that
     * moment.
     */
    static Session openUnattended(Endpoint endpoint, String purpose) {
        Session session =
                open(
                        endpoint,
                        purpose,
                        Map.of(
                                "statement_timeout", "0",
                                "synchronous_commit", "local",
                                "client_min_messages", "error"));
        if (session.version().atLeast(14)) {
            session.set("client_connection_check_interval", "0");
        }
        return session;
    }

    /** Runs {@link Script#rehearsal}, and takes it back. */
    static void rehearse(Session session, String subscription) {
        session.begin();
        session.execute(Script.rehearsal(subscription));
        session.rollback();
    }
}
