package dev.relevo.replication;

import dev.relevo.pg.Session;
import dev.relevo.plan.Observation;
import dev.relevo.plan.Progress;
import dev.relevo.plan.Reversal;
import dev.relevo.plan.Statement;
import dev.relevo.plan.Step;
import java.util.List;
import java.util.stream.Collectors;

/** Writes down which subscription each table belongs to, so that none ever changes its group. */
public final class Grouping implements Step {
    private static final String ID = "groups";

    private final Node publisher;
    private final Groups groups;

    public Grouping(Node publisher, Groups groups) {
        this.publisher = publisher;
        this.groups = groups;
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String title() {
        return "tables shared out to " + groups.groups().size() + " subscriptions";
    }

    @Override
    public List<Statement> statements() {
        return List.of(new Statement(publisher.side().label(), groups.statement()));
    }

    @Override
    public Observation observe() {
        try (Session here = publisher.open(ID)) {
            return groups.isRemembered(here)
                    ? new Observation.Done(evidence())
                    : new Observation.Pending();
        }
    }

    @Override
    public void apply(Progress progress) {
        try (Session here = publisher.open(ID)) {
            groups.remember(here);
        }
    }

    /** Schema relevo goes, and this with it. */
    @Override
    public Reversal reversal() {
        return new Reversal.Nothing();
    }

    private String evidence() {
        return groups.groups().stream()
                        .map(group -> Integer.toString(group.size()))
                        .collect(Collectors.joining(" + "))
                + " tables";
    }
}
