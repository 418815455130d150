package dev.relevo.cli.config;

import dev.relevo.catalog.Side;
import dev.relevo.copy.Throttle;
import dev.relevo.handover.Limits;
import dev.relevo.pg.Endpoint;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import dev.relevo.upgrade.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lays option over environment over file, and makes {@link Settings} of what is seen from above.
 *
 * @param directory where {@code relevo.yaml} is looked for
 * @param environment the process's variables
 * @param connections reads connection strings
 * @param warning takes one line for people
 */
public record SettingsSource(
        Path directory,
        Map<String, String> environment,
        Connections connections,
        Consumer<String> warning) {
    public static final String FILE_NAME = "relevo.yaml";

    /**
     * Makes the settings.
     *
     * @param options what the command line says
     * @param file the file of {@code --config}; null for {@code relevo.yaml} when it is there
     */
    public Settings settings(Config options, @Nullable Path file) {
        return settings(options, file, Optional.empty());
    }

    /**
     * The same, when a side is gone for good: its address may be missing, or lead nowhere.
     *
     * @param gone the side that is
     */
    public Settings settings(Config options, @Nullable Path file, Optional<Side> gone) {
        Config config =
                options.or(Config.EMPTY.withServers(variable("RELEVO_OLD"), variable("RELEVO_NEW")))
                        .or(file(file));
        Limits defaults = Limits.DEFAULT;
        Endpoint old = server(config.oldServer(), Side.OLD, gone);
        Endpoint fresh = server(config.newServer(), Side.NEW, gone);
        return new Settings(
                old,
                fresh,
                seenFromServer(config.oldFromNew(), old),
                seenFromServer(config.newFromOld(), fresh),
                new Limits(
                        or(config.drainTimeout(), defaults.drain()),
                        or(config.forceDrain(), defaults.forceDrain()),
                        or(config.catchUpTimeout(), defaults.catchUp()),
                        or(config.overlap(), defaults.overlap())),
                or(config.jobs(), Settings.AUTOMATIC),
                or(config.subscriptions(), Settings.AUTOMATIC),
                or(config.maxRate(), Throttle.UNLIMITED));
    }

    /**
     * It is the same database, so the string need not name it: libpq would take the user's name.
     */
    private Optional<Endpoint> seenFromServer(@Nullable String conninfo, Endpoint server) {
        return Optional.ofNullable(conninfo)
                .map(text ->
                        connections.seenFromServer(text, warning).withDatabase(server.database()));
    }

    private Endpoint server(@Nullable String conninfo, Side side, Optional<Side> gone) {
        if (gone.filter(side::equals).isEmpty()) {
            return connections.server(
                    needed(
                            conninfo,
                            side.label(),
                            "RELEVO_" + side.label().toUpperCase(Locale.ROOT)),
                    warning);
        }
        if (conninfo == null) {
            return Settings.NOT_GIVEN;
        }
        try {
            return connections.server(conninfo, warning);
        } catch (ProblemException e) {
            if (e.problem().status() != ExitStatus.CONNECTION) {
                throw e;
            }
            // Of several hosts none answers, or lets us in.
            return connections.seenFromServer(conninfo, warning);
        }
    }

    private Config file(@Nullable Path named) {
        if (named != null) {
            return ConfigReader.read(directory.resolve(named));
        }
        Path usual = directory.resolve(FILE_NAME);
        return Files.exists(usual) ? ConfigReader.read(usual) : Config.EMPTY;
    }

    private @Nullable String variable(String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value;
    }

    private static String needed(@Nullable String conninfo, String side, String variable) {
        if (conninfo != null) {
            return conninfo;
        }
        throw new Problem(
                        ExitStatus.USAGE,
                        "no-" + side + "-server",
                        "no connection string for the " + side + " server",
                        "",
                        "Give --"
                                + side
                                + ", set "
                                + variable
                                + ", or write \""
                                + side
                                + ":\" into "
                                + FILE_NAME
                                + "; relevo init writes one to begin with.")
                .toException();
    }

    private static <T> T or(@Nullable T value, T otherwise) {
        return value == null ? otherwise : value;
    }
}
