package dev.relevo.lab;

/**
 * How a load's transactions ended.
 *
 * @param committed the server said so
 * @param failed an error came before COMMIT was sent, or the server answered COMMIT with one
 * @param unknown COMMIT was sent and no answer came; pgbench's clients that gave up are {@code
 *     failed}, although the last transaction of each may have been committed
 */
public record Counters(long committed, long failed, long unknown) {}
