package dev.relevo.cli;

import dev.relevo.catalog.Side;
import dev.relevo.cli.config.Config;
import dev.relevo.cli.config.Passwords;
import dev.relevo.cli.config.SettingsSource;
import dev.relevo.cli.output.ErrorText;
import dev.relevo.pg.LongStatements;
import dev.relevo.problem.ExitStatus;
import dev.relevo.upgrade.Settings;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A command that works on the pair of servers. */
abstract class ServerCommand extends RelevoCommand {
    static final String NOTHING_CHANGED = "nothing was changed";
    static final String GOES_ON =
            "nothing is lost; run the same command again and it goes on from here";

    @Option(
            names = "--old",
            paramLabel = "CONNINFO",
            description =
                    "The database to move, as a libpq URI or keyword string. Else RELEVO_OLD, else"
                            + " old: in relevo.yaml.")
    private @Nullable String oldServer;

    @Option(
            names = "--new",
            paramLabel = "CONNINFO",
            description = "Where it goes. Else RELEVO_NEW, else new: in relevo.yaml.")
    private @Nullable String newServer;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Read this file instead of ./relevo.yaml.")
    private @Nullable Path config;

    /** Does it on these servers. */
    abstract ExitStatus run(Commands commands);

    /** What Ctrl-C says meanwhile. */
    abstract String interrupted();

    /** What further options say. */
    Config options() {
        return Config.EMPTY;
    }

    /** Refuses what cannot work before any server is asked. */
    void refuse() {}

    /** The side that is gone for good, for which no address is needed. */
    Optional<Side> gone() {
        return Optional.empty();
    }

    /** Adds what no file and no variable says. */
    Settings complete(Settings settings) {
        return settings;
    }

    @Override
    final ExitStatus run() {
        refuse();
        warn("--old", oldServer);
        warn("--new", newServer);
        SettingsSource source =
                new SettingsSource(
                        app().directory(),
                        app().environment(),
                        app().connections(),
                        line -> warning(line, "", ""));
        Config given = options().withServers(oldServer, newServer);
        app().interruption().say(interrupted());
        return LongStatements.telling(
                this::note,
                () -> {
                    try (Commands commands =
                            app().upgrade()
                                    .apply(complete(source.settings(given, config, gone())))) {
                        return run(commands);
                    }
                });
    }

    /** Whom a command that shows no progress waits for. */
    private void note(String line) {
        if (!root().quiet()) {
            console().err().println("note: " + line);
            console().err().flush();
        }
    }

    private void warn(String option, @Nullable String conninfo) {
        if (conninfo != null && Passwords.in(conninfo)) {
            warning(
                    "the connection string of " + option + " holds a password",
                    "Everybody who may list processes on this machine can read it.",
                    "Put it into ~/.pgpass instead.");
        }
    }

    private void warning(String message, String detail, String hint) {
        if (!root().quiet()) {
            ErrorText.warn(console(), message, detail, hint);
        }
    }
}
