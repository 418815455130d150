/** Preflight checks: what must hold on both servers before anything is changed. */
@NullMarked
package dev.relevo.check;

import org.jspecify.annotations.NullMarked;
