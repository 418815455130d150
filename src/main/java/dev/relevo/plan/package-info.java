/**
 * Steps, the plan they make, the runner that carries it out, the journal it writes. Knows nothing
 * of PostgreSQL.
 */
@NullMarked
package dev.relevo.plan;

import org.jspecify.annotations.NullMarked;
