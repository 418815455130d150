package dev.relevo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As a shell starts it, with a process of its own: who reads it leaves, and HOME is not set. */
final class ShellTest {
    private static final String NOBODY =
            " --old 'host=127.0.0.1 port=1 user=x dbname=x' --new 'host=127.0.0.1 port=2 user=x dbname=x'";

    private record Ended(int status, String said) {}

    @Test
    void watchEndsWhenNobodyReadsItAnyMore() throws IOException, InterruptedException {
        Ended ended =
                shell("relevo status --watch" + NOBODY + " | head -n 1; echo ${PIPESTATUS[0]}");
        assertThat(ended.said().lines().toList()).last().isEqualTo("141");
        assertThat(ended.said()).doesNotContain("Exception").doesNotContain("ERROR");
    }

    @Test
    void oneResultThatNobodyReadsEndsTheSame() throws IOException, InterruptedException {
        Ended ended = shell("(sleep 0; relevo help; echo $? >&2) | true");
        assertThat(ended.said().strip()).isIn("141", "0"); // it may have been written in time
    }

    @Test
    void fullDiskIsAnError() throws IOException, InterruptedException {
        Ended ended = shell("relevo help > /dev/full; echo $?");
        assertThat(ended.said())
                .contains("standard output cannot be written to")
                .endsWith("1\n")
                .doesNotContain("Exception");
    }

    @ParameterizedTest
    @ValueSource(strings = {"unset HOME", "HOME="})
    void needsNoHome(String home) throws IOException, InterruptedException {
        String setup = Path.of("bin/lib/setup.sh").toAbsolutePath().toString();
        Ended ended = shell(home + "; unset JAVA_HOME; . " + setup + "; find_jdk && echo found");
        assertThat(ended.said()).isEqualTo("found\n");
    }

    /** What the driver says is told apart by words, in the language of whoever runs it. */
    @ParameterizedTest
    @ValueSource(strings = {"en US", "tr TR", "de DE"})
    void saysTheSameInEveryLocale(String locale) throws IOException, InterruptedException {
        try (ServerSocket withoutSsl = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> refuseSsl(withoutSsl));
            String[] of = locale.split(" ", 2);
            String server =
                    " 'host=127.0.0.1 port=%d user=x dbname=x sslmode=require'"
                            .formatted(withoutSsl.getLocalPort());
            Ended ended =
                    shell(
                            "export JAVA_TOOL_OPTIONS='-Duser.language=%s -Duser.country=%s'; relevo plan --old%s --new%s; echo $?"
                                    .formatted(of[0], of[1], server, server));
            assertThat(ended.said())
                    .contains("does not offer SSL")
                    .doesNotContain("Exception")
                    .endsWith("4\n");
        }
    }

    private static void refuseSsl(ServerSocket listener) {
        while (!listener.isClosed()) {
            try (Socket client = listener.accept()) {
                client.getInputStream().readNBytes(8);
                client.getOutputStream().write('N');
                client.getInputStream().read();
            } catch (IOException e) {
                // The client left, or the test has ended.
                assert e != null;
            }
        }
    }

    private static Ended shell(String script) throws IOException, InterruptedException {
        String relevo =
                "set -eu; relevo() { '%s' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xlog:disable -cp \"$RELEVO_CLASSES\" %s \"$@\"; }; "
                        .formatted(
                                Path.of(System.getProperty("java.home"), "bin", "java"),
                                Main.class.getName());
        ProcessBuilder builder =
                new ProcessBuilder(List.of("bash", "-c", relevo + "set +e; " + script))
                        .redirectErrorStream(true);
        builder.environment().put("RELEVO_CLASSES", System.getProperty("java.class.path"));
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Ended(process.waitFor(), said);
    }
}
