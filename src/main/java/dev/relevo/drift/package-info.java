/** How the schemas of two databases on one server differ, and what makes one like the other. */
@NullMarked
package dev.relevo.drift;

import org.jspecify.annotations.NullMarked;
