package dev.relevo.cli;

import dev.relevo.lab.CopyBench;
import dev.relevo.lab.CopyBench.Contender;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/bench}: for those who work on Relevo; no part of its command. */
@Command(
        name = "bin/bench",
        description = "Measures Relevo side by side with others.",
        subcommands = Bench.Copy.class)
final class Bench {
    private Bench() {}

    /**
     * Runs it.
     *
     * @param arguments {@code copy}, and its options
     */
    public static void main(String[] arguments) {
        System.exit(
                new CommandLine(new Bench())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(arguments));
    }

    /** {@code bin/bench copy}. */
    @Command(
            name = "copy",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Times the initial copy, in turn and several times.")
    static final class Copy implements Callable<Integer> {
        private static final String DEFAULT = " (default ${DEFAULT-VALUE})";

        @Option(
                names = "--old",
                defaultValue = "14",
                description = "Version to move from" + DEFAULT)
        private int oldMajor;

        @Option(names = "--new", defaultValue = "16", description = "Version to move to" + DEFAULT)
        private int newMajor;

        @Option(
                names = "--data",
                defaultValue = "pgbench",
                description = "pgbench, wide (TOAST, six indexes), many (small tables)" + DEFAULT)
        private CopyBench.Data data = CopyBench.Data.PGBENCH;

        @Option(
                names = "--scale",
                defaultValue = "100",
                description =
                        "100,000 rows of pgbench's, 10,000 wide ones or 30 tables each" + DEFAULT)
        private int scale;

        @Option(names = "--rounds", defaultValue = "3", description = "How often" + DEFAULT)
        private int rounds;

        @Option(names = "--jobs", defaultValue = "2", description = "Workers of each" + DEFAULT)
        private int jobs;

        @Option(
                names = "--only",
                split = ",",
                defaultValue = "relevo,native,dump,pgcopydb,floor",
                description = "Who takes part, Relevo first" + DEFAULT)
        private List<Contender> contenders = Arrays.asList(Contender.values());

        @Override
        public Integer call() {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            CopyBench.Options options =
                    new CopyBench.Options(
                            oldMajor, newMajor, data, scale, rounds, jobs, contenders);
            try (CopyBench bench = new CopyBench(options, out::println)) {
                CopyBench.Report report = bench.run();
                double relevo = median(report.times().getOrDefault(Contender.RELEVO, List.of()));
                out.println();
                out.println("| | minimum | median | maximum | times Relevo's median |");
                out.println("|---|---|---|---|---|");
                report.times()
                        .forEach((contender, times) ->
                                out.printf(
                                        Locale.ROOT,
                                        "| %s | %.2f s | %.2f s | %.2f s | %.2f |%n",
                                        contender.name().toLowerCase(Locale.ROOT),
                                        times.stream().mapToLong(Duration::toNanos).min().orElse(0)
                                                / 1e9,
                                        median(times),
                                        times.stream().mapToLong(Duration::toNanos).max().orElse(0)
                                                / 1e9,
                                        median(times) / relevo));
            }
            return 0;
        }

        private static double median(List<Duration> times) {
            if (times.isEmpty()) {
                return Double.NaN;
            }
            List<Duration> sorted = times.stream().sorted().toList();
            int half = sorted.size() / 2;
            Duration upper = sorted.get(half);
            Duration lower = sorted.size() % 2 == 0 ? sorted.get(half - 1) : upper;
            return (upper.toNanos() + lower.toNanos()) / 2e9;
        }
    }
}
