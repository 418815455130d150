package dev.relevo.pg;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every keyword libpq knows in a connection string, up to PostgreSQL 18, and the environment
 * variable that stands in for it.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS">Parameter
 *     key words</a>
 */
enum ConninfoKey {
    SERVICE("service", "PGSERVICE"),
    SERVICEFILE("servicefile", "PGSERVICEFILE"),
    USER("user", "PGUSER"),
    PASSWORD("password", "PGPASSWORD"),
    PASSFILE("passfile", "PGPASSFILE"),
    DBNAME("dbname", "PGDATABASE"),
    HOST("host", "PGHOST"),
    HOSTADDR("hostaddr", "PGHOSTADDR"),
    PORT("port", "PGPORT"),
    CHANNEL_BINDING("channel_binding", "PGCHANNELBINDING"),
    CONNECT_TIMEOUT("connect_timeout", "PGCONNECT_TIMEOUT"),
    CLIENT_ENCODING("client_encoding", "PGCLIENTENCODING"),
    OPTIONS("options", "PGOPTIONS"),
    APPLICATION_NAME("application_name", "PGAPPNAME"),
    FALLBACK_APPLICATION_NAME("fallback_application_name", ""),
    KEEPALIVES("keepalives", ""),
    KEEPALIVES_IDLE("keepalives_idle", ""),
    KEEPALIVES_INTERVAL("keepalives_interval", ""),
    KEEPALIVES_COUNT("keepalives_count", ""),
    TCP_USER_TIMEOUT("tcp_user_timeout", ""),
    SSLMODE("sslmode", "PGSSLMODE"),
    SSLNEGOTIATION("sslnegotiation", "PGSSLNEGOTIATION"),
    SSLCOMPRESSION("sslcompression", "PGSSLCOMPRESSION"),
    SSLCERT("sslcert", "PGSSLCERT"),
    SSLKEY("sslkey", "PGSSLKEY"),
    SSLKEYLOGFILE("sslkeylogfile", ""),
    SSLCERTMODE("sslcertmode", "PGSSLCERTMODE"),
    SSLPASSWORD("sslpassword", ""),
    SSLROOTCERT("sslrootcert", "PGSSLROOTCERT"),
    SSLCRL("sslcrl", "PGSSLCRL"),
    SSLCRLDIR("sslcrldir", "PGSSLCRLDIR"),
    SSLSNI("sslsni", "PGSSLSNI"),
    REQUIREPEER("requirepeer", "PGREQUIREPEER"),
    REQUIRE_AUTH("require_auth", "PGREQUIREAUTH"),
    MIN_PROTOCOL_VERSION("min_protocol_version", "PGMINPROTOCOLVERSION"),
    MAX_PROTOCOL_VERSION("max_protocol_version", "PGMAXPROTOCOLVERSION"),
    SSL_MIN_PROTOCOL_VERSION("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    SSL_MAX_PROTOCOL_VERSION("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    GSSENCMODE("gssencmode", "PGGSSENCMODE"),
    KRBSRVNAME("krbsrvname", "PGKRBSRVNAME"),
    GSSLIB("gsslib", "PGGSSLIB"),
    GSSDELEGATION("gssdelegation", "PGGSSDELEGATION"),
    REPLICATION("replication", ""),
    TARGET_SESSION_ATTRS("target_session_attrs", "PGTARGETSESSIONATTRS"),
    LOAD_BALANCE_HOSTS("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    SCRAM_CLIENT_KEY("scram_client_key", ""),
    SCRAM_SERVER_KEY("scram_server_key", ""),
    OAUTH_ISSUER("oauth_issuer", ""),
    OAUTH_CLIENT_ID("oauth_client_id", ""),
    OAUTH_CLIENT_SECRET("oauth_client_secret", ""),
    OAUTH_SCOPE("oauth_scope", "");

    private static final Map<String, ConninfoKey> BY_KEYWORD =
            Stream.of(values()).collect(Collectors.toMap(ConninfoKey::keyword, key -> key));

    private static final Set<ConninfoKey> SECRET =
            Set.of(PASSWORD, SSLPASSWORD, SCRAM_CLIENT_KEY, SCRAM_SERVER_KEY, OAUTH_CLIENT_SECRET);

    private final String keyword;
    private final String variable;

    ConninfoKey(String keyword, String variable) {
        this.keyword = keyword;
        this.variable = variable;
    }

    static Optional<ConninfoKey> of(String keyword) {
        return Optional.ofNullable(BY_KEYWORD.get(keyword));
    }

    /** Whether the value of {@code keyword} must never be shown. */
    static boolean isSecret(String keyword) {
        return of(keyword).filter(SECRET::contains).isPresent();
    }

    /** As it stands in a connection string. */
    String keyword() {
        return keyword;
    }

    /** The environment variable, or nothing when libpq reads none. */
    Optional<String> variable() {
        return variable.isEmpty() ? Optional.empty() : Optional.of(variable);
    }
}
