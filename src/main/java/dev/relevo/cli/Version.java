package dev.relevo.cli;

import dev.relevo.ledger.Release;
import picocli.CommandLine.IVersionProvider;

/** {@code relevo --version}. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {
            "relevo " + Release.VERSION + " (Java " + Runtime.version().feature() + ")"
        };
    }
}
