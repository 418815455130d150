package dev.relevo.pg;

import java.sql.SQLException;

/** An answer did not come in the time it may take, and we did not wait for it any longer. */
final class SilenceException extends SQLException {
    private static final long serialVersionUID = 1L;

    /**
     * Of a connection that is lost.
     *
     * @param said who did not answer, and for how long
     */
    SilenceException(String said, Throwable cause) {
        super(said, "08006", cause);
    }
}
