package dev.relevo.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConninfoResolverTest {
    @TempDir Path home;
    private final Map<String, String> variables = new HashMap<>();

    @Test
    void emptyStringMeansLibpqsDefaults() {
        assertThat(only(""))
                .isEqualTo(new Endpoint("localhost", 5432, "me", "me", Secret.NONE, Map.of()));
    }

    @Test
    void explicitBeatsServiceBeatsEnvironmentBeatsDefault() throws IOException {
        variables.put("PGHOST", "from-env");
        variables.put("PGPORT", "1111");
        variables.put("PGUSER", "env-user");
        variables.put("PGSSLMODE", "require");
        write(".pg_service.conf", "[s]\nhost=from-service\nport=2222\nhost=second\n[t]\nuser=x\n");
        Endpoint endpoint = only("service=s host=explicit");
        assertThat(endpoint.host()).isEqualTo("explicit");
        assertThat(endpoint.port()).isEqualTo(2222);
        assertThat(endpoint.user()).isEqualTo("env-user");
        assertThat(endpoint.database()).isEqualTo("env-user");
        assertThat(endpoint.parameters()).containsExactly(Map.entry("sslmode", "require"));
        assertThat(only("service=s").host()).isEqualTo("from-service");
        assertThat(only("").host()).isEqualTo("from-env");
    }

    @Test
    void readsEveryVariableLibpqReads() {
        variables.putAll(
                Map.of(
                        "PGDATABASE", "d",
                        "PGPASSWORD", "geheim",
                        "PGCONNECT_TIMEOUT", "3",
                        "PGCHANNELBINDING", "require",
                        "PGOPTIONS", "-c geqo=off",
                        "PGAPPNAME", "psql",
                        "PGSSLROOTCERT", "/r",
                        "PGSSLCERT", "/c",
                        "PGSSLKEY", "/k",
                        "PGTARGETSESSIONATTRS", "primary"));
        Endpoint endpoint = only("host=h");
        assertThat(endpoint.database()).isEqualTo("d");
        assertThat(endpoint.password().reveal()).isEqualTo("geheim");
        assertThat(endpoint.connectTimeout()).hasSeconds(3);
        assertThat(endpoint.parameters())
                .containsOnlyKeys(
                        "connect_timeout",
                        "channel_binding",
                        "options",
                        "sslrootcert",
                        "sslcert",
                        "sslkey");
    }

    @Test
    void refusedOptionInEnvironmentIsRefusedToo() {
        variables.put("PGSSLCRL", "/crl");
        assertThatThrownBy(() -> only("host=h")).hasMessageContaining("\"sslcrl\"");
    }

    @Test
    void emptyVariableCountsAsDefault() {
        variables.putAll(Map.of("PGHOST", "", "PGPORT", "", "PGUSER", "", "PGDATABASE", ""));
        assertThat(only("").display()).isEqualTo("localhost:5432/me");
    }

    @Test
    void oldRequireSslVariableYieldsToSslMode() {
        variables.put("PGREQUIRESSL", "1");
        assertThat(only("host=h").parameters()).containsEntry("sslmode", "require");
        variables.put("PGSSLMODE", "verify-ca");
        assertThat(only("host=h").parameters()).containsEntry("sslmode", "verify-ca");
    }

    @Test
    void pairsHostsWithPorts() {
        assertThat(displays("host=a,b,c port=1 dbname=d"))
                .containsExactly("a:1/d", "b:1/d", "c:1/d");
        assertThat(displays("postgresql://a:1,b,[::1]:3/d"))
                .containsExactly("a:1/d", "b:5432/d", "[::1]:3/d");
        assertThat(displays("hostaddr=10.0.0.1,10.0.0.2 dbname=d"))
                .containsExactly("10.0.0.1:5432/d", "10.0.0.2:5432/d");
    }

    @Test
    void addressNextToNameIsKept() {
        Endpoint endpoint = only("host=db hostaddr=10.0.0.1");
        assertThat(endpoint.host()).isEqualTo("db");
        assertThat(endpoint.parameters()).containsEntry("hostaddr", "10.0.0.1");
    }

    @Test
    void defaultHostIsSocketWhereThereIsOne() throws IOException {
        Files.createFile(home.resolve(".s.PGSQL.5433"));
        assertThat(only("port=5433").host()).isEqualTo(home.toString());
        assertThat(only("port=5434").host()).isEqualTo("localhost");
    }

    @Test
    void passwordFileIsReadForEachHost() throws IOException {
        passwords(
                "# a comment",
                "a:5432:d:u:one",
                "b:*:*:u:two\\:\\\\x:rest",
                "*:5432:other:*:never",
                "localhost:5432:d:u:socket");
        Candidates candidates = resolve("host=a,b,c dbname=d user=u");
        assertThat(candidates.endpoints())
                .extracting(endpoint -> endpoint.password().reveal())
                .containsExactly("one", "two:\\x", "");
        assertThat(only("host=" + home + " dbname=d user=u").password().reveal())
                .isEqualTo("socket");
        assertThat(only("host=a dbname=d user=u password=mine").password().reveal())
                .isEqualTo("mine");
    }

    @Test
    void passwordFileFieldsMayBeEscaped() throws IOException {
        passwords("fe80\\:\\:1:5432:d\\\\b:u\\:v:yes", "h:5432:db:u:", "h:5432:db:u:second");
        assertThat(only("host=fe80::1 dbname=d\\\\b user=u:v").password().reveal())
                .isEqualTo("yes");
        assertThat(only("host=h dbname=db user=u").password().isPresent()).isFalse();
    }

    @Test
    void passwordFileOthersMayReadIsIgnoredWithWarning() throws IOException {
        passwords("*:*:*:*:geheim");
        Files.setPosixFilePermissions(
                home.resolve(".pgpass"), PosixFilePermissions.fromString("rw-r-----"));
        Candidates candidates = resolve("host=h");
        assertThat(candidates.endpoints().getFirst().password().isPresent()).isFalse();
        assertThat(candidates.warnings())
                .singleElement()
                .asString()
                .contains("group or world access")
                .doesNotContain("geheim");
    }

    @Test
    void passFileOptionBeatsVariableBeatsHome() throws IOException {
        passwords("*:*:*:*:home");
        passwordFile("env", "*:*:*:*:env");
        passwordFile("option", "*:*:*:*:option");
        assertThat(only("host=h").password().reveal()).isEqualTo("home");
        variables.put("PGPASSFILE", home.resolve("env").toString());
        assertThat(only("host=h").password().reveal()).isEqualTo("env");
        assertThat(only("host=h passfile=" + home.resolve("option")).password().reveal())
                .isEqualTo("option");
    }

    @Test
    void serviceIsLookedForInUsersFileThenInMachines() throws IOException {
        Path machine = Files.createDirectory(home.resolve("sysconf"));
        variables.put("PGSYSCONFDIR", machine.toString());
        write("sysconf/pg_service.conf", "[both]\nhost=machine\n[only]\nhost=machine\n");
        write(".pg_service.conf", "# mine\n[both]\n  host=mine  \n");
        assertThat(only("service=both").host()).isEqualTo("mine");
        variables.put("PGSERVICE", "only");
        assertThat(only("").host()).isEqualTo("machine");
        assertThatThrownBy(() -> only("service=none"))
                .isInstanceOf(ProblemException.class)
                .hasMessage("definition of service \"none\" not found");
    }

    @Test
    void mistakeInServiceFileNamesItsLineButNotItsText() throws IOException {
        variables.put("PGSERVICEFILE", home.resolve("services").toString());
        assertThatThrownBy(() -> only("service=s")).hasMessageContaining("not found");
        write("services", "[s]\nhost=a\npasswort=geheim\n");
        assertThatThrownBy(() -> only("service=s"))
                .hasMessageEndingWith("line 3")
                .hasMessageNotContaining("geheim");
        write("services", "[s]\nservice=t\n");
        assertThatThrownBy(() -> only("service=s")).hasMessageEndingWith("line 2");
    }

    @Test
    void environmentDoesNotPrintItsVariables() {
        variables.put("PGPASSWORD", "geheim");
        assertThat(environment().toString()).doesNotContain("geheim");
    }

    private Environment environment() {
        return new Environment(variables, home, "me", List.of(home));
    }

    private Candidates resolve(String text) {
        return Conninfo.parse(text).resolve(environment());
    }

    private Endpoint only(String text) {
        List<Endpoint> endpoints = resolve(text).endpoints();
        assertThat(endpoints).hasSize(1);
        return endpoints.getFirst();
    }

    private List<String> displays(String text) {
        return resolve(text).endpoints().stream().map(Endpoint::display).toList();
    }

    private void passwords(String... lines) throws IOException {
        passwordFile(".pgpass", lines);
    }

    private void passwordFile(String name, String... lines) throws IOException {
        write(name, String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(
                home.resolve(name), PosixFilePermissions.fromString("rw-------"));
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(home.resolve(name), text);
    }
}
