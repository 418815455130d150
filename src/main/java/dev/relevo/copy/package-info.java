/**
 * The initial copy: the rows of every table in one snapshot, by several workers, a table in pieces;
 * and its indexes, when its rows are there.
 */
@NullMarked
package dev.relevo.copy;

import org.jspecify.annotations.NullMarked;
