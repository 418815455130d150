package dev.relevo.pg;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.Provider;
import java.security.Security;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.SecretKeyFactorySpi;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Remembers what SCRAM makes of a password and a server's salt, as long as this process lives.
 *
 * <p>The 4,096 rounds of it are most of what a connection costs us, 20 ms of a processor, and a
 * command opens a hundred connections with the same role and salt. The driver has no place to put
 * the result, but asks the platform for the function, so the function remembers. Every other call
 * of it, by whomever, gets the same answer as before. What is kept is of use for nothing but
 * logging in to that server, and the password itself is in memory anyway.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5802#section-3">SaltedPassword</a>
 */
final class SaltedPasswords extends SecretKeyFactorySpi {
    private static final String FUNCTION = "PBKDF2WithHmacSHA256";

    /** Roles on servers: two of each as a rule. */
    private static final int MOST = 100;

    private static final Map<ByteBuffer, byte[]> KNOWN = new ConcurrentHashMap<>();

    private final Provider platform;

    private SaltedPasswords(Provider platform) {
        this.platform = platform;
    }

    /** Steps in front of the platform's function; once is enough. */
    static void remember() {
        try {
            Provider platform = SecretKeyFactory.getInstance(FUNCTION).getProvider();
            Security.insertProviderAt(new Memory(platform), 1);
        } catch (GeneralSecurityException e) {
            // A platform without it cannot log in by SCRAM, and the driver says so.
            assert e != null;
        }
    }

    private static final class Memory extends Provider {
        private static final long serialVersionUID = 1;

        Memory(Provider platform) {
            super("Relevo", "1", "remembers salted passwords");
            putService(
                    new Service(
                            this,
                            "SecretKeyFactory",
                            FUNCTION,
                            SaltedPasswords.class.getName(),
                            null,
                            null) {
                        @Override
                        public Object newInstance(Object parameter) {
                            return new SaltedPasswords(platform);
                        }
                    });
        }
    }

    @Override
    protected SecretKey engineGenerateSecret(KeySpec spec) throws InvalidKeySpecException {
        if (!(spec instanceof PBEKeySpec asked) || asked.getSalt() == null) {
            return make(spec);
        }
        ByteBuffer question = digest(asked);
        byte[] known = KNOWN.get(question);
        if (known == null) {
            known = make(spec).getEncoded();
            if (KNOWN.size() >= MOST) {
                KNOWN.clear();
            }
            KNOWN.put(question, known);
        }
        return new SecretKeySpec(known, FUNCTION);
    }

    private SecretKey make(KeySpec spec) throws InvalidKeySpecException {
        return platforms().generateSecret(spec);
    }

    private SecretKeyFactory platforms() {
        try {
            return SecretKeyFactory.getInstance(FUNCTION, platform);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Of everything that the answer depends on. */
    private static ByteBuffer digest(PBEKeySpec spec) {
        char[] password = spec.getPassword();
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(
                    ByteBuffer.allocate(12)
                            .putInt(spec.getIterationCount())
                            .putInt(spec.getKeyLength())
                            .putInt(spec.getSalt().length)
                            .flip());
            digest.update(spec.getSalt());
            digest.update(StandardCharsets.UTF_8.encode(CharBuffer.wrap(password)));
            return ByteBuffer.wrap(digest.digest());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected KeySpec engineGetKeySpec(SecretKey key, Class<?> keySpec)
            throws InvalidKeySpecException {
        return platforms().getKeySpec(key, keySpec);
    }

    @Override
    protected SecretKey engineTranslateKey(SecretKey key) throws InvalidKeyException {
        return platforms().translateKey(key);
    }
}
