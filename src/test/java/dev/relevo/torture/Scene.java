package dev.relevo.torture;

import dev.relevo.catalog.Side;
import dev.relevo.torture.Judge.Violation;
import java.util.List;
import java.util.Random;

/**
 * Where a fault strikes.
 *
 * @param violations what is found on that occasion
 */
record Scene(
        Field field,
        Side from,
        Side to,
        Operator operator,
        Random random,
        List<Violation> violations) {}
