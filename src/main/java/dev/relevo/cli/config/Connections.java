package dev.relevo.cli.config;

import dev.relevo.pg.Endpoint;
import java.util.function.Consumer;

/** Turns a connection string as PostgreSQL people write it into the server it names. */
public interface Connections {
    /**
     * The server; with several hosts, each is asked which of them is the primary.
     *
     * @param warning takes one line, such as that a password file is ignored
     * @throws dev.relevo.problem.ProblemException when the string cannot be understood, or none of
     *     several hosts can be reached
     */
    Endpoint server(String conninfo, Consumer<String> warning);

    /**
     * The server as another one reaches it: the first host. Nobody is asked, because this machine
     * may not reach it that way.
     *
     * @throws dev.relevo.problem.ProblemException when the string cannot be understood
     */
    Endpoint seenFromServer(String conninfo, Consumer<String> warning);
}
