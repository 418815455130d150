package dev.relevo.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operating system's account that runs the servers. PostgreSQL refuses to run as root, so root
 * lends them {@code postgres}, or {@code nobody} where there is none; everybody else runs them
 * themselves.
 */
final class Account {
    private final @Nullable UserPrincipal user;
    private final List<String> prefix;

    private Account(@Nullable UserPrincipal user, List<String> prefix) {
        this.user = user;
        this.prefix = prefix;
    }

    /** The account for servers that this process starts. */
    static Account forServers() {
        try {
            if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                return new Account(null, List.of());
            }
            UserPrincipal user = unprivileged();
            return new Account(user, become(user.getName()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static UserPrincipal unprivileged() throws IOException {
        var users = Path.of("/").getFileSystem().getUserPrincipalLookupService();
        try {
            return users.lookupPrincipalByName("postgres");
        } catch (UserPrincipalNotFoundException e) {
            return users.lookupPrincipalByName("nobody");
        }
    }

    private static List<String> become(String name) {
        if (!Command.exists("setpriv")) {
            return List.of("runuser", "-u", name, "--");
        }
        String group = Command.run(Path.of("/"), List.of("id", "-g", name));
        return List.of("setpriv", "--reuid=" + name, "--regid=" + group, "--clear-groups", "--");
    }

    /** The command as this account runs it. */
    List<String> command(List<String> command) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(command);
        return all;
    }

    /** Hands a file or an empty directory over to this account. */
    void own(Path path) {
        if (user != null) {
            try {
                Files.setOwner(path, user);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Whether this account can run the program: every directory above it must let it through. */
    boolean canRun(Path program) {
        return prefix.isEmpty()
                || Command.attempt(Path.of("/"), command(List.of("test", "-x", program.toString())))
                        .succeeded();
    }
}
