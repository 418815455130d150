/** An immutable description of a database, and the queries it is read with. */
@NullMarked
package dev.relevo.catalog;

import org.jspecify.annotations.NullMarked;
