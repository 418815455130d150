/**
 * The {@code relevo} command: options in, text or JSON and an exit status out. Nothing outside this
 * package touches the standard streams or ends the process.
 */
@NullMarked
package dev.relevo.cli;

import org.jspecify.annotations.NullMarked;
