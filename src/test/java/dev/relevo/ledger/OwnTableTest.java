package dev.relevo.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One class names each table of ours. */
final class OwnTableTest {
    private static final Pattern NAMED =
            Pattern.compile(
                    Stream.of(OwnTable.values())
                            .map(OwnTable::toString)
                            .map(Pattern::quote)
                            .collect(Collectors.joining("|", "(?<!dev\\.)(", ")\\b")));

    @Test
    void nobodyElseNamesThem() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(Path.of("src/main"))) {
            files =
                    all.filter(Files::isRegularFile)
                            .filter(file -> !file.endsWith("OwnTable.java"))
                            .toList();
        }
        assertThat(files).hasSizeGreaterThan(100);
        for (Path file : files) {
            assertThat(
                            Files.readString(file)
                                    .lines()
                                    .filter(line -> NAMED.matcher(line).find())
                                    .toList())
                    .as(file.toString())
                    .isEmpty();
        }
    }
}
