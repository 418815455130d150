package dev.relevo.cli;

import dev.relevo.lab.Kill;
import dev.relevo.lab.KillBench;
import dev.relevo.lab.Struck;
import dev.relevo.problem.ExitStatus;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bin/bench kills}: no option of {@code copy}, because nobody else takes part, and because
 * its exit status says whether both servers hold the same.
 */
@Command(
        name = "kills",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Kills the initial copy at random moments (relevo start, a copy-worker, either"
                        + " server, connections) while clients write, compares both servers, and"
                        + " tells what was lost of time.")
final class KillsCommand implements Callable<Integer> {
    private static final String DEFAULT = " (default ${DEFAULT-VALUE})";

    @Option(names = "--old", defaultValue = "14", description = "Version to move from" + DEFAULT)
    private int oldMajor;

    @Option(names = "--new", defaultValue = "16", description = "Version to move to" + DEFAULT)
    private int newMajor;

    @Option(names = "--kills", defaultValue = "10", description = "How many" + DEFAULT)
    private int kills;

    @Option(names = "--seed", description = "Of kinds and moments (default: another one each time)")
    private @Nullable Long seed;

    @Option(
            names = "--scale",
            defaultValue = "50",
            description = "100,000 rows of pgbench's and 2,000 wide ones each" + DEFAULT)
    private int scale;

    @Option(
            names = "--jobs",
            defaultValue = "2",
            description = "Workers of start; one that helps comes on top" + DEFAULT)
    private int jobs;

    @Option(
            names = "--max-rate",
            paramLabel = "SIZE",
            description = "As of relevo start, so that few rows take long; no limit by default")
    private @Nullable String maxRate;

    @Override
    public Integer call() {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        long chosen = seed == null ? ThreadLocalRandom.current().nextInt(1_000_000) : seed;
        out.println("seed " + chosen);
        KillBench.Options options =
                new KillBench.Options(
                        Main.class,
                        oldMajor,
                        newMajor,
                        scale,
                        jobs,
                        kills,
                        chosen,
                        maxRate == null ? List.of() : List.of("--max-rate", maxRate),
                        true);
        try (KillBench bench = new KillBench(options, out::println)) {
            KillBench.Report report = bench.run();
            print(report, out);
            return report.differences().isEmpty()
                    ? ExitStatus.OK.code()
                    : ExitStatus.PROMISE_BROKEN.code();
        }
    }

    private static void print(KillBench.Report report, PrintStream out) {
        out.println();
        out.println(
                "| | killed | at | at work again after | pieces again | of rows | of workers' time |"
                        + " start ended with |");
        out.println("|---|---|---|---|---|---|---|---|");
        int number = 0;
        for (Struck one : report.struck()) {
            out.printf(
                    Locale.ROOT,
                    "| %d | %s | %.1f s | %.1f s | %d | %,d MB | %.1f s | %s |%n",
                    ++number,
                    one.what(),
                    seconds(one.at()),
                    seconds(one.back()),
                    one.pieces(),
                    one.bytes() >> 20,
                    seconds(one.work()),
                    String.join("; ", one.said()));
        }
        out.println();
        out.println("| kind | kills | until at work again | of rows again | of workers' time |");
        out.println("|---|---|---|---|---|");
        for (Kill kind : Kill.values()) {
            List<Struck> own = report.struck().stream().filter(one -> one.kill() == kind).toList();
            out.printf(
                    Locale.ROOT,
                    "| %s | %d | %.1f s | %,d MB | %.1f s |%n",
                    kind.what(),
                    own.size(),
                    own.stream().mapToDouble(one -> seconds(one.back())).sum(),
                    own.stream().mapToLong(Struck::bytes).sum() >> 20,
                    own.stream().mapToDouble(one -> seconds(one.work())).sum());
        }
        out.println();
        double lost = seconds(report.killed()) - report.copies() * seconds(report.undisturbed());
        out.printf(
                Locale.ROOT,
                "undisturbed %.1f s; killed %d times %.1f s%s; lost %.1f s%n",
                seconds(report.undisturbed()),
                report.struck().size(),
                seconds(report.killed()),
                report.copies() == 1 ? "" : ", in " + report.copies() + " copies",
                lost);
        if (report.differences().isEmpty()) {
            out.println("both servers hold the same, and all that clients were told");
        } else {
            out.println("DIFFERENT:");
            report.differences().forEach(out::println);
        }
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
