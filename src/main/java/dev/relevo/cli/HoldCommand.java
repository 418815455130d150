package dev.relevo.cli;

import dev.relevo.handover.HandoverReport;
import dev.relevo.lab.HoldBench;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/bench hold}. */
@Command(
        name = "hold",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Takes the time of each step of handovers there and back with many tables, sequences"
                        + " and partitions.")
final class HoldCommand implements Callable<Integer> {
    private static final String DEFAULT = " (default ${DEFAULT-VALUE})";

    @Option(names = "--old", defaultValue = "14", description = "Version to move from" + DEFAULT)
    private int oldMajor;

    @Option(names = "--new", defaultValue = "16", description = "Version to move to" + DEFAULT)
    private int newMajor;

    @Option(names = "--tables", defaultValue = "3000", description = "How many" + DEFAULT)
    private int tables;

    @Option(names = "--sequences", defaultValue = "2500", description = "How many" + DEFAULT)
    private int sequences;

    @Option(
            names = "--partitions",
            defaultValue = "500",
            description = "How many, of one more table" + DEFAULT)
    private int partitions;

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "How often there and back" + DEFAULT)
    private int rounds;

    @Override
    public Integer call() {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        HoldBench.Options options =
                new HoldBench.Options(oldMajor, newMajor, tables, sequences, partitions, rounds);
        try (HoldBench bench = new HoldBench(options, out::println)) {
            print(bench.run(), out);
        }
        return 0;
    }

    /** One row for each step, one column for each handover; milliseconds. */
    private static void print(List<HandoverReport> reports, PrintStream out) {
        Map<String, StringBuilder> rows = new LinkedHashMap<>();
        for (HandoverReport report : reports) {
            report.steps().forEach(step -> add(rows, step.name(), step.ms()));
            add(rows, "**held**", report.heldMs());
            add(rows, "in all", report.totalMs());
        }
        out.println();
        out.println(
                "| ms | "
                        + reports.stream()
                                .map(report -> "to " + report.to())
                                .collect(Collectors.joining(" | "))
                        + " |");
        out.println("|---|" + "---:|".repeat(reports.size()));
        rows.forEach((name, cells) -> out.println("| " + name + " |" + cells));
    }

    private static void add(Map<String, StringBuilder> rows, String name, double ms) {
        rows.computeIfAbsent(name, _ -> new StringBuilder())
                .append(String.format(Locale.ROOT, " %.1f |", ms));
    }
}
