package dev.relevo.cli;

import dev.relevo.cli.config.Connections;
import dev.relevo.lab.Demo;
import dev.relevo.lab.Exercise;
import dev.relevo.pg.Candidates;
import dev.relevo.pg.Conninfo;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Environment;

/** Which implementation stands behind each interface of the command line. */
final class Wiring {
    private Wiring() {}

    static Connections connections(Environment environment) {
        return new Connections() {
            @Override
            public Endpoint server(String conninfo) {
                Candidates candidates = resolve(conninfo);
                return candidates.endpoints().size() == 1
                        ? candidates.endpoints().getFirst()
                        : candidates.choose();
            }

            @Override
            public Endpoint seenFromServer(String conninfo) {
                return resolve(conninfo).endpoints().getFirst();
            }

            private Candidates resolve(String conninfo) {
                Candidates candidates = Conninfo.parse(conninfo).resolve(environment);
                candidates
                        .warnings()
                        .forEach(warning -> System.err.println("relevo: warning: " + warning));
                return candidates;
            }
        };
    }

    static Demo demo() {
        return new Exercise();
    }
}
