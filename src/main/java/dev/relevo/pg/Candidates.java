package dev.relevo.pg;

import java.util.List;

/**
 * The hosts a connection string names, each with all that is needed to log in there.
 *
 * @param endpoints in the order of the string, never empty
 * @param warnings one line each, such as a password file that is ignored; to be shown to the user
 */
public record Candidates(List<Endpoint> endpoints, List<String> warnings) {

    public Candidates {
        endpoints = List.copyOf(endpoints);
        warnings = List.copyOf(warnings);
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("a connection string names at least one host");
        }
    }

    /**
     * Tries one host after the other and takes the first primary that lets us in.
     *
     * @throws dev.relevo.problem.ProblemException when there is none; with the code {@code
     *     no-database} when a server was there but the database was not
     */
    public Endpoint choose() {
        return new HostChooser(endpoint -> endpoint.open("look")).choose(endpoints);
    }
}
