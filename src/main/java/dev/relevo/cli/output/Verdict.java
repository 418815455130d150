package dev.relevo.cli.output;

import dev.relevo.cli.config.Passwords;
import dev.relevo.problem.ExitStatus;
import dev.relevo.upgrade.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A status in one line, as plug-ins for monitoring write it, with what it measured behind a bar.
 *
 * @param status OK, WARNING or CRITICAL
 * @param line without a line break
 */
public record Verdict(ExitStatus status, String line) {
    private static final int LENGTH = 200;

    /**
     * When to warn of a side that is behind.
     *
     * @param bytes of write-ahead log that is not confirmed
     * @param seconds as PostgreSQL measured them
     */
    public record LagLimit(long bytes, double seconds) {
        /** Never. */
        public static final LagLimit NONE = new LagLimit(Long.MAX_VALUE, Double.MAX_VALUE);
    }

    /**
     * Of this status, with these limits.
     *
     * @param price what came of a limit at which the way back is given up, if it was exceeded
     */
    public static Verdict of(
            Status status, LagLimit lag, long maxRetained, Optional<String> price) {
        List<String> critical = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        price.ifPresent(critical::add);
        status.givenUp().filter(_ -> price.isEmpty()).ifPresent(warnings::add);
        Optional<Status.Replication> replication = status.replication();
        switch (status.phase()) {
            case UNKNOWN -> {
                trouble(critical, "old", status.oldServer());
                trouble(critical, "new", status.newServer());
            }
            case INTERRUPTED -> critical.add("a handover did not end");
            case NOT_STARTED, STARTING, FOLLOWING, SWITCHED, FINISHED -> {}
        }
        status.copy().filter(Status.Copy::lost).ifPresent(_ -> critical.add("the copy is lost"));
        replication.ifPresent(r -> {
            if (r.lagBytes() > lag.bytes() || r.lagSeconds() > lag.seconds()) {
                warnings.add("more behind than --max-lag");
            }
            boolean endangered =
                    r.subscriptions().stream().anyMatch(Status.Subscription::endangered);
            (r.stuck() || endangered ? critical : warnings).addAll(r.problems());
            if (r.stuck() && r.problems().isEmpty()) {
                critical.add("an apply worker does not run");
            }
        });
        long retained = status.retainedBytes();
        if (retained > maxRetained) {
            warnings.add(
                    "slots keep more write-ahead log than %s (--max-retained)"
                            .formatted(Texts.bytes(maxRetained)));
        }
        ExitStatus exit =
                status.phase() == Status.Phase.UNKNOWN || !critical.isEmpty()
                        ? ExitStatus.CRITICAL
                        : warnings.isEmpty() ? ExitStatus.OK : ExitStatus.WARNING;
        critical.addAll(warnings);
        return new Verdict(exit, line(status, exit, critical, retained));
    }

    private static void trouble(List<String> said, String name, Status.Side side) {
        side.trouble()
                .ifPresent(problem -> said.add("the " + name + " server: " + problem.message()));
    }

    private static String line(Status status, ExitStatus exit, List<String> said, long retained) {
        Optional<Status.Replication> replication = status.replication();
        String phase = status.phase().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        String behind =
                replication
                        .map(r ->
                                String.format(
                                        Locale.ROOT,
                                        ", %s behind (%.1f s)",
                                        Texts.bytes(r.lagBytes()),
                                        r.lagSeconds()))
                        .orElse("");
        String what =
                said.isEmpty()
                        ? ""
                        : ": "
                                + Texts.oneLine(
                                        Passwords.hide(String.join("; ", said)).replace('|', '/'),
                                        LENGTH);
        return String.format(
                Locale.ROOT,
                "relevo %s - %s%s, slots keep %s%s | lag_bytes=%d lag_seconds=%.1f retained_bytes=%d",
                exit.name(),
                phase,
                behind,
                Texts.bytes(retained),
                what,
                replication.map(Status.Replication::lagBytes).orElse(0L),
                replication.map(Status.Replication::lagSeconds).orElse(0.0),
                retained);
    }
}
