package dev.relevo.cli;

import dev.relevo.cli.config.Connections;
import dev.relevo.lab.Demo;
import dev.relevo.pg.Endpoint;
import java.util.Map;

/** Which implementation stands behind each interface of the command line. */
final class Wiring {
    private Wiring() {}

    static Connections connections(Map<String, String> environment) {
        return new Connections() {
            @Override
            public Endpoint server(String conninfo) {
                throw new UnsupportedOperationException("connection strings" + environment.size());
            }

            @Override
            public Endpoint seenFromServer(String conninfo) {
                return server(conninfo);
            }
        };
    }

    static Demo demo() {
        throw new UnsupportedOperationException("the demo");
    }
}
