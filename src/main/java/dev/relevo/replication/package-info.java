/**
 * PostgreSQL's own logical replication: roles, publications, slots, subscriptions, the way back.
 */
@NullMarked
package dev.relevo.replication;

import org.jspecify.annotations.NullMarked;
