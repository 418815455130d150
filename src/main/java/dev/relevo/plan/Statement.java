package dev.relevo.plan;

/**
 * Something a step would run, as {@code relevo plan} prints it.
 *
 * @param where the server it runs on, {@code old} or {@code new}, or {@code here} for a program on
 *     this machine
 * @param text the SQL or the command line; secrets stand as {@code ********}
 */
public record Statement(String where, String text) {}
