package dev.relevo.pg;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The values collected while a connection string is read, byte by byte as libpq does: every char
 * below stands for one byte of UTF-8, so that {@code %C3%A4} becomes one letter.
 */
final class ConninfoText {
    private final Map<String, String> values = new LinkedHashMap<>();
    private boolean secretSeen;

    /** One char per byte. */
    static String bytes(String text) {
        if (text.indexOf('\0') >= 0) {
            throw Conninfo.invalid("connection string holds a NUL character", "", "");
        }
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** What C's {@code isspace} says in the C locale. */
    static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    /**
     * Remembers a value; a later one wins.
     *
     * @param error what to say of a keyword libpq does not know, as a format for the keyword
     */
    void put(String keyword, String value, String error) {
        if (keyword.equals("requiressl")) {
            values.put("sslmode", value.startsWith("1") ? "require" : "prefer");
            return;
        }
        if (ConninfoKey.of(keyword).isEmpty()) {
            throw Conninfo.invalid(
                    error.formatted(shown(keyword)),
                    "",
                    "Correct the spelling, or leave it out; the keywords are listed at"
                            + " https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS.");
        }
        values.put(keyword, text(keyword, value));
        secretSeen |= ConninfoKey.isSecret(keyword);
    }

    /** The keyword in quotes, unless it may be a piece of a password. */
    String shown(String keyword) {
        return secretSeen ? "after the password" : '"' + printable(keyword) + '"';
    }

    Conninfo done() {
        return new Conninfo(values);
    }

    private static String text(String keyword, String bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Conninfo.invalid(
                    "value of connection option \"" + keyword + "\" is not UTF-8",
                    "",
                    "Encode letters outside ASCII as UTF-8, for example ä as %C3%A4.");
        }
    }

    /** One line, of a length fit for a message. */
    private static String printable(String keyword) {
        String line = keyword.replaceAll("[^ -~]", "?");
        return line.length() > 60 ? line.substring(0, 60) + "..." : line;
    }
}
