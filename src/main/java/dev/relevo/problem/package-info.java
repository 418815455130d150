/** What went wrong, in PostgreSQL's manner: one factual line, a detail, a hint. */
@NullMarked
package dev.relevo.problem;

import org.jspecify.annotations.NullMarked;
