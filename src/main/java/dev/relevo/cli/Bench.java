package dev.relevo.cli;

import dev.relevo.lab.ApplyBench;
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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/bench}: for those who work on Relevo; no part of its command. */
@Command(
        name = "bin/bench",
        description = "Measures Relevo side by side with others.",
        subcommands = {Bench.Copy.class, Bench.Apply.class, HoldCommand.class, KillsCommand.class})
final class Bench {
    private static final String DEFAULT = " (default ${DEFAULT-VALUE})";

    private Bench() {}

    /**
     * Runs it.
     *
     * @param arguments {@code copy}, {@code apply}, {@code hold} or {@code kills}, and its options
     */
    public static void main(String[] arguments) {
        System.exit(
                new CommandLine(new Bench())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(arguments));
    }

    /** What every bench is told: between which servers, and how often. */
    private static final class Common {
        @Option(
                names = "--old",
                defaultValue = "14",
                description = "Version to move from" + DEFAULT)
        private int oldMajor;

        @Option(names = "--new", defaultValue = "16", description = "Version to move to" + DEFAULT)
        private int newMajor;

        @Option(names = "--rounds", defaultValue = "3", description = "How often" + DEFAULT)
        private int rounds;
    }

    /** {@code bin/bench apply}. */
    @Command(
            name = "apply",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description =
                    "Measures how fast changes are applied with one subscription and with several,"
                            + " in turn and several times, and hands over under the load.")
    static final class Apply implements Callable<Integer> {
        @Mixin private final Common common = new Common();

        @Option(
                names = "--subscriptions",
                split = ",",
                defaultValue = "1,4",
                description = "How many, one number after the other" + DEFAULT)
        private List<Integer> subscriptions = List.of();

        @Option(
                names = "--rows",
                defaultValue = "60000",
                description = "Rows of each of eight tables" + DEFAULT)
        private int rows;

        @Option(
                names = "--rate",
                defaultValue = "9000",
                description = "Rows the clients change in a second" + DEFAULT)
        private int rate;

        @Option(
                names = "--seconds",
                defaultValue = "6",
                description = "For how long to measure" + DEFAULT)
        private int seconds;

        @Option(
                names = "--in-memory",
                description =
                        "Let the new server keep its data in memory, where processors are what counts;"
                                + " else, from 16 on, it reads them from the disk")
        private boolean inMemory;

        @Override
        public Integer call() {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            ApplyBench.Options options =
                    new ApplyBench.Options(
                            common.oldMajor,
                            common.newMajor,
                            subscriptions,
                            rows,
                            rate,
                            seconds,
                            common.rounds,
                            inMemory);
            try (ApplyBench bench = new ApplyBench(options, out::println)) {
                List<ApplyBench.Run> runs = bench.run();
                double first = Spread.of(applied(runs, subscriptions.getFirst())).median();
                out.println();
                out.println(
                        "| subscriptions | rows/s applied: minimum | median | maximum | times the first"
                                + " | MB behind, median | handed over |");
                out.println("|---|---|---|---|---|---|---|");
                for (int number : subscriptions) {
                    List<ApplyBench.Run> own =
                            runs.stream().filter(run -> run.subscriptions() == number).toList();
                    Spread applied = Spread.of(applied(runs, number));
                    out.printf(
                            Locale.ROOT,
                            "| %d | %,.0f | %,.0f | %,.0f | %.2f | %,.1f | %d of %d |%n",
                            number,
                            applied.minimum(),
                            applied.median(),
                            applied.maximum(),
                            applied.median() / first,
                            Spread.of(own.stream().map(run -> run.behind() / 1e6).toList())
                                    .median(),
                            own.stream().filter(run -> run.heldMs().isPresent()).count(),
                            own.size());
                }
            }
            return 0;
        }

        private static List<Double> applied(List<ApplyBench.Run> runs, int subscriptions) {
            return runs.stream()
                    .filter(run -> run.subscriptions() == subscriptions)
                    .map(ApplyBench.Run::applied)
                    .toList();
        }
    }

    /** The least, the middle and the most of some numbers. */
    private record Spread(double minimum, double median, double maximum) {
        static Spread of(List<Double> numbers) {
            if (numbers.isEmpty()) {
                return new Spread(Double.NaN, Double.NaN, Double.NaN);
            }
            List<Double> sorted = numbers.stream().sorted().toList();
            int half = sorted.size() / 2;
            double upper = sorted.get(half);
            double lower = sorted.size() % 2 == 0 ? sorted.get(half - 1) : upper;
            return new Spread(sorted.getFirst(), (lower + upper) / 2, sorted.getLast());
        }
    }

    /** {@code bin/bench copy}. */
    @Command(
            name = "copy",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Times the initial copy, in turn and several times.")
    static final class Copy implements Callable<Integer> {
        @Mixin private final Common common = new Common();

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
                            common.oldMajor,
                            common.newMajor,
                            data,
                            scale,
                            common.rounds,
                            jobs,
                            contenders);
            try (CopyBench bench = new CopyBench(options, out::println)) {
                CopyBench.Report report = bench.run();
                double relevo =
                        spread(report.times().getOrDefault(Contender.RELEVO, List.of())).median();
                out.println();
                out.println("| | minimum | median | maximum | times Relevo's median |");
                out.println("|---|---|---|---|---|");
                report.times()
                        .forEach((contender, times) -> {
                            Spread spread = spread(times);
                            out.printf(
                                    Locale.ROOT,
                                    "| %s | %.2f s | %.2f s | %.2f s | %.2f |%n",
                                    contender.name().toLowerCase(Locale.ROOT),
                                    spread.minimum(),
                                    spread.median(),
                                    spread.maximum(),
                                    spread.median() / relevo);
                        });
            }
            return 0;
        }

        private static Spread spread(List<Duration> times) {
            return Spread.of(times.stream().map(time -> time.toNanos() / 1e9).toList());
        }
    }
}
