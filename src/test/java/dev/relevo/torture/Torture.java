package dev.relevo.torture;

import dev.relevo.catalog.Side;
import dev.relevo.problem.ProblemException;
import dev.relevo.torture.Round.Report;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code bin/torture}. */
@Command(
        name = "bin/torture",
        mixinStandardHelpOptions = true,
        description = {
            "Hands over back and forth between two throw-away servers, with clients of every kind at"
                    + " work and a fault in each round, and judges what came of it.",
            "Prints one JSON document a line and round. Exit status: 0 nothing was found, 1 a promise"
                    + " was broken."
        })
public final class Torture implements Callable<Integer> {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Option(
            names = "--seed",
            paramLabel = "NUMBER",
            description = "Repeats the faults and moments of a run that printed it.")
    private @Nullable Long seed;

    @Option(
            names = "--rounds",
            paramLabel = "NUMBER",
            description = "Ends after that many; else --minutes, else 20 rounds.")
    private @Nullable Integer rounds;

    @Option(names = "--minutes", paramLabel = "NUMBER", description = "Ends after that time.")
    private @Nullable Integer minutes;

    @Option(
            names = "--pair",
            paramLabel = "OLD,NEW",
            description = "Major versions (default 14,16).",
            defaultValue = "14,16")
    private String pair = "14,16";

    @Option(
            names = "--faults",
            paramLabel = "NAME,...",
            split = ",",
            converter = FaultConverter.class,
            description = "Only these, in turn; all of them: ${COMPLETION-CANDIDATES}.")
    private @Nullable List<Fault> faults;

    @Option(
            names = "--clients",
            paramLabel = "NAME,...",
            split = ",",
            converter = ClientConverter.class,
            description = "Only these kinds: ${COMPLETION-CANDIDATES}.")
    private @Nullable List<ClientKind> clients;

    @Option(
            names = "--subscriptions",
            paramLabel = "NUMBER",
            description = "So many in each direction (default 1).",
            defaultValue = "1")
    private int subscriptions = 1;

    @Option(
            names = "--pace",
            paramLabel = "NUMBER",
            description =
                    "For several runs on one machine: clients pause so many times as long between two"
                            + " transactions, and rounds are further apart (default 1).",
            defaultValue = "1")
    private int pace = 1;

    @Option(
            names = "--mutations",
            paramLabel = "NAME,...",
            split = ",",
            arity = "0..1",
            fallbackValue = "all",
            description =
                    "Instead, leaves out each safety step of the handover in turn, and fails unless"
                            + " that is noticed.")
    private @Nullable List<String> mutations;

    private final PrintStream out;

    private Torture(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] args) {
        System.exit(run(System.out, args));
    }

    /** The same without ending the process. */
    static int run(PrintStream out, String... args) {
        return new CommandLine(new Torture(out)).execute(args);
    }

    /** Names as they are printed. */
    static final class FaultConverter implements ITypeConverter<Fault> {
        @Override
        public Fault convert(String name) {
            return Fault.valueOf(name.toUpperCase(java.util.Locale.ROOT).replace('-', '_'));
        }
    }

    /** The same for clients. */
    static final class ClientConverter implements ITypeConverter<ClientKind> {
        @Override
        public ClientKind convert(String name) {
            return ClientKind.valueOf(name.toUpperCase(java.util.Locale.ROOT));
        }
    }

    @Override
    public Integer call() {
        long chosen = seed == null ? new Random().nextInt(1_000_000) : seed;
        Set<ClientKind> kinds =
                clients == null || clients.isEmpty()
                        ? EnumSet.allOf(ClientKind.class)
                        : EnumSet.copyOf(clients);
        if (mutations != null) {
            return mutate(mutations, chosen);
        }
        List<Integer> majors = List.of(pair.split(",", -1)).stream().map(Integer::valueOf).toList();
        print(
                Map.of(
                        "torture",
                        pair,
                        "seed",
                        chosen,
                        "subscriptions",
                        subscriptions,
                        "clients",
                        kinds.stream().map(ClientKind::toString).toList(),
                        "skipped",
                        Stream.concat(
                                        Crowd.missing(kinds).stream(),
                                        Stream.of(Fault.values())
                                                .filter(fault -> !fault.isAvailable())
                                                .map(Fault::toString))
                                .toList()));
        long deadline =
                minutes == null
                        ? Long.MAX_VALUE
                        : System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        int most = rounds != null ? rounds : minutes != null ? Integer.MAX_VALUE : 20;
        Deck deck = new Deck(new Random(chosen), faults);
        int number = 1;
        while (number <= most && System.nanoTime() < deadline) {
            try (Field field = new Field(majors.getFirst(), majors.getLast(), subscriptions)) {
                field.must("start");
                Round round = new Round(field, new Judge(field), kinds, rehearse(field), pace);
                Side serving = Side.OLD;
                boolean goesOn = true;
                while (goesOn && number <= most && System.nanoTime() < deadline) {
                    Fault fault = deck.next();
                    Report report = round.run(number, deck.seed(), fault, serving);
                    print(report.document());
                    if (!report.violations().isEmpty()) {
                        return 1;
                    }
                    goesOn = !report.noWayBack(); // else with two new servers
                    serving = serving.other();
                    number++;
                    rest();
                }
                if (!goesOn) {
                    field.must(serving == Side.NEW ? "finish" : "abort", "--yes");
                }
            }
        }
        return 0;
    }

    /** Between two rounds, so that several runs on one machine leave each other some of it. */
    private void rest() {
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(2L * (pace - 1)));
    }

    private int mutate(List<String> names, long chosen) {
        String[] majors = pair.split(",", -1);
        boolean unnoticed = false;
        for (Mutation mutation : Mutation.ALL) {
            if (!names.contains("all") && !names.contains(mutation.toString())) {
                continue;
            }
            MutationRun.Outcome outcome =
                    MutationRun.of(
                            mutation,
                            Integer.parseInt(majors[0]),
                            Integer.parseInt(majors[1]),
                            chosen);
            print(outcome.document());
            unnoticed |= !outcome.caught();
        }
        return unnoticed ? 1 : 0;
    }

    /** Once there and back without an accident, to know the steps by their names. */
    private static List<String> rehearse(Field field) {
        List<String> steps = new ArrayList<>();
        for (String command : List.of("switch", "rollback")) {
            try (Operator operator = field.operator(Map.of("NO_COLOR", "1"))) {
                operator.give(field.line(command, "--yes", "--json"));
                int status = operator.await(java.time.Duration.ofMinutes(1)).orElse(-1);
                String said = operator.said();
                if (status != 0) {
                    throw new IllegalStateException(
                            command + " ended with " + status + "\n" + said);
                }
                steps.clear();
                JsonNode report = JSON.readTree(said.substring(said.indexOf('{')));
                report.get("steps").forEach(step -> steps.add(step.get("name").asString()));
            } catch (ProblemException e) {
                throw new IllegalStateException(e);
            }
        }
        return List.copyOf(steps);
    }

    private void print(Map<String, Object> document) {
        out.println(JSON.writeValueAsString(document));
        out.flush();
    }
}
