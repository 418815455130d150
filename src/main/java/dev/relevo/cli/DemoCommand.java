package dev.relevo.cli;

import dev.relevo.cli.output.DemoProgress;
import dev.relevo.cli.output.DemoText;
import dev.relevo.cli.output.Documents;
import dev.relevo.lab.Demo;
import dev.relevo.lab.DemoOptions;
import dev.relevo.lab.DemoReport;
import dev.relevo.lab.LoadKind;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code relevo demo}. */
@Command(
        name = "demo",
        sortOptions = false,
        description =
                "Shows it all on two throw-away servers under load, and counts what clients felt.",
        footer = {
            "",
            "Ends with 0 when no transaction failed, none was lost and none doubled; else with 8."
        })
final class DemoCommand extends RelevoCommand {
    private static final String DEFAULT = " (default ${DEFAULT-VALUE})";

    @Option(
            names = "--old",
            paramLabel = "MAJOR",
            defaultValue = "14",
            description = "Version to move from" + DEFAULT + ".")
    private int oldMajor;

    @Option(
            names = "--new",
            paramLabel = "MAJOR",
            defaultValue = "16",
            description = "Version to move to" + DEFAULT + ".")
    private int newMajor;

    @Option(
            names = "--scale",
            paramLabel = "N",
            defaultValue = "30",
            description = "pgbench's scale, 100,000 accounts each" + DEFAULT + ".")
    private int scale;

    @Option(
            names = "--clients",
            paramLabel = "N",
            defaultValue = "20",
            description = "How many clients write at once" + DEFAULT + ".")
    private int clients;

    @Option(
            names = "--jobs",
            paramLabel = "N",
            defaultValue = "4",
            description = "How many of them connect at once: threads of pgbench" + DEFAULT + ".")
    private int jobs;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "60",
            description = "How long the load lasts at least" + DEFAULT + ".")
    private int seconds;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many handovers, forth and back in turn" + DEFAULT + ".")
    private int rounds;

    @Option(
            names = "--load",
            paramLabel = "WHO",
            defaultValue = "pgbench",
            description =
                    "Who writes: pgbench or jdbc (a connection per transaction), or pool (lasting"
                            + " connections)"
                            + DEFAULT
                            + ".")
    private LoadKind load = LoadKind.PGBENCH;

    @Option(
            names = "--subscriptions",
            paramLabel = "N",
            defaultValue = "1",
            converter = StartOptions.SubscriptionsConverter.class,
            description = "Subscriptions the tables are spread over" + DEFAULT + ".")
    private int subscriptions;

    @Option(names = "--reverse-hosts", description = "Let the clients list the new server first.")
    private boolean reverseHosts;

    @Option(names = "--pause", description = "Wait for Enter before each step.")
    private boolean pause;

    @Override
    ExitStatus run() {
        DemoOptions options = options();
        if (pause && console().keyboard() == null) {
            throw usage("--pause needs a terminal", "Run it in one, or leave --pause out.");
        }
        app().interruption().say("the throw-away servers are stopped and removed");
        DemoReport report;
        try (Demo demo = app().demo().get()) {
            app().interruption().tidyUp(demo::close);
            report =
                    demo.run(
                            options,
                            new DemoProgress(console(), root().quiet(), app().clock(), pause));
        } finally {
            app().interruption().tidyUp(() -> {});
        }
        root().result(DemoText.of(report, console().forResults()), () -> Documents.demo(report));
        return report.promiseKept() ? ExitStatus.OK : ExitStatus.PROMISE_BROKEN;
    }

    private DemoOptions options() {
        try {
            return new DemoOptions(
                    oldMajor,
                    newMajor,
                    scale,
                    clients,
                    jobs,
                    Duration.ofSeconds(seconds),
                    rounds,
                    load,
                    pause,
                    subscriptions,
                    reverseHosts);
        } catch (IllegalArgumentException e) {
            throw usage(
                    String.valueOf(e.getMessage()), "Run relevo demo --help to see what there is.");
        }
    }

    private static RuntimeException usage(String message, String hint) {
        return new Problem(ExitStatus.USAGE, "usage", message, "", hint).toException();
    }
}
