package dev.relevo.plan;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Steps in the order in which they are done; undone in the opposite one. */
public record Plan(String name, List<Step> steps) {
    public Plan {
        steps = List.copyOf(steps);
        Set<String> seen = new HashSet<>();
        for (Step step : steps) {
            if (!seen.add(step.id())) {
                throw new IllegalArgumentException("two steps are called " + step.id());
            }
        }
    }
}
