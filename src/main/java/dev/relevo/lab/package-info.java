/**
 * Throw-away real servers and the load that runs against them, for the demo and for the tests.
 *
 * <p>Nothing of it outlives the process that started it; see {@link
 * dev.relevo.lab.ScratchDirectory}.
 */
@NullMarked
package dev.relevo.lab;

import org.jspecify.annotations.NullMarked;
