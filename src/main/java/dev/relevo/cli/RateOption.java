package dev.relevo.cli;

import dev.relevo.cli.config.Rates;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The option that slows the copy down. */
final class RateOption {
    @Option(
            names = "--max-rate",
            paramLabel = "SIZE",
            converter = RateConverter.class,
            description =
                    "Copy no more rows a second than fill this, for example 50MB: all workers of"
                            + " this process together (default: no limit).")
    private @Nullable Long maxRate;

    /** Bytes a second, 0 for no limit; null when nothing was said. */
    @Nullable Long bytesPerSecond() {
        return maxRate;
    }

    /** Reads rates for picocli. */
    static final class RateConverter implements ITypeConverter<Long> {
        @Override
        public Long convert(String value) {
            try {
                return Rates.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }
}
