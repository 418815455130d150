/** Everything but rows: roles, the database, its schema, identities, fences; each a step. */
@NullMarked
package dev.relevo.schema;

import org.jspecify.annotations.NullMarked;
