/**
 * PostgreSQL seen from a client: connection strings, sessions, versions, LSNs, quoting, SQLSTATEs.
 */
@NullMarked
package dev.relevo.pg;

import org.jspecify.annotations.NullMarked;
