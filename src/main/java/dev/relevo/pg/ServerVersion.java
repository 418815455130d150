package dev.relevo.pg;

/**
 * A server's version as {@code server_version_num} gives it, for example 140024 for 14.24.
 *
 * @param number major × 10000 + minor
 */
public record ServerVersion(int number) implements Comparable<ServerVersion> {

    public ServerVersion {
        if (number < 100_000) {
            throw new IllegalArgumentException("not a version since 10: " + number);
        }
    }

    public int major() {
        return number / 10_000;
    }

    public int minor() {
        return number % 10_000;
    }

    public boolean atLeast(int major) {
        return major() >= major;
    }

    @Override
    public int compareTo(ServerVersion other) {
        return Integer.compare(number, other.number);
    }

    @Override
    public String toString() {
        return major() + "." + minor();
    }
}
