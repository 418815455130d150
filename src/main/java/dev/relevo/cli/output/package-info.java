/** What Relevo says: progress and errors for people, results for people or as JSON. */
@NullMarked
package dev.relevo.cli.output;

import org.jspecify.annotations.NullMarked;
