package dev.relevo.pg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriverPropertiesTest {
    @TempDir Path home;

    @Test
    void relevosSettingsComeAfterUsersOptions() {
        String options =
                of("h", Map.of("options", "-c work_mem=1MB -c lock_timeout=0"))
                        .getProperty("options");
        assertThat(options).isEqualTo("-c work_mem=1MB -c lock_timeout=0 -c lock_timeout=5\\ s");
    }

    @Test
    void loneBackslashAtTheEndOfOptionsDoesNotEatRelevosSettings() {
        assertThat(of("h", Map.of("options", "-c a=b\\")).getProperty("options"))
                .isEqualTo("-c a=b -c lock_timeout=5\\ s");
        assertThat(of("h", Map.of("options", "-c a=b\\\\")).getProperty("options"))
                .isEqualTo("-c a=b\\\\ -c lock_timeout=5\\ s");
    }

    @Test
    void sslIsPreferredUnlessSaidOtherwise() {
        assertThat(of("h", Map.of())).containsEntry("sslmode", "prefer");
        assertThat(of("h", Map.of("sslmode", "verify-full")))
                .containsEntry("sslmode", "verify-full");
    }

    @Test
    void requireVerifiesAsLibpqDoesWhenThereIsRootCertificate() throws IOException {
        Map<String, String> require = Map.of("sslmode", "require");
        assertThat(of("h", require)).containsEntry("sslmode", "require");
        assertThat(of("h", Map.of("sslmode", "require", "sslrootcert", "/r")))
                .containsEntry("sslmode", "verify-ca")
                .containsEntry("sslrootcert", "/r");
        Path root = Files.createDirectory(home.resolve(".postgresql")).resolve("root.crt");
        Files.createFile(root);
        assertThat(of("h", require))
                .containsEntry("sslmode", "verify-ca")
                .containsEntry("sslrootcert", root.toString());
    }

    @Test
    void unixSocketKnowsNeitherSslNorKeepalive() {
        assertThat(of("/run/pg", Map.of("sslmode", "verify-full", "keepalives_idle", "9")))
                .containsEntry("socketFactoryArg", "/run/pg/.s.PGSQL.5432")
                .containsEntry("sslmode", "disable")
                .containsEntry("gssEncMode", "disable");
    }

    @Test
    void mapsWhatPgjdbcKnowsUnderAnotherName() {
        Map<String, String> parameters = new HashMap<>();
        parameters.put("channel_binding", "require");
        parameters.put("require_auth", "scram-sha-256");
        parameters.put("connect_timeout", "3");
        parameters.put("keepalives", "0");
        parameters.put("gssencmode", "disable");
        parameters.put("krbsrvname", "pg");
        assertThat(of("h", parameters))
                .containsEntry("channelBinding", "require")
                .containsEntry("requireAuth", "scram-sha-256")
                .containsEntry("connectTimeout", "3")
                .containsEntry("loginTimeout", "3")
                .containsEntry("tcpKeepAlive", "false")
                .containsEntry("gssEncMode", "disable")
                .containsEntry("kerberosServerName", "pg");
    }

    @Test
    void addressAndKeepaliveTimesGoThroughSocketsOfOurOwn() {
        assertThat(of("h", Map.of("hostaddr", "::1", "keepalives_idle", " 20 ")))
                .containsEntry("PGHOST", "h")
                .containsEntry("socketFactory", TunedSocketFactory.class.getName())
                .containsEntry(
                        "socketFactoryArg",
                        "hostaddr=::1;keepalives_count=3;keepalives_idle=20;keepalives_interval=10");
    }

    @Test
    void aPeerThatIsGoneIsNoticedWithinAMinuteUnlessKeepalivesAreOff() {
        assertThat(of("h", Map.of()))
                .containsEntry(
                        "socketFactoryArg",
                        "keepalives_count=3;keepalives_idle=30;keepalives_interval=10");
        assertThat(of("h", Map.of("keepalives", "0"))).doesNotContainKey("socketFactory");
    }

    private Properties of(String host, Map<String, String> parameters) {
        Endpoint endpoint = new Endpoint(host, 5432, "d", "u", Secret.NONE, parameters);
        return DriverProperties.of(endpoint, "relevo", Map.of("lock_timeout", "5 s"), home);
    }
}
