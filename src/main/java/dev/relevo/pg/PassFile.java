package dev.relevo.pg;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A password file: lines of {@code host:port:database:user:password}, the first that matches wins.
 *
 * <p>Like libpq it ignores a file others may read, and says so.
 *
 * @param lines the usable lines, none when the file is missing or ignored
 * @param warning why the file is ignored
 * @see <a href="https://www.postgresql.org/docs/current/libpq-pgpass.html">The password file</a>
 */
record PassFile(List<String> lines, Optional<String> warning) {
    private static final Set<PosixFilePermission> OWNER =
            Set.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.OWNER_EXECUTE);

    static PassFile read(Path file) {
        if (!Files.exists(file)) {
            return new PassFile(List.of(), Optional.empty());
        }
        if (!Files.isRegularFile(file)) {
            return ignored(file, "is not a plain file");
        }
        try {
            if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
                return ignored(
                        file,
                        "has group or world access; permissions should be u=rw (0600) or less");
            }
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            List<String> lines = text.lines().filter(line -> !line.startsWith("#")).toList();
            return new PassFile(lines, Optional.empty());
        } catch (IOException e) {
            return ignored(file, "cannot be read");
        }
    }

    private static PassFile ignored(Path file, String why) {
        return new PassFile(
                List.of(),
                Optional.of("password file \"" + file + "\" " + why + "; it is ignored"));
    }

    /** The password for one host, or {@link Secret#NONE}. */
    Secret lookUp(String host, int port, String database, String user) {
        for (String line : lines) {
            int at = match(line, 0, host);
            at = match(line, at, Integer.toString(port));
            at = match(line, at, database);
            at = match(line, at, user);
            if (at >= 0) {
                return Secret.of(unescaped(line, at));
            }
        }
        return Secret.NONE;
    }

    /** Where the next field begins when the one at {@code at} fits, else -1. */
    private static int match(String line, int at, String wanted) {
        if (at < 0) {
            return -1;
        }
        if (line.startsWith("*:", at)) {
            return at + 2;
        }
        int next = 0;
        for (int i = at; i < line.length(); i++) {
            boolean escaped = line.charAt(i) == '\\';
            if (escaped && ++i == line.length()) {
                return -1;
            }
            char c = line.charAt(i);
            if (next == wanted.length()) {
                return c == ':' && !escaped ? i + 1 : -1;
            }
            if (c != wanted.charAt(next++)) {
                return -1;
            }
        }
        return -1;
    }

    /** The field from {@code at} to the next bare colon, if any. */
    private static String unescaped(String line, int at) {
        StringBuilder field = new StringBuilder();
        for (int i = at; i < line.length() && line.charAt(i) != ':'; i++) {
            if (line.charAt(i) == '\\' && i + 1 < line.length()) {
                i++;
            }
            field.append(line.charAt(i));
        }
        return field.toString();
    }

    /** Names no line: each holds a password. */
    @Override
    public String toString() {
        return "PassFile[" + lines.size() + " lines]";
    }
}
