package dev.relevo.pg;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.sql.SQLException;
import java.util.Objects;

/** Says in one line why a server did not let us in, and what to do about it. */
final class ConnectionProblem {
    private ConnectionProblem() {}

    static Problem of(Endpoint endpoint, SQLException error) {
        String state = Objects.requireNonNullElse(error.getSQLState(), "08001");
        String said = new PgException(endpoint, "", error).getMessage();
        String where = endpoint.display();
        return switch (state) {
            case SqlState.INVALID_PASSWORD ->
                    problem(
                            "wrong-password",
                            "password authentication failed for role \""
                                    + endpoint.user()
                                    + "\" at "
                                    + where,
                            said,
                            "Put the right password into ~/.pgpass, or into PGPASSWORD.");
            case SqlState.INVALID_AUTHORIZATION ->
                    problem(
                            "not-authorized",
                            "role \"" + endpoint.user() + "\" may not connect to " + where,
                            said,
                            "Add a rule for this role and address to pg_hba.conf there, then run"
                                    + " SELECT pg_reload_conf().");
            case SqlState.INVALID_CATALOG_NAME ->
                    problem(
                            "no-database",
                            "database \"" + endpoint.database() + "\" does not exist at " + where,
                            said,
                            "Create it with createdb, or name another one with dbname=.");
            case SqlState.TOO_MANY_CONNECTIONS ->
                    problem(
                            "too-many-connections",
                            "no connection slot is free at " + where,
                            said,
                            "Close some clients, or raise max_connections there and restart it.");
            default ->
                    problem(
                            "unreachable",
                            "cannot connect to " + where,
                            said,
                            "Check host and port, that the server runs, and that listen_addresses"
                                    + " and any firewall let this machine in; try psql with the"
                                    + " same connection string.");
        };
    }

    private static Problem problem(String code, String message, String detail, String hint) {
        return new Problem(ExitStatus.CONNECTION, code, message, detail, hint);
    }
}
