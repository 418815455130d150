package dev.relevo.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EndpointTest {
    private static final Endpoint ENDPOINT =
            new Endpoint(
                    "db1",
                    5433,
                    "my 'base'",
                    "u\\v",
                    Secret.of("geheim"),
                    Map.of(
                            "sslmode", "require",
                            "options", "-c geqo=off",
                            "connect_timeout", "7"));

    @Test
    void conninfoIsReadBackByParser() {
        Map<String, String> values = Conninfo.parse(ENDPOINT.conninfo()).values();
        assertThat(values)
                .containsEntry("dbname", "my 'base'")
                .containsEntry("user", "u\\v")
                .containsEntry("port", "5433")
                .containsEntry("options", "-c geqo=off")
                .doesNotContainKey("password");
    }

    @Test
    void conninfoForSubscriptionHasPasswordAndOnlyWhatAnotherServerUnderstands() {
        Map<String, String> values = Conninfo.parse(ENDPOINT.conninfo(Secret.of("it's"))).values();
        assertThat(values)
                .containsOnlyKeys(
                        "host", "port", "dbname", "user", "password", "sslmode", "connect_timeout")
                .containsEntry("password", "it's");
        assertThat(ENDPOINT.conninfo(Secret.NONE)).doesNotContain("password");
    }

    @Test
    void socketDirectoryStaysInConninfo() {
        Endpoint socket = new Endpoint("/run/pg", 1, "d", "u", Secret.NONE, Map.of());
        assertThat(socket.conninfo()).startsWith("host='/run/pg' port='1'");
    }

    @Test
    void childProcessInheritsNoOtherVariable() {
        Map<String, String> environment = new HashMap<>();
        environment.put("PATH", "/bin");
        environment.put("PGSERVICE", "elsewhere");
        environment.put("PGHOSTADDR", "10.0.0.1");
        environment.put("PGTARGETSESSIONATTRS", "standby");
        environment.put("PGPASSFILE", "/x");
        environment.put("PGSSLMODE", "disable");
        ENDPOINT.clientEnvironment().applyTo(environment);
        assertThat(environment)
                .containsOnlyKeys(
                        "PATH",
                        "PGHOST",
                        "PGPORT",
                        "PGDATABASE",
                        "PGUSER",
                        "PGPASSWORD",
                        "PGSSLMODE",
                        "PGOPTIONS",
                        "PGCONNECT_TIMEOUT",
                        "PGCLIENTENCODING",
                        "PGAPPNAME")
                .containsEntry("PGSSLMODE", "require")
                .containsEntry("PGPASSWORD", "geheim");
    }

    @Test
    void nothingPrintedShowsSecrets() {
        Endpoint endpoint =
                new Endpoint(
                        "h", 1, "d", "u", Secret.of("geheim"), Map.of("sslpassword", "geheim"));
        assertThat(endpoint.toString() + endpoint.conninfo() + endpoint.display())
                .doesNotContain("geheim");
        assertThat(ENDPOINT.clientEnvironment().toString()).doesNotContain("geheim");
        assertThatThrownBy(endpoint::clientEnvironment)
                .hasMessageContaining("sslpassword")
                .hasMessageNotContaining("geheim");
    }
}
