package dev.relevo.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PasswordsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://me:hunter2@host/db",
                "postgres://me:hun@ter2@host,other/db",
                "host=a password=hunter2",
                "host=a password = 'hun\\'ter2 x' port=1",
                "postgresql://host/db?user=me&password=hunter2",
                "host=a sslpassword=hunter2"
            })
    void areFoundAndHidden(String conninfo) {
        assertThat(Passwords.in(conninfo)).isTrue();
        assertThat(Passwords.hide("failed: " + conninfo)).doesNotContain("ter2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://me@host:5432/db",
                "postgresql://host:5432,other:5433/db",
                "host=a user=password",
                "postgresql://[::1]:5432/db",
                "passfile=/home/me/.pgpass"
            })
    void areNotSeenWhereNoneIs(String conninfo) {
        assertThat(Passwords.in(conninfo)).isFalse();
        assertThat(Passwords.hide(conninfo)).isEqualTo(conninfo);
    }

    @Test
    void areSuspectedInTheStatementsThatCarryThem() {
        assertThat(Passwords.mayBeIn("ALTER ROLE x PASSWORD 'y'")).isTrue();
        assertThat(Passwords.mayBeIn("CREATE SUBSCRIPTION s CONNECTION 'host=a' PUBLICATION p"))
                .isTrue();
        assertThat(Passwords.mayBeIn("SELECT subconninfo FROM pg_subscription")).isTrue();
        assertThat(Passwords.mayBeIn("LOCK TABLE public.orders IN EXCLUSIVE MODE")).isFalse();
        assertThat(Passwords.hide("syntax error in CREATE ROLE a PASSWORD 'ab''c' LOGIN"))
                .isEqualTo("syntax error in CREATE ROLE a PASSWORD '********' LOGIN");
    }
}
