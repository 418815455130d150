package dev.relevo.pg;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.sql.SQLException;
import java.util.Objects;

/**
 * Says in one line why a server did not let us in, and what to do about it.
 *
 * <p>Told apart by SQLSTATE where the server answered; otherwise {@link NetworkProblem} looks for
 * the cause below. The server's own words are the detail, so that nothing is lost.
 */
final class ConnectionProblem {
    /** Logical replication needs 10, and 10 lacks what makes the way back safe. */
    private static final int OLDEST = 11;

    private final Endpoint endpoint;
    private final String said;

    private ConnectionProblem(Endpoint endpoint, String said) {
        this.endpoint = endpoint;
        this.said = said;
    }

    static Problem of(Endpoint endpoint, SQLException error) {
        String said = new PgException(endpoint, "", error).getMessage();
        String state = Objects.requireNonNullElse(error.getSQLState(), "");
        ConnectionProblem problem = new ConnectionProblem(endpoint, said);
        return PgException.isFromServer(error)
                ? problem.fromServer(state)
                : new NetworkProblem(endpoint, said).of(error);
    }

    /**
     * Refuses servers that are too old.
     *
     * @param number {@code server_version_num}, for example 90624
     */
    static void requireSupported(Endpoint endpoint, int number) {
        if (number < OLDEST * 10_000) {
            String version =
                    number >= 100_000
                            ? number / 10_000 + "." + number % 10_000
                            : number / 10_000 + "." + number / 100 % 100 + "." + number % 100;
            throw new ConnectionProblem(endpoint, "server_version is " + version)
                    .tooOld()
                    .toException();
        }
    }

    private Problem fromServer(String state) {
        return switch (state) {
            case SqlState.INVALID_PASSWORD -> wrongPassword();
            case SqlState.INVALID_AUTHORIZATION -> notAuthorized();
            case SqlState.INVALID_CATALOG_NAME ->
                    problem(
                            "no-database",
                            "database \"" + endpoint.database() + "\" does not exist at " + where(),
                            "Name the right one with dbname=; psql -l lists those there are.");
            case SqlState.TOO_MANY_CONNECTIONS, SqlState.CONFIGURATION_LIMIT_EXCEEDED ->
                    problem(
                            "too-many-connections",
                            "no connection slot is free at " + where(),
                            "Close some clients, or raise the limit the detail names: max_connections"
                                    + " there, or CONNECTION LIMIT of the database or the role.");
            case SqlState.CANNOT_CONNECT_NOW, SqlState.ADMIN_SHUTDOWN, SqlState.CRASH_SHUTDOWN ->
                    problem(
                            "starting-up",
                            where() + " is starting up, shutting down or in recovery",
                            "Wait until pg_isready -h "
                                    + endpoint.host()
                                    + " -p "
                                    + endpoint.port()
                                    + " says that it accepts connections, then try again.");
            case SqlState.INSUFFICIENT_PRIVILEGE ->
                    problem(
                            "no-connect-privilege",
                            role() + " may not connect to " + where(),
                            "Run there: GRANT CONNECT ON DATABASE "
                                    + Quote.ident(endpoint.database())
                                    + " TO "
                                    + Quote.ident(endpoint.user())
                                    + ";");
            case SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE ->
                    problem(
                            "database-closed",
                            "database \""
                                    + endpoint.database()
                                    + "\" takes no connections at "
                                    + where(),
                            "Run there in another database: ALTER DATABASE "
                                    + Quote.ident(endpoint.database())
                                    + " WITH ALLOW_CONNECTIONS true;");
            case SqlState.UNDEFINED_OBJECT -> settingRefused();
            case SqlState.PROTOCOL_VIOLATION -> pooler();
            default ->
                    problem(
                            "refused-by-server",
                            where() + " refused the connection with SQLSTATE " + state,
                            "Try psql with the same connection string, and look into the log of"
                                    + " the server.");
        };
    }

    private Problem wrongPassword() {
        return endpoint.password().isPresent()
                ? problem(
                        "wrong-password",
                        "password authentication failed for " + role() + " at " + where(),
                        "Put the right password into ~/.pgpass, or into PGPASSWORD.")
                : new NetworkProblem(endpoint, said).noPassword();
    }

    /** One SQLSTATE stands for many causes; only the words tell them apart. */
    private Problem notAuthorized() {
        if (said.contains("pg_hba.conf")) {
            boolean encryption = said.contains("no encryption") || said.contains("SSL off");
            return problem(
                    "no-hba-rule",
                    "no rule in pg_hba.conf lets " + role() + " in to " + where(),
                    "Add a rule for this role, database and address to pg_hba.conf there, then run"
                            + " SELECT pg_reload_conf();"
                            + (encryption
                                    ? " or, if its rules ask for hostssl, connect with"
                                            + " sslmode=require."
                                    : ""));
        }
        if (said.contains("does not exist") || said.contains("not permitted to log in")) {
            return problem(
                    "no-role",
                    role() + " cannot log in at " + where(),
                    "Create it there with CREATE ROLE "
                            + Quote.ident(endpoint.user())
                            + " LOGIN, or name another one with user=.");
        }
        return problem(
                "not-authorized",
                role() + " may not connect to " + where(),
                "Compare the method in pg_hba.conf there (peer and ident ask for the operating"
                        + " system's user, cert for a certificate) with how you connect.");
    }

    private Problem settingRefused() {
        return problem(
                "setting-refused",
                where() + " does not know a setting that Relevo or your options ask for",
                "Check options= and PGOPTIONS; Relevo supports PostgreSQL "
                        + OLDEST
                        + " and later.");
    }

    /** PgBouncer does not pass start-up options on; PostgreSQL always takes them. */
    private Problem pooler() {
        return problem(
                "pooler",
                where() + " does not speak to Relevo as PostgreSQL does",
                "If this is a connection pooler such as PgBouncer, name the host and the port of"
                        + " the server behind it: Relevo needs sessions of its own there.");
    }

    private Problem tooOld() {
        return problem(
                "server-too-old",
                where() + " is older than PostgreSQL " + OLDEST,
                "Relevo supports PostgreSQL "
                        + OLDEST
                        + " and later; move to one of these with pg_upgrade or pg_dump first.");
    }

    private String where() {
        return endpoint.display();
    }

    private String role() {
        return "role \"" + endpoint.user() + '"';
    }

    private Problem problem(String code, String message, String hint) {
        return new Problem(ExitStatus.CONNECTION, code, message, said, hint);
    }
}
