package dev.relevo.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.pg.ClientTools;
import dev.relevo.pg.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** SQL that the documents tell people to run in psql, run as they would. */
final class Documented {
    private Documented() {}

    /** What stands between the comments {@code <!-- name -->} and {@code <!-- /name -->}. */
    static String sql(String document, String name) {
        try {
            String text = Files.readString(Path.of("docs", document));
            String begin = "<!-- " + name + " -->\n```sql\n";
            String end = "```\n<!-- /" + name + " -->";
            int from = text.indexOf(begin);
            int to = text.indexOf(end);
            assertThat(from).as(name).isPositive();
            assertThat(to).as(name).isGreaterThan(from);
            return text.substring(from + begin.length(), to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it in psql; every statement must be done. */
    static void run(Endpoint endpoint, String sql) {
        ClientTools tools = ClientTools.installed().getFirst();
        ProcessBuilder builder =
                new ProcessBuilder(tools.psql().toString(), "--no-psqlrc", "--file=-")
                        .redirectErrorStream(true);
        endpoint.clientEnvironment().applyTo(builder.environment());
        try {
            Process process = builder.start();
            process.getOutputStream().write(sql.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
            assertThat(said).doesNotContain("ERROR");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
