package dev.relevo.cli;

import dev.relevo.cli.config.Config;
import dev.relevo.cli.config.ConfigReader;
import dev.relevo.upgrade.Settings;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How much {@code start} does at once, and how fast. */
final class StartOptions {
    @Option(
            names = {"-j", "--jobs"},
            paramLabel = "N",
            converter = HandoverOptions.JobsConverter.class,
            description =
                    "Tables or indexes worked on at once (default: by both servers' processors).")
    private @Nullable Integer jobs;

    @Option(
            names = "--subscriptions",
            paramLabel = "N",
            converter = SubscriptionsConverter.class,
            description =
                    "Subscriptions the tables are spread over, each with an apply worker (default"
                            + " 1). Settled by the first start.")
    private @Nullable Integer subscriptions;

    @Mixin private final RateOption rate = new RateOption();

    @Option(
            names = "--leave-out",
            paramLabel = "NAME",
            description =
                    "A materialized view that is not filled or a table that is not analyzed, because"
                            + " that fails. Can be given several times.")
    private List<String> leftOut = List.of();

    Set<String> leftOut() {
        return Set.copyOf(leftOut);
    }

    Config config() {
        return Config.ofStart(jobs, subscriptions, rate.bytesPerSecond());
    }

    /** Reads the number of subscriptions for picocli. */
    static final class SubscriptionsConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            try {
                return ConfigReader.subscriptions(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(
                        "it must be a whole number from 1 to " + Settings.MOST_SUBSCRIPTIONS);
            }
        }
    }
}
