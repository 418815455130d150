package dev.relevo.cli.config;

import dev.relevo.pg.Candidates;
import dev.relevo.pg.Conninfo;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Environment;
import dev.relevo.problem.ProblemException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Connection strings as libpq reads them.
 *
 * @param environment where libpq would look for what the string leaves open
 */
public record LibpqConnections(Environment environment) implements Connections {
    /** A database every server has. */
    private static final String MAINTENANCE = "postgres";

    @Override
    public Endpoint server(String conninfo, Consumer<String> warning) {
        List<Endpoint> endpoints = endpoints(conninfo, warning);
        if (endpoints.size() == 1) {
            return endpoints.getFirst();
        }
        try {
            return new Candidates(endpoints, List.of()).choose();
        } catch (ProblemException e) {
            if (!e.problem().code().equals("no-database")) {
                throw e;
            }
            // On the new server the database may be missing: start creates it.
            List<Endpoint> elsewhere =
                    endpoints.stream().map(each -> each.withDatabase(MAINTENANCE)).toList();
            return new Candidates(elsewhere, List.of())
                    .choose()
                    .withDatabase(endpoints.getFirst().database());
        }
    }

    @Override
    public Endpoint seenFromServer(String conninfo, Consumer<String> warning) {
        return endpoints(conninfo, warning).getFirst();
    }

    private List<Endpoint> endpoints(String conninfo, Consumer<String> warning) {
        Candidates candidates = Conninfo.parse(conninfo).resolve(environment);
        candidates.warnings().forEach(warning);
        return candidates.endpoints();
    }
}
