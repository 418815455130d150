package dev.relevo.catalog;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Session;
import dev.relevo.pg.SqlFile;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * For whom the commits of a server wait, and who is there. A subscription of ours that counts as
 * one of them confirms to clients what is on no standby, and takes the standby's place; where too
 * few are there, every commit waits for ever, ours too.
 *
 * @param setting {@code synchronous_standby_names}
 * @param names the same, taken apart
 * @param connected who receives the log just now
 */
public record SynchronousStandbys(String setting, StandbyNames names, List<Standby> connected) {
    /** As Relevo's subscriptions call themselves. */
    private static final String OURS = "(?i)relevo_[0-9a-f]{8}_(old|new)(_[0-9]+)?";

    public SynchronousStandbys {
        connected = List.copyOf(connected);
    }

    /**
     * Somebody who receives the log.
     *
     * @param chosen whether the server counts him as a synchronous standby
     * @param streaming whether he has caught up so far that a commit can be confirmed by him
     * @param ours whether he is a subscription of Relevo's
     */
    public record Standby(String name, boolean chosen, boolean streaming, boolean ours) {}

    /** Nothing where no commit waits for a standby. */
    public static Optional<SynchronousStandbys> read(Session session) {
        String setting = session.text("SHOW synchronous_standby_names");
        return StandbyNames.parse(setting)
                .map(names ->
                        new SynchronousStandbys(
                                setting,
                                names,
                                session.query(
                                        SqlFile.load(SynchronousStandbys.class, "standbys"),
                                        row ->
                                                new Standby(
                                                        row.text("name"),
                                                        row.bool("chosen"),
                                                        row.bool("streaming"),
                                                        row.bool("ours")))));
    }

    /** Whether a subscription of ours counts, or will count as soon as it connects. */
    public boolean takesOurs() {
        return names.matchesAnybody()
                || connected.stream().anyMatch(standby -> standby.ours() && standby.chosen())
                || names.names().stream()
                        .anyMatch(name -> name.matches(OURS) && theirs().noneMatch(name::equals));
    }

    /** How many standbys are missing before a commit can return. */
    public int missing() {
        long there =
                connected.stream()
                        .filter(standby ->
                                !standby.ours() && standby.chosen() && standby.streaming())
                        .count();
        return (int) Math.max(0, names.number() - there);
    }

    /**
     * The statement after which only standbys count: those that are named already or, for {@code
     * *}, those that are connected.
     */
    public String statement() {
        List<String> right =
                Stream.concat(
                                names.names().stream()
                                        .filter(name ->
                                                !name.equals(StandbyNames.ANYBODY)
                                                        && !name.matches(OURS)),
                                names.matchesAnybody() ? theirs() : Stream.of())
                        .distinct()
                        .toList();
        return (right.isEmpty()
                        ? "ALTER SYSTEM SET synchronous_standby_names = ''"
                        : "ALTER SYSTEM SET synchronous_standby_names = "
                                + Quote.literal(names.with(right)))
                + "; SELECT pg_reload_conf();";
    }

    private Stream<String> theirs() {
        return connected.stream()
                .filter(standby -> !standby.ours() && !standby.name().isEmpty())
                .map(Standby::name)
                .distinct();
    }
}
