/**
 * Tries to break the handover: rounds of faults under clients of every kind, and a judge behind
 * each. Run by {@code bin/torture}; see {@code docs/torture.md}.
 */
@NullMarked
package dev.relevo.torture;

import org.jspecify.annotations.NullMarked;
