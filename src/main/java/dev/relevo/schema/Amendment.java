package dev.relevo.schema;

/**
 * A statement that makes the side that follows more like the one that serves.
 *
 * @param sql the statement itself; may hold a verifier
 * @param shown the same for people, with verifiers masked
 * @param undo what takes it back before the upgrade goes on elsewhere; empty when the undo of
 *     another one does, or nothing does
 * @param creates the role that it creates; empty for none
 * @param optional whether a refusal is only said: the object may not be there
 */
public record Amendment(String sql, String shown, String undo, String creates, boolean optional) {
    /** One without a secret. */
    static Amendment of(String sql, String undo) {
        return new Amendment(sql, sql, undo, "", false);
    }

    static Amendment of(String sql) {
        return of(sql, "");
    }

    /** One with a secret. */
    static Amendment secret(String sql, String shown) {
        return new Amendment(sql, shown, "", "", false);
    }

    static Amendment create(String sql, String shown, String undo, String role) {
        return new Amendment(sql, shown, undo, role, false);
    }

    /** One that may be refused, which is only said then. */
    static Amendment optional(String sql) {
        return new Amendment(sql, sql, "", "", true);
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return shown;
    }
}
