package dev.relevo.check;

import dev.relevo.pg.Session;
import dev.relevo.problem.Problem;

/** One of the two servers as the checks see it. */
public sealed interface Side {
    /** We are logged in. */
    record Open(Session session) implements Side {}

    /** We could not log in, and why. */
    record Closed(Problem why) implements Side {}
}
