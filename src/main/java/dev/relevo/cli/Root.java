package dev.relevo.cli;

import dev.relevo.cli.config.Passwords;
import dev.relevo.cli.output.Console;
import dev.relevo.cli.output.ErrorText;
import dev.relevo.cli.output.Json;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code relevo} itself: the options every command has. */
@Command(
        name = "relevo",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Moves a live PostgreSQL database to a newer major version while its clients keep"
                        + " writing.",
        footer = {
            "",
            "An upgrade is: check, start, switch, finish. Every command can be given again: it goes"
                    + " on where it was interrupted.",
            "To see all of it on throw-away servers: relevo demo"
        },
        subcommands = {
            CheckCommand.class,
            PlanCommand.class,
            StartCommand.class,
            CopyWorkerCommand.class,
            StatusCommand.class,
            SyncCommand.class,
            SwitchCommand.class,
            RollbackCommand.class,
            FinishCommand.class,
            AbortCommand.class,
            LogCommand.class,
            UpgradeCommand.class,
            InitCommand.class,
            DemoCommand.class,
            CompletionCommand.class,
            CommandLine.HelpCommand.class
        })
final class Root implements Callable<Integer> {
    private final App app;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "Put exactly one JSON document on standard output.")
    private boolean json;

    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "Show no progress and no warnings; errors are always shown.")
    private boolean quiet;

    @Option(
            names = "--no-color",
            scope = ScopeType.INHERIT,
            description = "Use no colours; NO_COLOR=1 does the same.")
    private boolean noColor;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "With an error, show where in Relevo it arose.")
    private boolean debug;

    Root(App app) {
        this.app = app;
    }

    App app() {
        return app;
    }

    boolean json() {
        return json;
    }

    boolean quiet() {
        return quiet;
    }

    Console console() {
        return noColor ? app.console().withColor(false) : app.console();
    }

    /** A result: text for people, or the document when JSON is asked for. */
    void result(String text, java.util.function.Supplier<?> document) {
        if (json) {
            Json.print(console(), document.get());
        } else {
            console().out().println(text);
            console().out().flush();
        }
    }

    /** Tells of a problem and returns its exit status. */
    int fail(Problem problem, Throwable thrown, boolean asJson) {
        if (app.interruption().happened()) {
            return ExitStatus.INTERRUPTED.code();
        }
        ErrorText.print(console(), problem);
        if (debug) {
            StringWriter trace = new StringWriter();
            thrown.printStackTrace(new PrintWriter(trace));
            console().err().print(Passwords.hide(trace.toString()));
            console().err().flush();
        }
        if (asJson) {
            Json.print(console(), ErrorText.document(problem));
        }
        return problem.status().code();
    }

    @Override
    public Integer call() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }
}
