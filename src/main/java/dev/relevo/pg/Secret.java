package dev.relevo.pg;

import java.util.Objects;

/**
 * A password: kept in memory, never printed, not even by accident in a record's {@code toString}.
 */
public final class Secret {
    /** No password at all, as with peer or certificate authentication. */
    public static final Secret NONE = new Secret("");

    private final String value;

    private Secret(String value) {
        this.value = value;
    }

    public static Secret of(String value) {
        return value.isEmpty() ? NONE : new Secret(value);
    }

    public boolean isPresent() {
        return !value.isEmpty();
    }

    /** The password itself. Every caller is a place to look at when secrets leak. */
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.value.equals(value);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(value);
    }

    @Override
    public String toString() {
        return isPresent() ? "********" : "";
    }
}
