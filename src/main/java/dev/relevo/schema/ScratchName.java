package dev.relevo.schema;

import dev.relevo.ledger.ServerId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The name of a scratch database. It is random, and ends with a hash of the random part and of both
 * servers' identities: a name that nobody gives a database by chance, that no other pair of servers
 * has, and that needs no record made before the database is.
 */
final class ScratchName {
    static final String PREFIX = "relevo_scratch_";
    private static final int RANDOM = 16;
    private static final int SEAL = 24;

    private ScratchName() {}

    static String random(ServerId source, ServerId newServer) {
        byte[] bytes = new byte[RANDOM / 2];
        new SecureRandom().nextBytes(bytes);
        String random = HexFormat.of().formatHex(bytes);
        return PREFIX + random + "_" + seal(random, source, newServer);
    }

    /** Whether a database of that name was made for these two. */
    static boolean isOf(String name, ServerId source, ServerId newServer) {
        if (name.length() != PREFIX.length() + RANDOM + 1 + SEAL || !name.startsWith(PREFIX)) {
            return false;
        }
        String random = name.substring(PREFIX.length(), PREFIX.length() + RANDOM);
        return name.equals(PREFIX + random + "_" + seal(random, source, newServer));
    }

    private static String seal(String random, ServerId source, ServerId newServer) {
        String all =
                "relevo scratch %s %d %d %d"
                        .formatted(random, source.system(), source.database(), newServer.system());
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(all.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, SEAL);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
