/**
 * All that Relevo keeps inside the two databases: whose upgrade it is, which side serves, what an
 * undo has to restore, and what was done. The only place that names these tables.
 */
@NullMarked
package dev.relevo.ledger;

import org.jspecify.annotations.NullMarked;
