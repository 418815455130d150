package dev.relevo.lab;

import java.time.Duration;

/**
 * What {@code relevo demo} was asked to do.
 *
 * @param oldMajor major version to move from
 * @param newMajor major version to move to
 * @param scale pgbench's scale: 100,000 accounts each
 * @param clients how many clients write at once
 * @param jobs how many clients may connect at once: threads of pgbench
 * @param seconds how long the load lasts at least
 * @param rounds how many handovers: odd ones go forward, even ones back
 * @param load who writes
 * @param pause whether to wait for somebody to press Enter before each step
 * @param subscriptions over how many subscriptions the tables are spread
 * @param reverseHosts whether the clients list the new server first
 */
public record DemoOptions(
        int oldMajor,
        int newMajor,
        int scale,
        int clients,
        int jobs,
        Duration seconds,
        int rounds,
        LoadKind load,
        boolean pause,
        int subscriptions,
        boolean reverseHosts) {

    public DemoOptions {
        if (newMajor <= oldMajor) {
            throw new IllegalArgumentException("the new version must be greater than the old one");
        }
        if (scale < 1 || clients < 1 || jobs < 1 || rounds < 1 || subscriptions < 1) {
            throw new IllegalArgumentException(
                    "scale, clients, jobs, rounds and subscriptions must be at least 1");
        }
        if (seconds.isNegative() || seconds.isZero()) {
            throw new IllegalArgumentException("seconds must be at least 1");
        }
    }
}
