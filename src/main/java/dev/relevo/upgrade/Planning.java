package dev.relevo.upgrade;

import dev.relevo.catalog.Catalog;
import dev.relevo.catalog.Sequence;
import dev.relevo.catalog.Side;
import dev.relevo.catalog.Table;
import dev.relevo.handover.HandoverPlan;
import dev.relevo.ledger.ServingState;
import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Plan;
import dev.relevo.plan.Statement;
import dev.relevo.problem.ProblemException;
import dev.relevo.replication.WayBack;
import dev.relevo.upgrade.Upgrade.PlannedStep;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What the commands of an upgrade would run from here on; changes nothing. */
final class Planning {
    /** What a step runs may depend on what it finds there. */
    private static final List<Statement> UNKNOWN_YET =
            List.of(new Statement("new", "-- can be told once the database is there"));

    private final Settings settings;
    private final Pair pair;

    Planning(Settings settings, Pair pair) {
        this.settings = settings;
        this.pair = pair;
    }

    List<PlannedStep> steps() {
        return Stream.concat(start(), switchOver()).toList();
    }

    private Stream<PlannedStep> start() {
        Plan plan = StartPlan.of(settings, pair, _ -> {});
        return plan.steps().stream()
                .map(step ->
                        new PlannedStep(
                                plan.name(),
                                step.id(),
                                step.title(),
                                ifDatabase(() -> step.observe() instanceof Observation.Done)
                                        .orElse(false),
                                ifDatabase(step::statements).orElse(UNKNOWN_YET)));
    }

    private Stream<PlannedStep> switchOver() {
        boolean done = pair.state(Side.OLD).filter(ServingState.FENCED::equals).isPresent();
        Catalog catalog = catalog();
        WayBack ways = new WayBack(pair.old(), pair.fresh(), pair.subscriptions(settings));
        PlannedStep applying =
                new PlannedStep(
                        "switch",
                        "applying",
                        "see that changes arrive",
                        done,
                        Applying.statements(Side.OLD));
        return Stream.concat(
                Stream.of(applying),
                HandoverPlan.of(
                                Side.OLD,
                                settings.oldServer().database(),
                                settings.newServer().database(),
                                catalog.fenced().stream().map(Table::name).toList(),
                                catalog.sequences().stream().map(Sequence::name).toList(),
                                new HandoverPlan.Ways(
                                        ways.forwardSubscriptions(),
                                        ways.wayBackSubscriptions(),
                                        ways.prepareStatements(),
                                        ways.dropForwardStatements()))
                        .stream()
                        .map(step ->
                                new PlannedStep(
                                        "switch",
                                        step.step().replace(' ', '-'),
                                        step.step(),
                                        done,
                                        step.statements())));
    }

    private Catalog catalog() {
        try (Session old = settings.oldServer().open("plan")) {
            return Catalog.read(old);
        }
    }

    /** Nothing when the new server does not have the database yet, which start creates. */
    private static <T> Optional<T> ifDatabase(Supplier<T> look) {
        try {
            return Optional.of(look.get());
        } catch (ProblemException e) {
            if (e.problem().code().equals("no-database")) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
