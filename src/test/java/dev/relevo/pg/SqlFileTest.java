package dev.relevo.pg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The queries that are kept as files. */
class SqlFileTest {
    /**
     * Whatever is in a statement, comments included, is converted to the database's encoding, which
     * fails for a character that it does not have.
     */
    @Test
    void queriesAreAsciiSoThatDatabasesOfEveryEncodingTakeThem() throws IOException {
        List<Path> files;
        try (var all = Files.walk(Path.of("src/main/resources"))) {
            files = all.filter(path -> path.toString().endsWith(".sql")).toList();
        }
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            assertThat(StandardCharsets.US_ASCII.newEncoder().canEncode(Files.readString(file)))
                    .as(file.toString())
                    .isTrue();
        }
    }
}
