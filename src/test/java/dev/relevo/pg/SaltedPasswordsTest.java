package dev.relevo.pg;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Security;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is remembered is what the platform would say, for each password, salt and strength. */
final class SaltedPasswordsTest {
    private static final String FUNCTION = "PBKDF2WithHmacSHA256";

    @ParameterizedTest
    @CsvSource({
        "secret, salt, 4096, 256",
        "secrez, salt, 4096, 256",
        "secret, tlas, 4096, 256",
        "secret, salt, 4097, 256",
        "secret, salt, 4096, 128",
        "secrets, alt, 4096, 256",
        "gehéim€, salt, 4096, 256"
    })
    void answersAsThePlatformDoes(String password, String salt, int rounds, int bits)
            throws GeneralSecurityException {
        SaltedPasswords.remember();
        SecretKeyFactory ours = SecretKeyFactory.getInstance(FUNCTION);
        assertThat(ours.getProvider().getName()).isEqualTo("Relevo");
        byte[] expected =
                SecretKeyFactory.getInstance(FUNCTION, platform())
                        .generateSecret(spec(password, salt, rounds, bits))
                        .getEncoded();
        for (int i = 0; i < 2; i++) {
            assertThat(ours.generateSecret(spec(password, salt, rounds, bits)).getEncoded())
                    .isEqualTo(expected);
        }
    }

    private static Provider platform() {
        for (Provider provider : Security.getProviders("SecretKeyFactory." + FUNCTION)) {
            if (!provider.getName().equals("Relevo")) {
                return provider;
            }
        }
        throw new AssertionError("no platform");
    }

    private static PBEKeySpec spec(String password, String salt, int rounds, int bits) {
        return new PBEKeySpec(
                password.toCharArray(), salt.getBytes(StandardCharsets.UTF_8), rounds, bits);
    }
}
