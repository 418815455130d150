package dev.relevo.check;

/**
 * What a preflight check found.
 *
 * @param id stable, in kebab case, for example {@code wal-level}
 * @param severity whether it stops the upgrade
 * @param message one factual line
 * @param detail what was seen; may be empty
 * @param hint a full sentence with the statement or command that mends it; may be empty
 */
public record Finding(String id, Severity severity, String message, String detail, String hint) {
    /** How bad it is. */
    public enum Severity {
        /** The upgrade would fail, or lose something: it must be mended first. */
        ERROR,
        /** It works, and somebody should know. */
        WARNING,
        /** Worth reading once. */
        NOTICE
    }
}
