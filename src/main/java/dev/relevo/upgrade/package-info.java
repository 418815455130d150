/**
 * Composes the capabilities into the upgrade of one database. {@link Upgrade} is the class to read
 * first.
 */
@NullMarked
package dev.relevo.upgrade;

import org.jspecify.annotations.NullMarked;
