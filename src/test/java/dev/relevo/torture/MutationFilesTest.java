package dev.relevo.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The mutations of {@code bin/mutations}, as files; what they do is not tried here. */
class MutationFilesTest {
    private static final Pattern TEST = Pattern.compile("(?m)^Noticed by: (\\w+)(?:#(\\w+))?$");

    @Test
    void eachNamesATestThatThereIsAndStandsInTheTable() throws Exception {
        String table = Files.readString(Path.of("docs/torture.md"));
        List<Path> files = files();
        assertThat(files).hasSizeGreaterThanOrEqualTo(15);
        for (Path file : files) {
            Matcher claim = TEST.matcher(Files.readString(file));
            assertThat(claim.find()).as(file.toString()).isTrue();
            Class<?> test = Class.forName("dev.relevo.upgrade." + claim.group(1));
            if (claim.group(2) != null) {
                assertThat(Stream.of(test.getDeclaredMethods()).map(Method::getName))
                        .as(file.toString())
                        .contains(claim.group(2));
            }
            String name = String.valueOf(file.getFileName()).replace(".patch", "");
            String shown = claim.group(2) == null ? claim.group(1) : claim.group(2);
            assertThat(table.lines().filter(line -> line.startsWith("| `" + name + "` |")))
                    .as(name)
                    .singleElement()
                    .asString()
                    .contains(shown);
        }
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("src/test/mutations"))) {
            return all.sorted().toList();
        }
    }
}
