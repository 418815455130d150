package dev.relevo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.relevo.cli.config.LibpqConnections;
import dev.relevo.cli.output.Console;
import dev.relevo.cli.output.Problems;
import dev.relevo.lab.Exercise;
import dev.relevo.pg.Environment;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.upgrade.Upgrade;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Where {@code relevo} begins. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its status. */
    public static void main(String[] args) {
        // Words of the driver are looked at to say what to do, and are not to depend on who runs
        // this.
        Locale.setDefault(Locale.ROOT);
        Map<String, String> environment = System.getenv();
        Console console = Terminal.console(environment);
        Interruption interruption = new Interruption();
        interruption.install(console);
        App app =
                new App(
                        console,
                        environment,
                        Path.of(""),
                        new LibpqConnections(Environment.ofProcess()),
                        settings -> new Commands.Real(new Upgrade(settings, operator())),
                        Exercise::new,
                        InstantSource.system(),
                        interruption);
        int status = run(app, args);
        interruption.finished();
        System.exit(status);
    }

    /** The same without ending the process. */
    static int run(App app, String... args) {
        Root root = new Root(app);
        CommandLine line = commandLine(root);
        line.setParameterExceptionHandler((error, given) -> usage(root, error, given));
        line.setExecutionExceptionHandler(
                (error, command, parsed) -> root.fail(Problems.of(error), error, root.json()));
        try {
            int status = line.execute(CommandFirst.order(line, args));
            return app.console().isBroken() ? unwritten(root, status) : status;
        } catch (Error e) {
            // picocli hands over exceptions only.
            return root.fail(Problems.of(e), e, root.json());
        }
    }

    /** The command with all its subcommands, as the completion script needs it too. */
    static CommandLine commandLine(Root root) {
        App app = root.app();
        return new CommandLine(root)
                .setOut(new PrintWriter(app.console().out(), true, UTF_8))
                .setErr(new PrintWriter(app.console().err(), true, UTF_8))
                .setColorScheme(
                        CommandLine.Help.defaultColorScheme(
                                app.console().forResults().color()
                                        ? CommandLine.Help.Ansi.ON
                                        : CommandLine.Help.Ansi.OFF))
                .setUsageHelpLongOptionsMaxWidth(32)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false);
    }

    private static int usage(Root root, ParameterException error, String[] given) {
        CommandLine at = error.getCommandLine();
        String command = at.getCommandSpec().qualifiedName();
        List<String> meant =
                error instanceof UnmatchedArgumentException unmatched
                        ? unmatched.getSuggestions()
                        : List.of();
        Problem problem =
                new Problem(
                        ExitStatus.USAGE,
                        "usage",
                        String.valueOf(error.getMessage()).lines().findFirst().orElse("usage"),
                        "",
                        meant.isEmpty()
                                ? "Run " + command + " --help to see what there is."
                                : "Did you mean " + String.join(" or ", meant) + "?");
        // The line was not understood as a whole, so the option is looked for by hand.
        boolean json = List.of(given).contains("--json");
        return root.fail(Problems.of(problem.toException()), error, json);
    }

    /** What {@code | head} leaves unread is no error; a full disk is one. */
    private static int unwritten(Root root, int status) {
        if (status != ExitStatus.OK.code()) {
            return status;
        }
        if (Terminal.isPipe()) {
            return ExitStatus.UNREAD.code();
        }
        Problem problem =
                new Problem(
                        ExitStatus.FAILED,
                        "output",
                        "standard output cannot be written to",
                        "the command itself did what was asked for",
                        "See whether the disk that it goes to is full.");
        return root.fail(problem, problem.toException(), false);
    }

    private static String operator() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "localhost";
        }
        return System.getProperty("user.name", "unknown") + "@" + host;
    }
}
