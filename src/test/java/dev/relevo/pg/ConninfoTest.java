package dev.relevo.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConninfoTest {
    private static final Environment EMPTY =
            new Environment(Map.of(), Path.of("/nonexistent"), "me", List.of());

    @Test
    void takesPlainWordAsDatabase() {
        assertThat(Conninfo.parse("shop").values()).containsExactly(Map.entry("dbname", "shop"));
        assertThat(Conninfo.parse("").values()).isEmpty();
    }

    @Test
    void refusesUnknownKeywordsInLibpqsWords() {
        assertRefused("host=a foo=1", "invalid connection option \"foo\"");
        assertRefused("postgresql://a/b?foo=1", "invalid URI query parameter \"foo\"");
    }

    @Test
    void lateKeywordReplacesEarlierOne() {
        assertThat(Conninfo.parse("host=a").with("host", "b").values())
                .containsExactly(Map.entry("host", "b"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host=a password=pre geheim",
                "host=a password=pre geheim=x",
                "password='geheim",
                "password=pre geheim host",
                "password=pre geheim\u0001=1",
                "postgresql://u:geheim%zz@h/d",
                "postgresql://u:geheim%00@h/d",
                "postgresql://u:geheim%FF@h/d",
                "postgresql://u:p@geheim@h/d",
                "postgresql://u:geheim/x@h/d",
                "postgresql://u:p@h/d?password=x&geheim",
                "postgresql://u:p@h/d?password=x&geheim=1",
                "postgresql://u:p@h/d?password=x&geheim=1=2",
                "postgresql://u:p@h/d?sslpassword=geheim%",
                "postgresql://u:geheim@h:port/d",
                "postgresql://u:geheim@h:1,h:2,h/d?port=1,2",
                "postgresql://u:geheim@h/d?connect_timeout=x",
                "postgresql://u:geheim@h/d?sslmode=x",
                "postgresql://h/d?oauth_client_secret=geheim",
                "postgresql://h/d?scram_client_key=geheim",
                "password=geheim service=none",
            })
    void noErrorRepeatsPassword(String text) {
        ProblemException error =
                catchThrowableOfType(
                        ProblemException.class, () -> Conninfo.parse(text).resolve(EMPTY));
        assertThat(error).as(text).isNotNull();
        Problem problem = error.problem();
        assertThat(problem.status()).isEqualTo(ExitStatus.USAGE);
        assertThat(problem.toString() + error.getCause()).doesNotContain("geheim");
        assertThat(problem.hint()).endsWith(".");
    }

    @Test
    void toStringShowsNoPassword() {
        Conninfo conninfo =
                Conninfo.parse("host=h password=geheim sslpassword=geheim sslkey=/k user=u");
        assertThat(conninfo.toString()).contains("host='h'").doesNotContain("geheim");
        Candidates candidates = conninfo.resolve(EMPTY);
        assertThat(candidates.toString()).contains("sslkey='/k'").doesNotContain("geheim");
        assertThat(candidates.endpoints().getFirst().display()).isEqualTo("h:5432/u");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sslcrl=/x",
                "sslcrldir=/x",
                "ssl_min_protocol_version=TLSv1.3",
                "ssl_max_protocol_version=TLSv1.2",
                "requirepeer=postgres",
                "tcp_user_timeout=1000",
                "sslsni=0",
                "sslcompression=1",
                "sslcertmode=require",
                "gssdelegation=1",
                "gsslib=sspi",
                "replication=database",
                "load_balance_hosts=random",
                "sslrootcert=system",
                "sslkeylogfile=/x",
                "oauth_issuer=x",
                "min_protocol_version=3.2",
                "target_session_attrs=standby",
                "target_session_attrs=read-only",
            })
    void refusesWhatItCouldNotHonour(String option) {
        Problem problem = refusal("host=h " + option);
        assertThat(problem.code()).isEqualTo("connection-option");
        assertThat(problem.message()).contains(option.substring(0, option.indexOf('=')));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sslmode=on",
                "sslmode=''",
                "channel_binding=maybe",
                "gssencmode=x",
                "target_session_attrs=master",
                "connect_timeout=''",
                "connect_timeout=1s",
                "keepalives=yes",
                "port=0",
                "port=65536",
                "port=x",
                "port=1,2",
                "host=a,b,c port=1,2",
                "host=a,b hostaddr=10.0.0.1",
                "host=@abstract",
            })
    void refusesValuesLibpqRefuses(String option) {
        assertThat(refusal((option.startsWith("host") ? "" : "host=h ") + option).code())
                .isEqualTo("connection-string");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sslcrl=''",
                "ssl_min_protocol_version=TLSv1.2",
                "sslcompression=0",
                "tcp_user_timeout=0",
                "replication=''",
                "target_session_attrs=read-write",
                "target_session_attrs=prefer-standby",
                "connect_timeout=' 5 '",
                "client_encoding=LATIN1",
                "application_name=x",
            })
    void takesWhatChangesNothing(String option) {
        assertThat(Conninfo.parse("host=h " + option).resolve(EMPTY).endpoints()).hasSize(1);
    }

    private static void assertRefused(String text, String message) {
        assertThatThrownBy(() -> Conninfo.parse(text)).hasMessage(message);
    }

    private static Problem refusal(String text) {
        ProblemException error =
                catchThrowableOfType(
                        ProblemException.class, () -> Conninfo.parse(text).resolve(EMPTY));
        assertThat(error).as(text).isNotNull();
        assertThat(error.problem().status()).isEqualTo(ExitStatus.USAGE);
        return error.problem();
    }
}
