package dev.relevo.check;

import java.util.List;

/** One thing that must hold, or that somebody should know, before anything is changed. */
interface Check {
    /** Stable, in kebab case; a section of {@code docs/checks.md} has the same name. */
    String id();

    /** What is not as it should be; nothing when all is well. */
    List<Finding> find(Probe probe);
}
