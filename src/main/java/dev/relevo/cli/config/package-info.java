/** Where settings come from: options, then the environment, then {@code relevo.yaml}. */
@NullMarked
package dev.relevo.cli.config;

import org.jspecify.annotations.NullMarked;
