/** The handover of the clients from one server to the other; symmetric in (from, to). */
@NullMarked
package dev.relevo.handover;

import org.jspecify.annotations.NullMarked;
