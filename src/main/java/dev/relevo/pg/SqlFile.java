package dev.relevo.pg;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Queries kept as files next to the package that uses them.
 *
 * <p>A variant for servers from a given major version on is named with its number, for example
 * {@code slots_pg17.sql}; the newest variant that the server knows is taken.
 */
public final class SqlFile {
    private static final ConcurrentHashMap<String, String> LOADED = new ConcurrentHashMap<>();

    private SqlFile() {}

    /** The query {@code name.sql} beside {@code owner}. */
    public static String load(Class<?> owner, String name) {
        return LOADED.computeIfAbsent(
                owner.getPackageName().replace('.', '/') + '/' + name + ".sql", SqlFile::read);
    }

    /**
     * The newest variant of {@code name.sql} beside {@code owner} that {@code version} understands.
     */
    public static String load(Class<?> owner, String name, ServerVersion version) {
        for (int major = version.major(); major > 10; major--) {
            String variant = name + "_pg" + major;
            if (owner.getResource(variant + ".sql") != null) {
                return load(owner, variant);
            }
        }
        return load(owner, name);
    }

    private static String read(String path) {
        try (InputStream in = SqlFile.class.getClassLoader().getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalArgumentException("no such query: " + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
