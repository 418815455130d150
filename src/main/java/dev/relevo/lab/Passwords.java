package dev.relevo.lab;

import dev.relevo.pg.Secret;
import java.security.SecureRandom;
import java.util.Base64;

/** Passwords for throw-away servers. */
final class Passwords {
    private static final SecureRandom RANDOM = new SecureRandom();

    private Passwords() {}

    /** 144 random bits, in characters that need no quoting anywhere. */
    static Secret random() {
        byte[] bytes = new byte[18];
        RANDOM.nextBytes(bytes);
        return Secret.of(Base64.getUrlEncoder().encodeToString(bytes));
    }
}
